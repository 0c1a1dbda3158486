/**
 * Inputs that show the same frames: one port captured twice, or an aggregate interface captured beside its members.
 * inference.md 0.1, from the copies that the engine counted flow by flow.
 */

import type { Pass } from '../engine/pass.js';
import { moverSums } from './mover-sums.js';
import { isAboveLinks, type OwnFrames, ownFrames } from './own-frames.js';

export interface CopiedPort {
  readonly port: number; // left out of everything but the load
  readonly of: readonly number[]; // the ports whose frames it repeats
  readonly share: number; // of the smaller one's frames that are copies
  readonly isMirror?: true; // it shows some of their frames, and nothing else: no aggregate
  readonly alone?: OwnFrames; // of an aggregate beside its members, and of no other: what it shows and none of them does
}

/** It is no port, and no port was captured twice. */
export const isAggregate = ({ alone }: CopiedPort) => alone !== undefined;

const SHARE = 0.9;
const FEWEST_FRAMES = 20;
/** A member of an aggregate carries less than this part of it; more, and three inputs are one port. */
const MORE = 0.99;

/**
 * With the inputs whose LACPDUs come from one and the same port: that they repeat each other is certain, although clocks
 * that differ hide it. Their share is then 0: not measured.
 */
export function withSamePorts(copies: readonly CopiedPort[], groups: readonly (readonly number[])[]): CopiedPort[] {
  const known = new Set(copies.flatMap(({ port, of }) => [port, ...of]));
  const told = groups.flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : others.filter((port) => !known.has(port)).map((port) => ({ port, of: [first], share: 0 })),
  );
  return [...copies, ...told].sort((x, y) => x.port - y.port);
}

type Evidence = Pick<Pass, 'ports' | 'inputs' | 'originNs' | 'flows' | 'movers' | 'joins'>;

/** Ports that show nothing but what others do; one with flows of its own is none of them (`mirrors.ts`), unless it is seen to be the aggregate. */
export function findCopies(pass: Evidence): CopiedPort[] {
  const ports = pass.ports.length;
  const { framesOn, shared } = moverSums(pass);
  const frames = [...framesOn];
  for (const sums of pass.joins.sums())
    sums.framesOn.forEach((n, port) => {
      frames[port] += n;
    });

  const twins: Twins[] = [];
  for (let a = 0; a < ports; a++) {
    for (let b = a + 1; b < ports; b++) {
      const smaller = Math.min(frames[a], frames[b]);
      if (smaller >= FEWEST_FRAMES && shared[a][b] >= SHARE * smaller)
        twins.push({ a, b, share: shared[a][b] / smaller });
    }
  }
  const { mirrors, above } = withOwn(pass, twins, frames);
  const kept = twins.filter(({ a, b }) => !mirrors.has(a) && !mirrors.has(b));
  return leftOut(kept, frames, above).map((copy) =>
    copy.of.length > 1 || above.has(copy.port) ? { ...copy, alone: ownFrames(pass, copy.port, copy.of) } : copy,
  );
}

interface Twins {
  readonly a: number; // ports
  readonly b: number;
  readonly share: number;
}

/** Ports that show all frames of others beside their own: `above` the links, so the aggregate for certain, or perhaps a mirror. */
function withOwn(pass: Evidence, twins: readonly Twins[], frames: readonly number[]) {
  const shownBy = new Map<number, number[]>();
  for (const { a, b } of twins) {
    const [port, other] = frames[a] > frames[b] ? [a, b] : [b, a];
    shownBy.set(port, [...(shownBy.get(port) ?? []), other]);
  }
  const [mirrors, above] = [new Set<number>(), new Set<number>()];
  for (const [port, of] of shownBy)
    if (ownFrames(pass, port, of).areOwn) (isAboveLinks(pass, port) ? above : mirrors).add(port);
  return { mirrors, above };
}

function leftOut(twins: readonly Twins[], frames: readonly number[], above: ReadonlySet<number>): CopiedPort[] {
  const copies: CopiedPort[] = [];
  let rest = [...twins];
  while (rest.length > 0) {
    const degree = (port: number) => rest.filter(({ a, b }) => a === port || b === port).length;
    const { a, b } = rest[0];
    // One input that repeats several others is the aggregate; of two, the second unless the first is much the smaller.
    const carriesAll = (port: number) =>
      rest.every(
        (t) =>
          (t.a === port && frames[t.b] < MORE * frames[port]) || (t.b === port && frames[t.a] < MORE * frames[port]),
      );
    const aggregate = [a, b].find((port) => above.has(port) || (degree(port) > 1 && carriesAll(port)));
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
