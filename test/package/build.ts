import { spawnSync } from 'node:child_process';

/** Tests of the command run what `npm run build` made; made again here if the sources have changed since. */
export default function setup(): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build.js', '--if-changed'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`scripts/build.js failed:\n${stdout}${stderr}`);
}
