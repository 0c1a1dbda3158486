import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../cli/lacpscope.js';

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

const folder = mkdtempSync(join(tmpdir(), 'lacpscope-package-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: readonly string[], cwd: string) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28, input: '' });
  return { status, stdout, stderr };
}

function pack(): Packed {
  const { stdout, stderr } = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], ROOT);
  try {
    // A list up to npm 11, an object by package name after it.
    const [packed] = Object.values(JSON.parse(stdout) as Record<string, Packed>);
    return packed!;
  } catch (error) {
    throw new Error(`npm pack failed: ${stderr}`, { cause: error });
  }
}

/** Installs as a user would, into an empty folder. Null, or why that is impossible here: no registry and nothing cached. */
function install(tarball: string): string | null {
  writeFileSync(join(folder, 'package.json'), '{"name":"user","private":true}');
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries', '0', tarball];
  const { status, stderr } = run('npm', args, folder);
  if (status === 0) return null;
  const unreachable = /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENOTCACHED|ENETUNREACH/.exec(stderr);
  if (unreachable === null) throw new Error(`npm install failed: ${stderr}`);
  return `the registry cannot be reached (${unreachable[0]})`;
}

describe('the package', () => {
  let packed: Packed;
  let impossible: string | null = null;
  beforeAll(() => {
    packed = pack();
    impossible = install(join(folder, packed.filename));
  }, 180_000);

  it('holds what it needs and nothing of the workshop', () => {
    const own = packed.files.map(({ path }) => path).filter((path) => !path.startsWith('node_modules/'));
    for (const needed of [
      'dist/cli/main.js',
      'dist/index.d.ts',
      'dist/engine/engine.wasm',
      'dist/analysis.schema.json',
      'dist/live.schema.json',
      'native/capture/addon.cpp',
    ]) {
      expect(own).toContain(needed);
    }
    expect(
      own.filter(
        (path) =>
          !/^(dist|examples|samples|native\/capture)\/|^(README|CHANGELOG)\.md$|^LICENSE$|^package\.json$/.test(path),
      ),
    ).toEqual([]);
    expect(own.filter((path) => /(^|\/)\./.test(path))).toEqual([]);
    expect(packed.size).toBeLessThan(8_000_000);
  });

  it('has a lock file that names no registry', () => {
    expect(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved"|https?:\/\/(registry|npm)\b/);
  });

  it('analyses and draws where it was installed', (context) => {
    context.skip(impossible !== null, impossible ?? '');
    const sample = join(folder, 'node_modules/lacpscope/samples/sf-l23-four-clients');
    const captures = readdirSync(sample)
      .filter((name) => name.endsWith('.pcap'))
      .sort()
      .map((name) => join(sample, name));
    const bin = join(folder, 'node_modules/.bin/lacpscope');
    expect(run(bin, ['--version'], folder).stdout).toMatch(/^\d/);
    const done = run(bin, ['analyze', ...captures, '--report', 'lag.html'], folder);
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(done.stdout).toContain('igb2');
    expect(readFileSync(join(folder, 'lag.html'), 'utf8')).toContain('<svg');
  });

  it('compiles what captures where it was installed', (context) => {
    context.skip(impossible !== null, impossible ?? '');
    const compiler = ['c++', 'g++', 'clang++', 'clang++-14'].find((each) => run('which', [each], folder).status === 0);
    context.skip(compiler === undefined, 'there is no C++ compiler');
    const bin = join(folder, 'node_modules/.bin/lacpscope');
    const { status, stderr } = run(bin, ['interfaces'], folder);
    expect([0, 3, 5]).toContain(status); // as the system allows
    expect(stderr).toContain('compiling native/capture, once');
    expect(readdirSync(join(folder, 'node_modules/lacpscope/build/capture')).length).toBe(1);
    expect(run(bin, ['interfaces'], folder).stderr).toBe('');
  });

  it('draws with the DOM it was tested with', (context) => {
    context.skip(impossible !== null, impossible ?? '');
    const inside = 'node_modules/lacpscope/node_modules/jsdom/package.json';
    expect(existsSync(join(folder, inside))).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, inside), 'utf8'))).toMatchObject({ version: '26.1.0' });
  });

  it('is a library with types', (context) => {
    context.skip(impossible !== null, impossible ?? '');
    writeFileSync(
      join(folder, 'use.mjs'),
      `import { analyze, analysisSchema, CaptureError } from 'lacpscope';
       const sample = 'node_modules/lacpscope/samples/sf-l23-four-clients/';
       const inputs = ['igb0', 'igb1', 'igb2', 'igb3'].map((name) => ({ name, path: sample + name + '.pcap' }));
       const analysis = analysisSchema.parse(await analyze({ inputs }));
       const refused = await analyze({ inputs: [{ name: null, path: 'none.pcap' }] }).catch((error) => error instanceof CaptureError);
       console.log(analysis.capture.frames, refused);`,
    );
    expect(run(process.execPath, ['use.mjs'], folder)).toMatchObject({ status: 0, stdout: '9132 true\n', stderr: '' });
    writeFileSync(
      join(folder, 'use.ts'),
      `import { type Analysis, analyze } from 'lacpscope';
       export const frames = async (path: string): Promise<number> => {
         const analysis: Analysis = await analyze({ inputs: [{ name: null, path }] });
         return analysis.capture.frames;
       };`,
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck', 'use.ts'];
    expect(run(process.execPath, [tsc, '--ignoreConfig', ...options], folder)).toMatchObject({ status: 0, stdout: '' });
  });
});
