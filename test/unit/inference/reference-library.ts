import { BOTH, indexOf, NONE } from '../../../src/inference/fields/hypotheses.js';
import type { LibraryFunction } from '../../../src/inference/functions/library.js';
import { libraryFor } from '../../../src/inference/functions/library.js';

/**
 * The functions the reference's posteriors were computed with: no times-33, no FNV-1 over ports alone, and FNV-1 taken
 * for a function of addresses and ports under IPv6 too. Shares of the prior depend on how many functions there are.
 */
export function referenceLibrary(observed: Parameters<typeof libraryFor>[0]): LibraryFunction[] {
  return libraryFor(observed).flatMap((f) => {
    if (f.id.startsWith('freebsd9-lagg') || f.id === 'freebsd-lagg:l4') return [];
    if (!f.id.startsWith('freebsd-lagg')) return [f];
    const layers = f.id.split(':')[1].split(',');
    const pair = (layer: string) => (layers.includes(layer) ? BOTH : NONE);
    return [{ ...f, hypothesis: indexOf({ mac: pair('l2'), ip: pair('l3'), port: pair('l4'), singles: 0 }) }];
  });
}
