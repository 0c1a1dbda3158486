import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files by their names, for as long as `use` runs. */
export async function withFiles<T>(
  files: Readonly<Record<string, Uint8Array>>,
  use: (paths: readonly string[]) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lacpscope-test-'));
  try {
    const paths = Object.entries(files).map(([name, bytes]) => {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      return path;
    });
    return await use(paths);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
