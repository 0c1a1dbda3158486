/** What the links carried in one direction. */
import { z } from 'zod';
import { hash } from './hash.js';
import { limit, phases, pingPong } from './large-flows.js';
import { count, evidence, flow, later, portName, share, text, time } from './values.js';

export const directionPort = z.object({
  port: portName,
  frames: count,
  octets: count,
  flows: count,
  frameShare: share,
  octetShare: share,
  flowShare: share,
  meanBitsPerSecond: z.number(),
  peakBitsPerSecond: z.number(),
  linkBitsPerSecond: z.number().nullable(),
  linkRateBasis: z.enum(['given', 'lldp', 'interface', 'assumed']).nullable(),
  utilisation: z.number().nullable(),
  tcp: z
    .object({
      segments: count,
      // Below the number expected: overtaken within 3 ms, filling a hole later, or seen before.
      retransmissions: count,
      overtaken: later(count),
      repaired: later(count),
      repeated: later(count),
      // Holes that were never filled although the data arrived: lost by the capture.
      missed: later(count),
      // Towards the local station repaired, from it repeated segments, as a share with its interval of 95 %.
      lossShare: share.nullable(),
      lossInterval: z.tuple([z.number().nullable(), z.number().nullable()]),
      // Flows of 100 segments or more, and those of them with such a loss.
      steadyFlows: later(count),
      lossyFlows: later(count),
      // The far MAC addresses of those flows; null where no flow lost anything.
      steadyStations: later(count),
      lossyStations: later(count),
    })
    .nullable(),
});

export const luckRow = z.object({
  unit: z.enum(['peers', 'flows', 'cells']),
  n: count,
  links: count,
  busyLinks: count,
  expectedBusyLinks: z.number(),
  chance: share, // of at most so many busy links
  busyChances: z.array(share).default([]), // of 1, 2 … busy links
  // Units on the fullest link; null where a unit was on several, or there are more than 500.
  fullest: z
    .object({
      units: count,
      expected: z.number(),
      chance: share, // of at least so many
      chances: z.array(z.object({ units: count, chance: share })), // those from 0.0001 on, and that of what was seen
    })
    .nullable()
    .default(null),
});

const peer = z.object({
  mac: text.nullable(),
  ip: text.nullable(),
  flows: count,
  ports: z.array(z.object({ port: portName, flows: count, frames: count, octets: count })),
});

/** What the beginning of an epoch did to the flows that were there before and after; null for the first epoch. */
const remapping = z
  .object({
    flows: count,
    moved: count,
    staying: count, // before and after on ports that stayed
    movedBetweenStaying: count,
    expectedMovedShare: share.nullable(), // if the hash is divided by the number of ports, which changed by one
    kind: z.enum(['modulo', 'buckets']).nullable(), // null: can't be told
  })
  .nullable()
  .default(null);

/**
 * How full the links were: loads with what a wire adds, as shares of the rate. Of ports whose rate is given, announced or
 * recorded; on an assumed one nothing is said.
 */
const saturation = z.object({
  verdict: z.enum(['full', 'bursts', 'none-full', 'unknown']),
  window: z.number(), // seconds over which a load must last to count
  interval: later(z.number()), // seconds that `busiestInterval` is of, at most
  ports: z.array(
    z.object({
      port: portName,
      busiestWindow: z.number().nullable(), // null: the capture is shorter than a window
      busiestInterval: z.number(), // at most, of the series' intervals; in a long capture of shorter ones
      fullSeconds: z.number(),
      spans: z.array(z.object({ start: time, end: time, utilisation: z.number() })), // 100 at most
      flows: z.array(z.object({ flow, share, evidence })), // in that time, estimated from their lives
    }),
  ),
  sumAtOneLink: z
    .object({
      seconds: z.number(),
      bitsPerSecond: z.number(), // of all links
      linkBitsPerSecond: z.number(), // of one
      ports: z.array(z.object({ port: portName, share })),
    })
    .nullable(),
});

export const DISTRIBUTION_KINDS = [
  'per-flow-hash',
  'round-robin',
  'per-packet',
  'flowlet',
  'rebalancing',
  'single-port',
  'failover',
  'no-traffic',
  'undetermined',
] as const;

export const direction = z.object({
  frames: count,
  octets: count,
  flows: count,
  ports: z.array(directionPort),
  balance: z.object({
    jain: z.number().nullable(),
    effectiveLinks: z.number().nullable(),
    maxOverMean: z.number().nullable(),
  }),
  series: z.object({
    interval: z.number(),
    start: time.nullable(),
    bitsPerSecond: z.record(text, z.array(z.number())),
  }),
  distribution: z.object({
    kind: z.enum(DISTRIBUTION_KINDS),
    confidence: share.nullable(),
    explanation: text,
    epochs: z.array(
      z.object({
        start: time,
        end: time,
        startsBetween: later(z.tuple([time, time])), // where its start is not known to 0.1 s
        activePorts: z.array(portName),
        reason: text,
        remapping,
      }),
    ),
  }),
  luck: z.array(luckRow),
  peers: z.array(peer),
  hash: hash.nullable(),
  saturation: saturation.default({ verdict: 'unknown', window: 0, interval: null, ports: [], sumAtOneLink: null }),
  phases: phases.default({ reason: 'They were not looked for.', flows: [], list: [] }),
  limits: z.array(limit).default([]), // 20 at most
  pingPong: z.array(pingPong),
  topFlows: z.array(
    z.object({
      flow,
      port: portName, // that carried most of it
      onPorts: later(count), // that carried it, copies left out; 2 stands for more where they were not followed
      frames: count,
      octets: count,
      share,
    }),
  ),
});
