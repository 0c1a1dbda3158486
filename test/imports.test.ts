import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

// Data goes from sources to views; imports point the other way, towards the sources. A part may import from itself and from
// the parts behind it in this list, never from one beside it.
const PARTS = [
  ['cli'],
  ['live'],
  ['report'],
  ['analysis'],
  ['findings'],
  ['advice'],
  ['inference', 'declared'],
  ['flows'], // which ports a sender could have chosen is known from LACP
  ['lacp'],
  ['engine', 'control', 'recording'],
  ['capture-file'],
  ['sources'],
] as const;
// The known ways to choose a port know nothing of flows: they are for what guesses at them and what says what they would do.
const FORMULAS = { part: 'policies', usedFrom: 'inference' } as const;
const FOR_ALL = ['document', 'errors', 'stats', 'version'];

const ROOT = join(import.meta.dirname, '../src');
const ENTRY = 'index'; // the library: like cli, but not the terminal

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

function partOf(path: string): string {
  const [first] = relative(ROOT, path).split('/');
  return first.replace(/\.[jt]s$/, '');
}

const sources = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ file: name, code: withoutComments(readFileSync(join(ROOT, name), 'utf8')) }));

function importsOf(file: string, code: string): Import[] {
  const found = [...code.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)(['"])(\.[^'"]*)\1/g)];
  return found.map(([, , specifier]) => {
    const path = join(ROOT, file);
    return { file, from: partOf(path), to: partOf(join(dirname(path), specifier)) };
  });
}

function isAllowed({ from, to }: Pick<Import, 'from' | 'to'>): boolean {
  if (from === to || FOR_ALL.includes(to)) return true;
  if (FOR_ALL.includes(from)) return false;
  if (from === ENTRY) return to !== 'cli';
  const level = (part: string) => PARTS.findIndex((names) => (names as readonly string[]).includes(part));
  if (to === FORMULAS.part) return level(from) >= 0 && level(from) <= level(FORMULAS.usedFrom);
  return level(from) >= 0 && level(to) > level(from);
}

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
}

describe('the parts', () => {
  it('are known to this test', () => {
    const known = [...PARTS.flat(), FORMULAS.part, ...FOR_ALL, ENTRY];
    expect(
      sources.map(({ file }) => partOf(join(ROOT, file))).filter((part) => !known.includes(part as never)),
    ).toEqual([]);
    expect(sources.flatMap(({ file, code }) => importsOf(file, code)).length).toBeGreaterThan(20);
  });

  it('import towards the sources only', () => {
    const wrong = sources.flatMap(({ file, code }) => importsOf(file, code)).filter((each) => !isAllowed(each));
    expect(wrong).toEqual([]);
  });

  it.each([
    ['sources', 'engine'],
    ['lacp', 'flows'],
    ['findings', 'analysis'],
    ['stats', 'inference'],
    ['index', 'cli'],
    ['report', 'cli'],
    ['policies', 'flows'],
    ['flows', 'policies'],
  ])('%s may not import %s', (from, to) => {
    expect(isAllowed({ from, to })).toBe(false);
  });

  it('leave the terminal and the end of the process to cli', () => {
    const taken = sources
      .filter(({ file }) => !file.startsWith('cli/'))
      .flatMap(({ file, code }) => {
        const uses = code.match(/\bconsole\.\w+|\bprocess\.(exit|exitCode|stdout|stderr|argv|kill|abort)\b/g) ?? [];
        return uses.map((use) => `${file}: ${use}`);
      });
    expect(taken).toEqual([]);
  });

  it('load no charts, no schema library and nothing that unpacks for an analysis that needs none of it', () => {
    const wrong = reachable('cli/main.ts', 'cli/analyze.ts', 'report/terminal.ts').flatMap(({ file, code }) =>
      [
        ...code.matchAll(/^\s*import (?!type\b)[^;]*?from\s+['"](d3[^'"]*|zod|yargs|zstddec[^'"]*|node:zlib)['"]/gm),
      ].map(([, name]) => `${file}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });
});

/** Files that are loaded with these: static imports of values, not of types, nor `import()`. */
function reachable(...entries: readonly string[]): typeof sources {
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const code = sources.find((each) => each.file === file)?.code ?? '';
    const statics = code.matchAll(/^(?:import|export) (?!type\b)(?:[^;]*?from\s+)?['"](\.[^'"]+)\.js['"]/gm);
    for (const [, specifier] of statics) visit(`${join(dirname(file), specifier)}.ts`);
  };
  for (const entry of entries) visit(entry);
  return sources.filter(({ file }) => seen.has(file));
}
