/** `lacpscope report`: the HTML report from a saved document alone. */

import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { type Analysis, analysisSchema } from '../document/schema.js';
import { CaptureError, UsageError } from '../errors.js';
import { renderReport } from '../report/html.js';
import type { Arguments } from './arguments.js';
import { checkOutputs, print, tell, writeFile } from './output.js';
import { EXIT } from './status.js';

export async function run(args: Arguments): Promise<number> {
  const [path, ...more] = args.words;
  if (path === undefined || more.length > 0) {
    throw new UsageError(
      `report takes one document, ${args.words.length} given. lacpscope report analysis.json -o report.html`,
    );
  }
  const output = args.value('output');
  if (output === null && isatty(1))
    throw new UsageError('A report is a page for a browser: give -o FILE, or redirect it.');
  checkOutputs(output === null ? [] : [output], [path]);
  const html = await renderReport(readDocument(path));
  if (output === null) await print(html);
  else {
    await writeFile(output, html);
    if (!args.flag('quiet')) await tell(`report: ${output}\n`);
  }
  return EXIT.done;
}

function readDocument(path: string): Analysis {
  const source = path === '-' ? 'standard input' : path;
  let text: string;
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new CaptureError(
      'document-unreadable',
      { source },
      (error as Error).message,
      'Check the name and the permissions.',
    );
  }
  const refuse = (problem: string) => {
    const remedy = 'Give what "lacpscope analyze --json" or "--save" wrote.';
    return new CaptureError('document-invalid', { source }, problem, remedy);
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(text.trim() === '' ? 'empty, not an analysis document' : `not JSON: ${(error as Error).message}`);
  }
  const read = analysisSchema.safeParse(value);
  // As it was written, not as the schema copies it: its order is part of a report that always has the same bytes.
  if (read.success) return value as Analysis;
  const [issue] = read.error.issues;
  throw refuse(`not an analysis document: ${issue!.path.join('.') || 'top level'}: ${issue!.message}`);
}
