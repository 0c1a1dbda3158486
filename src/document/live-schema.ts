/**
 * What `live --format ndjson` writes, version 1: one object a line, told apart by `type`. The published JSON Schema is made
 * from this file, and the rules are those of the analysis document: within version 1 fields and types of objects may be
 * added, never renamed, removed or re-typed; what is not known is null. `time` is in seconds since the Unix epoch.
 */
import { z } from 'zod';
import { DISTRIBUTION_KINDS } from './direction.js';
import { analysisSchema } from './schema.js';
import { HEADER_FIELDS } from './values.js';

const count = z.int().nonnegative();
const rate = z.number().nonnegative(); // per second
const share = z.number().min(0).max(1);
const time = z.string().regex(/^\d+\.\d{9}$/);
const text = z.string();

/** The first line. */
const start = z.object({
  type: z.literal('start'),
  schema: z.literal('lacpscope/live@1'),
  tool: z.object({ name: z.literal('lacpscope'), version: text }),
  time,
  ports: z.array(z.object({ port: text, linkBitsPerSecond: rate.nullable() })),
});

/** One direction of a port. Rates are of the interval, counts since the capture began; bits as on the wire, octets as captured. */
const load = z.object({
  bitsPerSecond: rate,
  framesPerSecond: rate,
  utilisation: rate.nullable(), // of the link rate; null where that is not known
  octets: count,
  frames: count,
});

const flow = z.object({
  bitsPerSecond: rate,
  ports: z.array(text), // since it began
  changes: count,
  verdict: text.nullable(), // `kind` of the last analysis, where it was on several ports
});

const endpoint = z.object({ ip: text, port: count.nullable() });

const interval = z.object({
  type: z.literal('interval'),
  time, // its end
  seconds: z.number().nonnegative(), // since the capture began
  interval: z.number().positive(), // its length
  ports: z.array(
    z.object({
      port: text,
      captured: z.boolean(), // false: its capture ended, and its rates say nothing
      linkBitsPerSecond: rate.nullable(),
      dropped: count.nullable(),
      ingress: load,
      egress: load,
    }),
  ),
  connections: z.array(
    z.object({
      protocol: text,
      source: endpoint,
      destination: endpoint,
      ingress: flow.nullable(),
      egress: flow.nullable(),
    }),
  ),
  flows: z.object({ held: count, aged: count, onSeveralPorts: count, overflowFrames: count }),
  dropped: count.nullable(), // frames that the capture lost, since it began
  troubles: z.array(text),
  lostIntervals: count, // that the reader was too slow for, since the capture began
});

const event = z.object({
  type: z.literal('event'),
  time,
  kind: z.enum(['port', 'lacp', 'move', 'ping-pong', 'load', 'hash', 'capture']),
  text,
});

const judgedDirection = z.object({
  distribution: z.enum(DISTRIBUTION_KINDS),
  fields: z.array(
    z.object({
      field: z.enum(HEADER_FIELDS),
      verdict: z.enum(['used', 'unused', 'confounded', 'undetermined', 'untested']),
      probability: share.nullable(),
      chance: share.nullable(), // of seeing no use by luck
    }),
  ),
  function: z
    .object({ id: text, flowsTested: count, heldOutAccuracy: share.nullable(), alternatives: z.array(text) })
    .nullable(),
  pingPongFlows: count, // classes P5 to P8, of the 1,000 that a document lists
  movedFlows: count, // classes P3 and P4: on several links, and innocent
});

/** The short form of an analysis of all that was seen until `time`; the whole one is what `--json` writes. */
const analysis = z.object({
  type: z.literal('analysis'),
  time,
  findings: z.array(
    z.object({ id: text, severity: z.enum(['fault', 'warning', 'notice', 'ok']), title: text, ports: z.array(text) }),
  ),
  directions: z.object({ ingress: judgedDirection, egress: judgedDirection }),
  lacp: z.object({
    present: z.boolean(),
    ports: z.array(z.object({ port: text, state: analysisSchema.shape.lacp.shape.ports.element.shape.state })),
  }),
  quality: analysisSchema.shape.quality.shape.verdict,
});

/** The last line. Without it the stream was cut off. */
const end = z.object({
  type: z.literal('end'),
  time,
  seconds: z.number().nonnegative(),
  octets: count,
  frames: count,
  dropped: count.nullable(),
  intervals: count, // that were written
  lostIntervals: count,
});

export const liveSchema = z.discriminatedUnion('type', [start, interval, event, analysis, end]);

export type LiveLine = z.infer<typeof liveSchema>;
export type LiveLineOf<Type extends LiveLine['type']> = Extract<LiveLine, { type: Type }>;
