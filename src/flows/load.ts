/** Load of each member port in one direction, as the document counts it (analysis-json.md, "What is counted where"). */

import type { Direction, DirectionPort } from '../document/schema.js';
import { type DirectionIndex, EGRESS, type Pass } from '../engine/pass.js';
import { effectiveLinks, jain, maxOverMean } from '../stats/balance.js';
import type { CopiedPort } from './copies.js';
import type { LinkRate } from './link-rate.js';
import { tcpByPort } from './losses.js';
import type { MirrorPort } from './mirrors.js';
import { moverSums, moversOf } from './mover-sums.js';
import { timeText } from './time-text.js';
import { utilisation, type WireLoad } from './wire-load.js';

type Evidence = Pick<
  Pass,
  'ports' | 'flows' | 'movers' | 'joins' | 'series' | 'originNs' | 'durationNs' | 'lossesRefused'
>;

export type DirectionLoad = Pick<Direction, 'frames' | 'octets' | 'flows' | 'ports' | 'balance' | 'series'>;

/** Copies of frames, in all and by port. */
export interface CopyCounts {
  readonly duplicates: number; // without the echoes
  readonly echoes: number;
  readonly echoFrames: readonly number[]; // by port
  readonly echoOctets: readonly number[];
  readonly mirrorPorts: ReadonlySet<number>; // whose copies of unicast are no load either
}

/**
 * Echoes: broadcast and multicast of the local station that comes back on another port. They are in neither direction, for
 * nobody chose that port for them; nor are copies of unicast on a mirror port. Copies of a port that was captured twice are not echoes.
 */
export function countCopies(
  pass: Pick<Pass, 'ports' | 'flows' | 'movers'>,
  copies: readonly CopiedPort[],
  mirrors: readonly MirrorPort[] = [],
): CopyCounts {
  const sums = moverSums(pass);
  const twins = new Set(copies.flatMap(({ port, of }) => [port, ...of]));
  const echoesOf = (perPort: readonly number[]) => perPort.map((n, port) => (twins.has(port) ? 0 : n));
  const echoFrames = echoesOf(sums.ownGroupCopies);
  const echoOctets = echoesOf(sums.ownGroupCopyOctets);
  const echoes = echoFrames.reduce((sum, n) => sum + n, 0);
  const mirrorPorts = new Set(mirrors.flatMap(({ port, isMutual }) => (isMutual ? [] : [port])));
  return { duplicates: sums.copies - echoes, echoes, echoFrames, echoOctets, mirrorPorts };
}

/**
 * @param members K: the ports that could have been chosen, over which the balance counts
 * @param stationKnown whether ingress is what arrives here
 */
export function directionLoad(
  pass: Evidence,
  direction: DirectionIndex,
  members: readonly number[],
  rates: readonly LinkRate[],
  copies: CopyCounts,
  wire: readonly WireLoad[],
  stationKnown = true,
): DirectionLoad {
  const flows = flowsByPort(pass, direction);
  const tcp = tcpByPort(pass, direction, stationKnown);
  const echo = (perPort: readonly number[], port: number) => (direction === EGRESS ? perPort[port] : 0);
  const { copyFrames, copyOctets } = moversOf(pass, direction);
  const mirrored = (perPort: readonly number[], port: number) => (copies.mirrorPorts.has(port) ? perPort[port] : 0);
  const counted = pass.ports.map((_, port) => ({
    frames: Math.max(
      0,
      total(pass.series.frames[direction][port]) - echo(copies.echoFrames, port) - mirrored(copyFrames, port),
    ),
    octets: Math.max(
      0,
      total(pass.series.octets[direction][port]) - echo(copies.echoOctets, port) - mirrored(copyOctets, port),
    ),
    flows: flows[port],
  }));
  const all = {
    frames: total(counted.map((port) => port.frames)),
    octets: total(counted.map((port) => port.octets)),
    flows: total(flows),
  };
  const seconds = pass.durationNs / 1e9;
  const loads = members.map((port) => counted[port].octets);
  return {
    ...all,
    ports: pass.ports.map((name, port): DirectionPort => {
      const own = counted[port];
      const { bitsPerSecond, basis } = rates[port];
      return {
        port: name,
        ...own,
        frameShare: shareOf(own.frames, all.frames),
        octetShare: shareOf(own.octets, all.octets),
        flowShare: shareOf(own.flows, all.flows),
        meanBitsPerSecond: seconds > 0 ? (own.octets * 8) / seconds : 0,
        peakBitsPerSecond: Math.max(0, ...bitsPerSecondOf(pass, direction, port)),
        linkBitsPerSecond: bitsPerSecond,
        linkRateBasis: basis,
        // The series has the copies.
        utilisation:
          bitsPerSecond === null || copies.mirrorPorts.has(port) ? null : utilisation(wire[port], bitsPerSecond),
        tcp: tcp[port],
      };
    }),
    balance: { jain: jain(loads), effectiveLinks: effectiveLinks(loads), maxOverMean: maxOverMean(loads) },
    series: {
      interval: pass.series.intervalSeconds,
      start: timeText(pass.originNs, pass.series.startNs),
      bitsPerSecond: Object.fromEntries(pass.ports.map((name, port) => [name, bitsPerSecondOf(pass, direction, port)])),
    },
  };
}

function bitsPerSecondOf({ series }: Evidence, direction: DirectionIndex, port: number): number[] {
  return Array.from(series.octets[direction][port], (octets) => (octets * 8) / series.intervalSeconds);
}

/** A flow on several ports counts where most of it went. */
function flowsByPort(pass: Evidence, direction: DirectionIndex): number[] {
  const { counted } = moversOf(pass, direction);
  return pass.joins.sums()[direction].counted.map((flows, port) => flows + counted[port]);
}

const shareOf = (part: number, whole: number) => (whole > 0 ? part / whole : 0);

function total(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}
