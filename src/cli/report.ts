/** `lacpscope report`: the HTML report from a saved document alone. */

import { isatty } from 'node:tty';
import { UsageError } from '../errors.js';
import { renderReport } from '../report/html.js';
import type { Arguments } from './arguments.js';
import { readDocument } from './document.js';
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
