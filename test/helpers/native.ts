/** The engine compiled for this machine, by scripts/build-native.js. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

export type NativeTarget =
  | 'replay'
  | 'fuzz-frames'
  | 'fuzz-captures'
  | 'addon.node'
  | 'capture-threads'
  | 'capture-memory';

/** Where it is, or why it cannot be built here. */
export function builtNative(target: NativeTarget): { readonly path: string } | { readonly reason: string } {
  const args = [join(ROOT, 'scripts/build-native.js'), target];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status === 0) return { path: stdout.trim() };
  if (status === 3) return { reason: stdout.trim() };
  throw new Error(`${target} was not built: ${stdout}${stderr}`);
}

/** Folders of captures taken together, one file a member port: the samples, and what LACPSCOPE_SHARED has. */
export function captureFolders(): string[] {
  const shared = process.env.LACPSCOPE_SHARED;
  const above = [join(ROOT, 'samples'), ...(shared === undefined ? [] : [join(shared, 'captures')])];
  return above.filter((folder) => existsSync(folder)).flatMap((folder) => folders(folder));
}

const folders = (above: string) =>
  readdirSync(above, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(above, entry.name));

export const capturesIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .sort()
    .map((name) => join(folder, name));

/** Captures of other projects, damaged ones too; none without LACPSCOPE_SHARED. */
export function corpus(): string[] {
  const folder = join(process.env.LACPSCOPE_SHARED ?? '', 'corpus');
  if (process.env.LACPSCOPE_SHARED === undefined || !existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(md|tsv|gz|zst)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
