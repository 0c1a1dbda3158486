/** The command as users have it: the built program, in a process of its own. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Analysis } from '../../src/document/schema.js';

export const ROOT = join(import.meta.dirname, '../..');
export const MAIN = join(ROOT, 'dist/cli/main.js');
export const SAMPLE = join(ROOT, 'samples/sf-l23-four-clients');
export const CAPTURES = readdirSync(SAMPLE)
  .filter((name) => name.endsWith('.pcap'))
  .sort();

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  readonly cwd?: string;
  readonly input?: string | Uint8Array | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

export function lacpscope(args: readonly string[], { cwd = SAMPLE, input, env = {} }: Options = {}): Outcome {
  return spawn(process.execPath, [MAIN, ...args], { cwd, input, env });
}

/** A line of the shell in which "$LACPSCOPE" is the command. */
export function shell(line: string, { cwd = SAMPLE, input, env = {} }: Options = {}): Outcome {
  return spawn('bash', ['-c', line], { cwd, input, env: { ...env, LACPSCOPE: `${process.execPath} ${MAIN}` } });
}

function spawn(command: string, args: readonly string[], { cwd, input, env }: Options): Outcome {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LACPSCOPE_')));
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    input: input ?? '',
    env: { ...own, ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

export const documentOf = ({ stdout }: Outcome) => JSON.parse(stdout) as Analysis;

/** A folder for one test. */
export function withFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'lacpscope-cli-'));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const capture = (name: string) => readFileSync(join(SAMPLE, name));

export function put(folder: string, name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;

/** Where the records of a little-endian pcap begin, and the end of the last. */
export function recordEdges(pcap: Buffer): number[] {
  const edges = [];
  let at = FILE_HEADER;
  for (; at + RECORD_HEADER <= pcap.length; at += RECORD_HEADER + pcap.readUInt32LE(at + 8)) edges.push(at);
  return [...edges, at];
}

/** The sample without the frames of which `keep` says no. */
export function withFrames(pcap: Buffer, keep: (frame: number) => boolean): Buffer {
  const edges = recordEdges(pcap);
  const records = edges.slice(0, -1).map((at, frame) => pcap.subarray(at, edges[frame + 1]));
  return Buffer.concat([pcap.subarray(0, FILE_HEADER), ...records.filter((_, frame) => keep(frame))]);
}
