import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CAPTURES, lacpscope, put, ROOT, withFolder } from './lacpscope.js';

/** Lines of the text blocks of some sections: what the command said of the sample. */
function shown(...titles: readonly string[]): string[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const sections = readme.split(/^## /m).filter((section) => titles.some((title) => section.startsWith(`${title}\n`)));
  expect(sections).toHaveLength(titles.length);
  return sections
    .flatMap((section) => [...section.matchAll(/```text\n(.*?)```/gs)].flatMap(([, block]) => block!.split('\n')))
    .filter((line) => line.trim() !== '' && !/^\$ |^ *…$/.test(line));
}

describe('the README', () => {
  it('shows what the commands say of the sample', () => {
    const analysis = lacpscope(['analyze', ...CAPTURES, '--json']).stdout;
    const said = [
      lacpscope(['analyze', ...CAPTURES]).stdout,
      lacpscope(['analyze', ...CAPTURES, '--job', '16TiB', '--clients', '4']).stdout,
    ];
    withFolder((folder) => {
      put(folder, 'analysis.json', analysis);
      const flow = ['--src', '10.20.30.10', '--dst', '10.20.30.101', '--sport', '5201', '--dport', '5301-5304'];
      said.push(lacpscope(['predict', '--rules', 'analysis.json', ...flow], { cwd: folder }).stdout);
      said.push(lacpscope(['plan', '--rules', 'analysis.json'], { cwd: folder }).stdout);
    });
    const lines = new Set(said.flatMap((text) => text.split('\n')));
    const sections = shown('What if', 'What to send next', 'Which link will a flow take?', 'Addresses that spread');
    expect(sections.length).toBeGreaterThan(25);
    expect(sections.filter((line) => !lines.has(line))).toEqual([]);
  });
});
