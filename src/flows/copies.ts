/**
 * Inputs that show the same frames: one port captured twice, or an aggregate interface captured beside its members.
 * inference.md 0.1, from the copies that the engine counted flow by flow.
 */

import type { Pass } from '../engine/pass.js';
import { portCounts } from './port-counts.js';

export interface CopiedPort {
  readonly port: number; // left out of everything but the load
  readonly of: readonly number[]; // the ports whose frames it repeats
  readonly share: number; // of the smaller one's frames that are copies
}

const SHARE = 0.9;
const FEWEST_FRAMES = 20;

export function findCopies(pass: Pick<Pass, 'ports' | 'flows' | 'movers'>): CopiedPort[] {
  const ports = pass.ports.length;
  const frames = new Array<number>(ports).fill(0);
  const shared = Array.from({ length: ports }, () => new Array<number>(ports).fill(0));
  for (let flow = 0; flow < pass.flows.count; flow++) {
    const counts = portCounts(pass, flow);
    for (const { port, frames: own, duplicates } of counts) {
      frames[port] += own + duplicates;
      // Of a flow on more than two ports nobody says whose copy a copy is: it counts in part for each.
      for (const other of counts) {
        if (other.port === port) continue;
        const copies = duplicates / (counts.length - 1);
        shared[port][other.port] += copies;
        shared[other.port][port] += copies;
      }
    }
  }

  const twins: { a: number; b: number; share: number }[] = [];
  for (let a = 0; a < ports; a++) {
    for (let b = a + 1; b < ports; b++) {
      const smaller = Math.min(frames[a], frames[b]);
      if (smaller >= FEWEST_FRAMES && shared[a][b] >= SHARE * smaller)
        twins.push({ a, b, share: shared[a][b] / smaller });
    }
  }
  return leftOut(twins, frames);
}

function leftOut(twins: readonly { a: number; b: number; share: number }[], frames: readonly number[]): CopiedPort[] {
  const copies: CopiedPort[] = [];
  let rest = [...twins];
  while (rest.length > 0) {
    const degree = (port: number) => rest.filter(({ a, b }) => a === port || b === port).length;
    const { a, b } = rest[0];
    // One input that repeats several others is the aggregate; of two, the second unless the first is much the smaller.
    const aggregate = [a, b].find((port) => degree(port) > 1 && rest.every((t) => t.a === port || t.b === port));
    const port = aggregate ?? (frames[a] < 0.9 * frames[b] ? a : b);
    const mine = rest.filter((twin) => twin.a === port || twin.b === port);
    copies.push({
      port,
      of: mine.map((twin) => (twin.a === port ? twin.b : twin.a)),
      share: Math.min(1, ...mine.map(({ share }) => share)),
    });
    rest = rest.filter((twin) => !mine.includes(twin));
  }
  return copies.sort((x, y) => x.port - y.port);
}
