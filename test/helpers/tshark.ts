/** tshark as someone else's answer. */

import { execFileSync } from 'node:child_process';

export const noTshark = (() => {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
})();

/** One row per frame that passes the filter, one text per field; several values of a field are joined by "|". */
export function tshark(path: string, filter: string, fields: readonly string[]): string[][] {
  const options = [
    '-r',
    path,
    '-Y',
    filter,
    '-T',
    'fields',
    '-E',
    'separator=/t',
    '-E',
    'aggregator=|',
    '-E',
    'occurrence=a',
  ];
  const text = execFileSync('tshark', [...options, ...fields.flatMap((field) => ['-e', field])], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 26,
  });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}
