// `flashrack log verify` and `log anchor`: questions to the journal's chain. Knows no station; reads only.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Anchor, anchorsIn, anchorText, takeAnchor } from '../trace/anchor.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import { verifyJournal } from '../trace/verify.ts';
import { printable } from '../views/words/escape.ts';
import { exitCodes } from './exit-codes.ts';
import { print, printJson } from './print.ts';

interface LogOptions {
  readonly folder: string;
  readonly json: boolean;
}

export interface VerifyOptions extends LogOptions {
  /** Published anchors: their text, or a file (a mail, a notebook) with any number of them. */
  readonly anchor: readonly string[];
}

export async function logVerify({ folder, json, anchor }: VerifyOptions): Promise<number> {
  const given = await Promise.all(anchor.map(anchorsOf));
  if (given.some((anchors) => anchors.length === 0)) {
    process.stderr.write(
      'flashrack: --anchor needs STATION:LINE:HASH as `flashrack log anchor` prints it, or a file that holds some\n',
    );
    return exitCodes.refused;
  }
  const anchors = given.flat();
  const result = await verifyJournal(nodeDisk, folder, anchors);
  if (json) printJson({ ...result, anchors: anchors.length });
  else if (result.ok) {
    const { files, sealed, lines, records, head } = result;
    print(`the chain holds: ${files} files (${sealed} sealed), ${lines} lines, ${records} records, head ${head.hash}`);
    if (anchors.length > 0)
      print(`${anchors.length} published anchors hold: nothing up to the last of them was deleted or written anew`);
    else print('lines deleted from the very end leave no trace in the journal itself: give --anchor one that was noted before');
  } else {
    const { file, line, finding, detail } = result.bad;
    print(`first bad line: ${file} line ${line}: ${finding}: ${printable(detail)}`);
    for (const one of result.others) print(`also: ${one.file} line ${one.line}: ${one.finding}: ${printable(one.detail)}`);
    if (!result.complete) print('there is more: the rest was not read');
  }
  return result.ok ? exitCodes.pass : exitCodes.notPass;
}

const anchorsOf = async (given: string): Promise<readonly Anchor[]> =>
  anchorsIn(existsSync(given) ? await readFile(given, 'utf8') : given);

/** What to note outside of this computer: a journal that was cut short or written anew later shows against it. */
export async function logAnchor({ folder, json }: LogOptions): Promise<number> {
  const anchor = await takeAnchor(nodeDisk, folder);
  if (json) printJson(anchor);
  else if (anchor === null) print('the journal is empty: nothing to anchor');
  else print(`${printable(anchorText(anchor))}  ${anchor.at}`);
  return anchor === null ? exitCodes.notPass : exitCodes.pass;
}
