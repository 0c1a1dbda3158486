/** Captures packed by the programs that users pack with; null where a program is not installed. */
import { spawnSync } from 'node:child_process';

export type Packer = (bytes: Uint8Array, ...options: string[]) => Buffer;

function packer(program: string): Packer | null {
  if (spawnSync(program, ['--version'], { stdio: 'ignore' }).status !== 0) return null;
  return (bytes, ...options) => {
    const { status, stdout, stderr } = spawnSync(program, ['-c', ...options], { input: bytes, maxBuffer: 1 << 30 });
    if (status !== 0) throw new Error(`${program} ${options.join(' ')}: ${stderr}`);
    return stdout;
  };
}

export const packers = { gzip: packer('gzip'), zstd: packer('zstd'), lz4: packer('lz4') };

export const missingPackers = Object.entries(packers)
  .filter(([, pack]) => pack === null)
  .map(([program]) => program);
