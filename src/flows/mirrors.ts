/**
 * Ports that show some of the frames of others once more, beside their own or not: a mirror session towards them, most of all. No link
 * carries a frame to two members of one aggregate, so what was seen on another port before is no load that a sender put there.
 */

import type { ControlFrame, Pass } from '../engine/pass.js';
import type { LacpReport } from '../lacp/report.js';
import type { CopiedPort } from './copies.js';
import { moverSums } from './mover-sums.js';
import { ownFrames } from './own-frames.js';

export interface MirrorPort {
  readonly port: number;
  readonly of: readonly number[]; // the ports whose frames it shows
  readonly share: number; // of their frames
  readonly frames: number;
  readonly hasOwn: boolean; // it has other frames than these
  /** It shows all frames of the others, so its own may be those of a member that was not captured: then it is the aggregate itself. */
  readonly mayBeAggregate: boolean;
  /** Both show the other's frames first: clocks differ by more than the copies take, so which one is the mirror can't be told. */
  readonly isMutual: boolean;
}

const FEWEST_FRAMES = 20;
const SHARE = 0.05; // of a port's frames: fewer are those of a switch that learns
const BACK = 0.1; // of the copies: as many the other way round are a matter of clocks
const ALL = 0.9;
const OWN = 0.1; // of its frames: fewer are copies that were not known for such

/** @param copies ports that repeat others whole: they are known, and left out */
export function findMirrors(
  pass: Pick<Pass, 'ports' | 'inputs' | 'originNs' | 'flows' | 'movers' | 'joins'>,
  copies: readonly CopiedPort[],
  lacp: Pick<LacpReport, 'ports'>,
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
    const hasOwn = frames[port]! - shown > OWN * frames[port]! || ownFrames(pass, port, of).areOwn;
    const showsAll = of.every((source) => copied[port]![source]! >= ALL * frames[source]!);
    return [
      {
        ...{ port, of, frames: Math.round(shown), share: Math.min(1, shown / sum((source) => frames[source]!)) },
        hasOwn,
        mayBeAggregate: hasOwn && showsAll && !isOnePort(lacp, port, of),
        isMutual: of.some((source) => copied[source]![port]! > BACK * copied[port]![source]!),
      },
    ];
  });
}

/** LACPDUs of one port of a peer are on it alone, where others have theirs: those of an aggregate are of several ports, or missing. */
function isOnePort({ ports }: Pick<LacpReport, 'ports'>, port: number, of: readonly number[]): boolean {
  const sendersOn = (each: number, side: 'sent' | 'received') =>
    new Set(ports[each]![side].map(({ pdu: { actor } }) => `${actor.system} ${actor.port}`));
  return (['sent', 'received'] as const).some((side) => {
    const [own] = sendersOn(port, side);
    const others = of.map((other) => sendersOn(other, side));
    return sendersOn(port, side).size === 1 && others.every((theirs) => theirs.size > 0 && !theirs.has(own!));
  });
}

const COPY_NS = 50_000_000; // as of other frames

/** Without LACPDUs that a mirror shows once more: they say nothing of its own link. */
export function withoutMirrored(
  control: readonly ControlFrame[],
  mirrors: readonly Pick<MirrorPort, 'port' | 'of' | 'isMutual'>[],
): ControlFrame[] {
  const sources = new Map(mirrors.flatMap(({ port, of, isMutual }) => (isMutual ? [] : [[port, of] as const])));
  const textOf = ({ bytes }: ControlFrame) => String.fromCharCode(...bytes);
  const alike = new Map<string, ControlFrame[]>();
  for (const frame of control) {
    const text = textOf(frame);
    const known = alike.get(text);
    if (known === undefined) alike.set(text, [frame]);
    else known.push(frame);
  }
  return control.filter((frame) => {
    const of = frame.kind === 'slow' ? sources.get(frame.port) : undefined;
    if (of === undefined) return true;
    const isCopy = ({ port, timeNs }: ControlFrame) => of.includes(port) && Math.abs(timeNs - frame.timeNs) <= COPY_NS;
    return !alike.get(textOf(frame))!.some(isCopy);
  });
}

/** As ports that repeat others and nothing else. */
export function asCopies(mirrors: readonly MirrorPort[]): CopiedPort[] {
  return mirrors.flatMap(({ port, of, share, hasOwn, isMutual }) =>
    hasOwn || isMutual ? [] : [{ port, of, share, isMirror: true }],
  );
}
