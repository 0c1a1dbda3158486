import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CAPTURES, put, ROOT, SAMPLE, withFolder } from '../cli/lacpscope.js';

function node(args: readonly string[], env: Record<string, string> = {}, cwd = ROOT) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    input: '',
  });
  return { status, stdout, stderr };
}

const start = (args: readonly string[], typedIn: string) =>
  node([join(ROOT, 'scripts/start.js'), ...args], { INIT_CWD: typedIn });

describe('npm start', () => {
  it('analyses the starting case and writes its report', () => {
    const { status, stdout } = start([], ROOT);
    expect(status).toBe(0);
    expect(stdout).toContain('igb2');
    expect(stdout).toMatch(/\nReport: reports\/sf-l23-four-clients\.html\n$/);
    expect(readFileSync(join(ROOT, 'reports/sf-l23-four-clients.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  });

  it('leaves Ctrl-C to the command, and tells where the report of what is known is', async () => {
    const hook = pathToFileURL(join(ROOT, 'test/cli/interrupt-at.mjs')).href;
    const env = {
      ...process.env,
      INIT_CWD: ROOT,
      NODE_OPTIONS: `--import ${hook}`,
      INTERRUPT_AT: '2',
      INTERRUPT_ALL: '1',
    };
    const child = spawn(process.execPath, [join(ROOT, 'scripts/start.js')], { cwd: ROOT, env, detached: true });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece) => (text += piece));
    const [status] = await once(child, 'close');
    expect(status).toBe(0);
    expect(text.replaceAll(/\s+/g, ' ')).toContain('Interrupted: what the switch and the server hash on');
    expect(text).toMatch(/\nReport: reports\/sf-l23-four-clients\.html\n$/);
  });

  it('sets up and builds nothing the second time', () => {
    const built = () => statSync(join(ROOT, 'dist/cli/main.js')).mtimeMs;
    const before = built();
    expect(start([], ROOT).stdout).not.toContain('Installing');
    expect(built()).toBe(before);
  });

  it('takes paths from where the user typed, and names the report after their folder', () => {
    withFolder((folder) => {
      const name = `my ${basename(folder)}`;
      const report = join(ROOT, 'reports', `${name.replace(' ', '_')}.html`);
      mkdirSync(join(folder, name));
      for (const file of CAPTURES) copyFileSync(join(SAMPLE, file), join(folder, name, file));
      try {
        const { status, stdout } = start(
          ['--rate', '1G', ...CAPTURES.map((file) => `p-${file}=${name}/${file}`)],
          folder,
        );
        expect(status).toBe(0);
        expect(stdout).toContain(`Report: ${report}`);
        expect(existsSync(report)).toBe(true);
      } finally {
        rmSync(report, { force: true });
      }
    });
  });

  it('passes on what is wrong with the captures', () => {
    withFolder((folder) => {
      const { status, stdout, stderr } = start(['none.pcap'], folder);
      expect(status).toBe(3);
      expect(stderr).toContain('none.pcap');
      expect(stdout).not.toContain('Report:');
    });
  });
});

describe('the set-up', () => {
  const lock = (version: string) =>
    JSON.stringify({
      packages: { '': {}, 'node_modules/a': { version }, 'node_modules/b': { version: '1', optional: true } },
    });
  const isInstalled = (root: string) =>
    node([
      '--input-type=module',
      '-e',
      `import { packagesAreInstalled } from ${JSON.stringify(join(ROOT, 'scripts/set-up.js'))};
       console.log(packagesAreInstalled(${JSON.stringify(root)}));`,
    ]).stdout.trim();

  it('installs where nothing is, where it is old, and only there', () => {
    withFolder((folder) => {
      put(folder, 'package-lock.json', lock('1.0.0'));
      expect(isInstalled(folder)).toBe('false');
      mkdirSync(join(folder, 'node_modules'));
      const record = join(folder, 'node_modules/.package-lock.json');
      writeFileSync(record, JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }));
      expect(isInstalled(folder)).toBe('true');
      utimesSync(record, 0, 0); // the age of the record does not matter, its content does
      expect(isInstalled(folder)).toBe('true');
      put(folder, 'package-lock.json', lock('1.0.1'));
      expect(isInstalled(folder)).toBe('false');
    });
  });
});
