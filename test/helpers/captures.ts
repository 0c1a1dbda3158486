/** Captures below a folder, in order of their paths. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export function capturesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(p?cap|pcapng)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}
