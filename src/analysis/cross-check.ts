/** `--cross-check`: an independent second reader of classic captures must see the same frames and octets. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { readPcapHeader } from '../capture-file/pcap.js';
import type { InputSummary } from '../engine/pass.js';
import type { SecondReading } from '../findings/rule.js';

const BEGINNING = 256 * 1024;
const MICROSECOND_MAGICS = ['a1b2c3d4', 'd4c3b2a1'];

/** Not done (null) where the reader does not know the format, or the file is damaged: it checks no length. */
/** @param pathOf where a source of the document is on this machine */
export async function crossCheck(
  inputs: readonly InputSummary[],
  pathOf: (source: string) => string,
): Promise<SecondReading[]> {
  const { default: reader } = await import('pcap-parser');
  const checks: SecondReading[] = [];
  for (const input of inputs) {
    const path = pathOf(input.source);
    if (input.format !== 'pcap' || input.compression !== null || input.damage !== null || !isUsualPcap(path)) {
      checks.push({ source: input.source, result: null });
      continue;
    }
    const seen = await new Promise<{ frames: number; octets: number }>((resolve, reject) => {
      let frames = 0;
      let octets = 0;
      reader
        .parse(path)
        .on('packet', ({ header }) => {
          frames++;
          octets += header.originalLength;
        })
        .on('error', reject)
        .on('end', () => resolve({ frames, octets }));
    });
    const agrees = seen.frames === input.frames && seen.octets === input.octets;
    checks.push({ source: input.source, result: { ...seen, agrees } });
  }
  return checks;
}

/** Not of a pipe, which was read already, nor of what older and patched libpcaps wrote: the reader takes all for version 2.4. */
function isUsualPcap(path: string): boolean {
  let fd: number | null = null;
  try {
    if (!statSync(path).isFile()) return false; // opening a pipe would wait for another writer
    fd = openSync(path, 'r');
    const head = Buffer.alloc(BEGINNING);
    const bytes = head.subarray(0, readSync(fd, head, 0, BEGINNING, 0));
    const { recordHeader, lengths, nanoseconds } = readPcapHeader(path, bytes);
    const usual = recordHeader === 16 && lengths === 'usual' && !nanoseconds;
    return usual && MICROSECOND_MAGICS.includes(bytes.toString('hex', 0, 4));
  } catch {
    return false;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}
