// `node test/trace/tamper-campaign.ts [lines] [bytes per line]`: every line of a journal deleted, doubled, swapped and changed; exit
// 1 when verification misses one.
import { createRandom } from '../../src/bench/simulator/random.ts';
import { tamperWithEveryLine } from './tamper.ts';

const [lines = '1000', bytes = '4'] = process.argv.slice(2);
const { tried, missed } = await tamperWithEveryLine(Number(lines), Number(bytes), createRandom(1));
process.stdout.write(`${lines} lines, ${tried} ways of tampering, ${missed.length} not found\n`);
for (const what of missed) process.stdout.write(`NOT FOUND ${what}\n`);
process.exitCode = missed.length === 0 ? 0 : 1;
