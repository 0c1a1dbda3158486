/** Counts of the interfaces of one input, and what they add up to per member port. */
import { linkTypeName } from '../capture-file/link-types.js';
import type { InterfaceDescription } from '../capture-file/pcapng.js';
import type { InputSummary } from './pass.js';
import { earliest, latest } from './times.js';

/** Counts of one source and member port, over all its interfaces and sections. */
export interface Tally {
  /** Null until a frame of a capture of all interfaces says of which it is. */
  port: number | null;
  readonly linkType: string | null;
  readonly snapLength: number | null;
  readonly resolution: number;
  readonly speed: number | null;
  readonly readable: boolean;
  frames: number;
  octets: number;
  capturedOctets: number;
  slowFrames: number;
  backwards: number;
  firstNs: bigint | null;
  lastNs: bigint | null;
  droppedByKernel: number | null;
  droppedByInterface: number | null;
}

/** The counters of a tally that has counted nothing. */
export const NOTHING_COUNTED = {
  frames: 0,
  octets: 0,
  capturedOctets: 0,
  slowFrames: 0,
  backwards: 0,
  firstNs: null,
  lastNs: null,
  droppedByKernel: null,
  droppedByInterface: null,
} as const;

export function newTally(port: number | null, description: InterfaceDescription, readable: boolean): Tally {
  const { base, exponent } = description.resolution;
  return {
    port,
    linkType: linkTypeName(description.linkType),
    snapLength: description.snapLength,
    resolution: base ** -exponent,
    speed: description.speed,
    readable,
    ...NOTHING_COUNTED,
  };
}

type About = Pick<InputSummary, 'source' | 'port' | 'format' | 'compression' | 'damage'>;

/** One summary of all interfaces of a source that belong to one member port. */
export function summarise(about: About, tallies: readonly Tally[]): InputSummary {
  const sum = (pick: (tally: Tally) => number) => tallies.reduce((total, tally) => total + pick(tally), 0);
  const known = (pick: (tally: Tally) => number | null): number | null =>
    tallies.reduce<number | null>((total, tally) => {
      const value = pick(tally);
      return value === null ? total : (total ?? 0) + value;
    }, null);
  return {
    ...about,
    linkType: tallies[0]?.linkType ?? null,
    frames: sum((tally) => tally.frames),
    octets: sum((tally) => tally.octets),
    capturedOctets: sum((tally) => tally.capturedOctets),
    snapLength: tallies[0]?.snapLength ?? null,
    firstNs: earliest(tallies.map((tally) => tally.firstNs)),
    lastNs: latest(tallies.map((tally) => tally.lastNs)),
    timestampResolution: tallies[0]?.resolution ?? null,
    drops: { kernel: known((tally) => tally.droppedByKernel), interface: known((tally) => tally.droppedByInterface) },
    interfaceSpeed: tallies[0]?.speed ?? null,
    slowFrames: sum((tally) => tally.slowFrames),
    backwards: sum((tally) => tally.backwards),
  };
}
