/** `--cross-check`: an independent second reader of classic captures must see the same frames and octets. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { InputSummary } from '../engine/pass.js';
import type { SecondReading } from '../findings/rule.js';

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
    if (input.format !== 'pcap' || input.damage !== null || !MICROSECOND_MAGICS.includes(magicOf(path))) {
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

/** Empty where the source is no file. */
function magicOf(path: string): string {
  let fd: number | null = null;
  try {
    fd = openSync(path, 'r');
    const magic = Buffer.alloc(4);
    readSync(fd, magic, 0, 4, 0);
    return magic.toString('hex');
  } catch {
    return '';
  } finally {
    if (fd !== null) closeSync(fd);
  }
}
