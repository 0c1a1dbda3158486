/** Captures in every format that editcap writes: read as the original, or refused by name. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { identify } from '../../src/capture-file/identify.js';
import { CaptureError } from '../../src/errors.js';
import { passOf, plain } from '../helpers/engine-pass.js';

const SAMPLE = join(import.meta.dirname, '../../samples/sf-l23-four-clients/igb0.pcap');
const READ = ['pcap', 'nsecpcap', 'pcapng', 'modpcap', 'rh6_1pcap', 'suse6_3pcap', 'nokiapcap'];
const NAMED =
  'snoop netmon1 netmon2 lanalyzer ngsniffer ngwsniffer_1_1 ngwsniffer_2_0 nettl observer visual 5views'.split(' ');
const missing = spawnSync('editcap', ['--version'], { stdio: 'ignore' }).status !== 0;
const folder = mkdtempSync(join(tmpdir(), 'lacpscope-editcap-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function converted(format: string): Uint8Array {
  const path = join(folder, format);
  expect(spawnSync('editcap', ['-F', format, SAMPLE, path]).status).toBe(0);
  return readFileSync(path);
}

describe.skipIf(missing)('a capture from editcap (skipped where editcap is missing)', () => {
  it.each(READ)('%s is read as the original', async (format) => {
    const { inputs, ...rest } = await passOf({ 'igb0.pcap': converted(format) });
    const original = await passOf({ 'igb0.pcap': readFileSync(SAMPLE) });
    expect(inputs[0]).toMatchObject({ frames: 433, damage: null });
    expect(plain({ inputs, ...rest })).toEqual(plain(original));
  });

  it.each(NAMED)('%s is refused by name, with the way back', (format) => {
    const outcome = (() => {
      try {
        return identify('a', converted(format), false);
      } catch (error) {
        return error;
      }
    })();
    expect(outcome).toBeInstanceOf(CaptureError);
    expect(outcome).toMatchObject({ code: 'input-foreign', remedy: expect.stringContaining("editcap -F pcapng 'a'") });
  });
});
