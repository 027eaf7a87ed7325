// A process of its own for serial-path.test.ts: waits for bytes with nothing else that could wake it.
import { openSerialTransport } from '../../../src/bench/hardware/open-serial-path.ts';

const transport = await openSerialTransport(process.argv[2] ?? '', { baudRate: 115200, timeoutMs: 1000 });
process.stdout.write('waiting\n');
const startedAtMs = performance.now();
const bytes = await transport.read({ timeoutMs: 20_000 });
const waitedMs = performance.now() - startedAtMs;
process.stdout.write(JSON.stringify({ text: new TextDecoder().decode(bytes), waitedMs }));
await transport.close(1000);
