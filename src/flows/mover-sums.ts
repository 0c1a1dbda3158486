/** What needs all flows on several ports and nothing but adding up: one walk over a hundred thousand of them instead of many. */

import { type DirectionIndex, EGRESS, INGRESS, type MoverTable, type Pass } from '../engine/pass.js';
import { isCounted, isUnicast } from './port-counts.js';

export interface MoverSums {
  readonly framesOn: readonly number[]; // by port, with copies
  /** Copies of a frame of one port on another, by the two: of a flow on more ports they count for each in proportion. */
  readonly shared: readonly (readonly number[])[];
  /** Of unicast: by the port that shows a copy, and that of the original. */
  readonly copied: readonly (readonly number[])[];
  readonly copies: number;
  /** Of those, the ones of broadcast and multicast of the local station, by port. */
  readonly ownGroupCopies: readonly number[];
  readonly ownGroupCopyOctets: readonly number[];
  readonly of: readonly [MoversOfDirection, MoversOfDirection];
  readonly each: EachMover;
}

/** What several questions ask of every one of them, as columns: its rows are three lines of memory each time. */
export interface EachMover {
  readonly direction: Uint8Array;
  readonly isToOne: Uint8Array; // unicast
  readonly onlyPort: Int8Array; // with frames that are no copies; -1 where there are several, or none
  readonly wholeFrames: Float64Array;
  readonly portsOfWhole: Uint8Array; // how many have whole frames
}

interface MoversOfDirection {
  readonly carries: readonly boolean[]; // by port: a unicast frame that is no copy
  readonly counted: readonly number[]; // by the port that carried most of each: flows the document counts
  readonly copyFrames: readonly number[]; // by port: copies of unicast
  readonly copyOctets: readonly number[];
}

const made = new WeakMap<MoverTable, MoverSums>();

/** A table does not change, so it is walked once for all that ask. */
export function moverSums(pass: Pick<Pass, 'flows' | 'movers'>): MoverSums {
  const known = made.get(pass.movers);
  if (known !== undefined) return known;
  const sums = sumUp(pass);
  made.set(pass.movers, sums);
  return sums;
}

function sumUp({ flows, movers }: Pick<Pass, 'flows' | 'movers'>): MoverSums {
  const perPort = () => new Array<number>(movers.ports).fill(0);
  const ofDirection = () => ({
    carries: perPort().map(() => false),
    counted: perPort(),
    copyFrames: perPort(),
    copyOctets: perPort(),
  });
  const sums = {
    framesOn: perPort(),
    shared: perPort().map(perPort),
    copied: perPort().map(perPort),
    copies: 0,
    ownGroupCopies: perPort(),
    ownGroupCopyOctets: perPort(),
    of: [ofDirection(), ofDirection()] as const,
    each: {
      direction: new Uint8Array(movers.count),
      isToOne: new Uint8Array(movers.count),
      onlyPort: new Int8Array(movers.count).fill(-1),
      wholeFrames: new Float64Array(movers.count),
      portsOfWhole: new Uint8Array(movers.count),
    },
  };
  const { each } = sums;
  const frames = perPort();
  const read = { whole: perPort(), firstFragments: perPort(), laterFragments: perPort(), copies: perPort() };
  const { copies } = read;
  for (let mover = 0; mover < movers.count; mover++) {
    const flow = movers.flow(mover);
    const direction = flows.direction(flow) === EGRESS ? EGRESS : INGRESS;
    const isToOne = isUnicast(flows, flow);
    const { carries, counted, copyFrames, copyOctets } = sums.of[direction];
    let home = 0;
    let all = 0;
    let repeated = 0;
    let whole = 0;
    let carrying = 0;
    movers.readFrames(mover, read);
    for (let port = 0; port < movers.ports; port++) {
      const wholeHere = read.whole[port];
      frames[port] = wholeHere + read.firstFragments[port] + read.laterFragments[port];
      sums.framesOn[port] += frames[port] + copies[port];
      if (isToOne && frames[port] > 0) carries[port] = true;
      // The lowest of equals, of those that have a frame or the copy of one.
      if (frames[port] > frames[home] || frames[home] + copies[home] === 0) home = port;
      all += frames[port];
      repeated += copies[port];
      whole += wholeHere;
      if (wholeHere > 0) each.portsOfWhole[mover]++;
      if (frames[port] > 0) each.onlyPort[mover] = ++carrying === 1 ? port : -1;
    }
    each.direction[mover] = direction;
    each.isToOne[mover] = isToOne ? 1 : 0;
    each.wholeFrames[mover] = whole;
    if (isCounted(flows, flow)) counted[home]++;
    if (repeated === 0) continue;
    sums.copies += repeated;
    addShared(sums.shared, frames, copies, all);
    if (isToOne) {
      addCopied(sums.copied, frames, copies, all);
      for (let port = 0; port < movers.ports; port++) {
        copyFrames[port] += copies[port];
        copyOctets[port] += movers.duplicateOctets(mover, port);
      }
    }
    if (isToOne || direction !== EGRESS) continue;
    for (let port = 0; port < movers.ports; port++) {
      sums.ownGroupCopies[port] += copies[port];
      sums.ownGroupCopyOctets[port] += movers.duplicateOctets(mover, port);
    }
  }
  return sums;
}

function addShared(shared: number[][], frames: readonly number[], copies: readonly number[], all: number): void {
  eachCopied(frames, copies, all, (port, other, part) => {
    shared[port][other] += part;
    shared[other][port] += part;
  });
}

function addCopied(copied: number[][], frames: readonly number[], copies: readonly number[], all: number): void {
  eachCopied(frames, copies, all, (port, other, part) => {
    copied[port][other] += part;
  });
}

function eachCopied(
  frames: readonly number[],
  copies: readonly number[],
  all: number,
  visit: (port: number, other: number, part: number) => void,
): void {
  for (let port = 0; port < frames.length; port++) {
    const originals = all - frames[port];
    if (copies[port] === 0 || originals === 0) continue;
    for (let other = 0; other < frames.length; other++) {
      if (other !== port) visit(port, other, (copies[port] * frames[other]) / originals);
    }
  }
}

/** Of a direction, as far as its flows on several ports go. */
export function moversOf(pass: Pick<Pass, 'flows' | 'movers'>, direction: DirectionIndex): MoversOfDirection {
  return moverSums(pass).of[direction];
}
