import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface Outcome {
  readonly executions: number;
  readonly seed: number;
  readonly failure: { readonly path: string; readonly reason: string } | null;
}
type Fuzz = (options: { seconds: number; seed: number; failures: string; seeds?: Uint8Array[] }) => Promise<Outcome>;

it('the fuzzer of containers runs, and finds nothing in two seconds', async () => {
  const script = new URL('../../scripts/fuzz-containers.js', import.meta.url).href;
  const { fuzzContainers } = (await import(script)) as { fuzzContainers: Fuzz };
  const failures = mkdtempSync(join(tmpdir(), 'lacpscope-fuzz-'));
  try {
    const { executions, failure } = await fuzzContainers({ seconds: 2, seed: 1, failures });
    expect(failure).toBeNull();
    expect(executions).toBeGreaterThan(0);
    expect(readdirSync(failures)).toEqual([]);
  } finally {
    rmSync(failures, { recursive: true });
  }
});
