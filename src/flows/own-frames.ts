/**
 * What a port that shows all frames of others has beside them. The aggregate itself shows nothing that its members do not, but for
 * frames of a member that was not captured, and those that the members' captures lost or were too short for. A member to which a
 * mirror session sends the frames of others has flows of its own.
 */

import { EGRESS, INGRESS, NOT_A_MOVER, type Pass } from '../engine/pass.js';
import { commonTime, livesIn } from './common-time.js';
import { isUnicast } from './port-counts.js';

type Evidence = Pick<Pass, 'ports' | 'inputs' | 'originNs' | 'flows' | 'movers'>;

export interface OwnFrames {
  readonly flows: number; // unicast, on no other port although the others were being captured
  readonly frames: number; // of these
  readonly more: number; // frames of other flows, beyond those that the others show; 0 if few
  readonly outside: number; // frames of flows on no other port that reach beyond the time of the others' captures; 0 if few
  /** Losses do not explain them: those flows have far more frames than are missing in others. */
  readonly areOwn: boolean;
}

const FEWEST_OF_A_FLOW = 8; // frames: fewer may all have been lost
const FEWEST_FRAMES = 20;
const SHARE = 0.01; // of the port's frames: fewer may be what a filter or a burst of losses took from the others
const LOSSES = 4; // times what is missing in other flows

/** @param of the ports whose frames it shows */
export function ownFrames(pass: Evidence, port: number, of: readonly number[]): OwnFrames {
  const { flows, movers } = pass;
  const during = commonTime(pass, of);
  const isInTime = (flow: number) => livesIn(during, flows, flow);
  const own = { flows: 0, frames: 0, outside: 0 };
  let all = 0;
  let more = 0;
  for (let flow = 0; flow < flows.count; flow++) {
    if (!isUnicast(flows, flow)) continue;
    const mover = flows.mover(flow);
    if (mover >= 0) {
      const here = framesOn(movers, mover, port);
      if (here === 0 || !isInTime(flow)) continue;
      all += here;
      more += here;
      for (let other = 0; other < movers.ports; other++) if (other !== port) more -= framesOn(movers, mover, other);
    } else if (mover === NOT_A_MOVER && flows.port(flow) === port) {
      const frames = flows.frames(flow);
      if (!isInTime(flow)) {
        own.outside += frames;
        continue;
      }
      all += frames;
      if (frames < FEWEST_OF_A_FLOW) continue;
      own.flows++;
      own.frames += frames;
    }
  }
  const few = Math.max(FEWEST_FRAMES, SHARE * all);
  const areOwn = own.frames >= Math.max(few, dropped(pass, of), LOSSES * more);
  return { ...own, outside: own.outside >= few ? own.outside : 0, more: more >= few ? more : 0, areOwn };
}

const FEWEST_COPIES = 20; // a direction
const MOST = 0.9;

/**
 * Of one direction it shows frames before the others do, of the other direction after them: it is above the links, where a
 * station's own frames come from and others go to. A mirror is always later, and clocks that differ make both directions alike.
 */
export function isAboveLinks({ flows, movers }: Pick<Pass, 'flows' | 'movers'>, port: number): boolean {
  const first = [0, 0];
  const later = [0, 0];
  for (let mover = 0; mover < movers.count; mover++) {
    if (framesOn(movers, mover, port) === 0) continue;
    const direction = flows.direction(movers.flow(mover));
    later[direction]! += movers.duplicates(mover, port);
    for (let other = 0; other < movers.ports; other++)
      if (other !== port) first[direction]! += movers.duplicates(mover, other);
  }
  const shareFirst = ([INGRESS, EGRESS] as const).map((direction) => {
    const all = first[direction]! + later[direction]!;
    return all < FEWEST_COPIES ? null : first[direction]! / all;
  });
  const [least, most] = shareFirst.includes(null) ? [0, 0] : shareFirst.map(Number).sort((a, b) => a - b);
  return least! <= 1 - MOST && most! >= MOST;
}

/** With copies. */
function framesOn(movers: Pass['movers'], mover: number, port: number): number {
  return (
    movers.wholeFrames(mover, port) +
    movers.firstFragments(mover, port) +
    movers.laterFragments(mover, port) +
    movers.duplicates(mover, port)
  );
}

/** By the captures' own counters. */
function dropped({ ports, inputs }: Evidence, of: readonly number[]): number {
  const names = new Set(of.map((port) => ports[port]!));
  return inputs.reduce(
    (sum, { port, drops }) => sum + (names.has(port) ? (drops.kernel ?? 0) + (drops.interface ?? 0) : 0),
    0,
  );
}
