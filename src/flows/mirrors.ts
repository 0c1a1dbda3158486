/**
 * Ports that show some of the frames of others once more, beside their own or not: a mirror session towards them, most of all. No link
 * carries a frame to two members of one aggregate, so what was seen on another port before is no load that a sender put there.
 */

import type { Pass } from '../engine/pass.js';
import type { CopiedPort } from './copies.js';
import { moverSums } from './mover-sums.js';

export interface MirrorPort {
  readonly port: number;
  readonly of: readonly number[]; // the ports whose frames it shows
  readonly share: number; // of their frames
  readonly frames: number;
  readonly hasOwn: boolean; // it has other frames than these
  /** Both show the other's frames first: clocks differ by more than the copies take, so which one is the mirror can't be told. */
  readonly isMutual: boolean;
}

const FEWEST_FRAMES = 20;
const SHARE = 0.05; // of a port's frames: fewer are those of a switch that learns
const BACK = 0.1; // of the copies: as many the other way round are a matter of clocks
const OWN = 0.1; // of its frames: fewer are copies that were not known for such

/** @param copies ports that repeat others whole: they are known, and left out */
export function findMirrors(
  pass: Pick<Pass, 'ports' | 'flows' | 'movers' | 'joins'>,
  copies: readonly CopiedPort[],
): MirrorPort[] {
  const { copied, framesOn } = moverSums(pass);
  const known = new Set(copies.flatMap(({ port, of }) => [port, ...of]));
  const ports = [...pass.ports.keys()].filter((port) => !known.has(port));
  const frames = [...framesOn];
  for (const { framesOn: onePort } of pass.joins.sums())
    onePort.forEach((n, port) => {
      frames[port]! += n;
    });
  return ports.flatMap((port): MirrorPort[] => {
    const of = ports.filter((source) => {
      const n = copied[port]![source]!;
      return source !== port && n >= FEWEST_FRAMES && n >= SHARE * frames[source]!;
    });
    if (of.length === 0) return [];
    const sum = (perPort: (source: number) => number) => of.reduce((all, source) => all + perPort(source), 0);
    const shown = sum((source) => copied[port]![source]!);
    return [
      {
        ...{ port, of, frames: Math.round(shown), share: Math.min(1, shown / sum((source) => frames[source]!)) },
        hasOwn: frames[port]! - shown > OWN * frames[port]!,
        isMutual: of.some((source) => copied[source]![port]! > BACK * copied[port]![source]!),
      },
    ];
  });
}

/** As ports that repeat others and nothing else. */
export function asCopies(mirrors: readonly MirrorPort[]): CopiedPort[] {
  return mirrors.flatMap(({ port, of, share, hasOwn, isMutual }) =>
    hasOwn || isMutual ? [] : [{ port, of, share, isMirror: true }],
  );
}
