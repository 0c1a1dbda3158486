/** Captures of other projects, in every container: as many frames and octets as tshark counts, or a refusal. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runPass } from '../../src/engine/run-pass.js';
import { CaptureError } from '../../src/errors.js';
import { openSource } from '../../src/sources/open.js';

const shared = process.env.LACPSCOPE_SHARED;

interface Row {
  readonly file: string;
  readonly encapsulation: string;
  readonly expected_frames: string;
  readonly bytes: string;
  readonly note: string;
}

function rows(): Row[] {
  if (shared === undefined) return [];
  const [head, ...lines] = readFileSync(join(shared, 'corpus/MANIFEST.tsv'), 'utf8').trimEnd().split('\n');
  const names = head!.split('\t');
  return lines
    .map((line) => Object.fromEntries(line.split('\t').map((value, i) => [names[i], value])) as unknown as Row)
    .filter(({ file }) => /^(formats|malformed)\//.test(file));
}

/** The frames and octets, or the code of the refusal. */
async function read(file: string) {
  try {
    const { source } = await openSource(join(shared!, 'corpus', file));
    const { totals } = await runPass({
      inputs: [{ portName: null, source, partial: false }],
      localMacs: [],
      maxFlows: 100_000,
      skewSeconds: 0,
    });
    return { frames: totals.frames, octets: totals.octets };
  } catch (error) {
    if (error instanceof CaptureError) return error.code;
    throw error;
  }
}

const known = rows();

describe.skipIf(known.length === 0)('captures of other projects (skipped: LACPSCOPE_SHARED is not set)', () => {
  it.each(known)('$file', async ({ file, encapsulation, expected_frames, bytes, note }) => {
    const result = await read(file);
    const ethernet = ['ether', 'per-packet', 'unknown'].some((kind) => encapsulation.startsWith(kind));
    if (!ethernet) {
      // Of another link layer, of an unknown one, or no capture: nothing but a refusal or a count that readers agree about.
      if (typeof result !== 'string' && expected_frames !== '') expect(result.frames).toBe(Number(expected_frames));
      else if (typeof result === 'string') expect(result).toMatch(/^(link-type|input-|pcap-version)/);
      return;
    }
    if (expected_frames === '') return; // sound readers disagree
    expect(result).toMatchObject({ frames: Number(expected_frames) });
    // tshark 4.0 counts custom blocks as frames, and their octets with them.
    if (!note.includes('custom block')) expect(result).toMatchObject({ octets: Number(bytes) });
  });
});
