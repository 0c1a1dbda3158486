/** Flows that are looked at one by one: those that changed port, and the largest. */
import { z } from 'zod';
import { count, evidence, flow, later, portName, share, text, time } from './values.js';

export const pingPong = z.object({
  flow,
  class: z.enum(['P3', 'P4', 'P5', 'P6', 'P7', 'P8']),
  evidence: z.array(evidence),
  kind: z.enum([
    'round-robin',
    'per-packet',
    'flowlet',
    'oscillating',
    'failover',
    'rebalance',
    'fragment-split',
    'header-dependent',
  ]),
  dependsOn: text.nullable(),
  // What put its frames in order: numbers in them, or nothing but the clocks of the ports.
  orderedBy: later(z.enum(['tcp.seq', 'tcp.ack', 'rtp.seq', 'esp.sequence', 'icmp.seq', 'ip.id', 'clocks'])),
  ports: z.array(z.object({ port: portName, frames: count, octets: count.nullable() })),
  frames: count,
  switches: count,
  switchRate: share,
  meanRunLength: z.number(),
  dwell: z.number().nullable(),
  reordered: count.nullable(),
  reorderedRatio: share.nullable(),
  firstSwitch: time.nullable(),
  displayFilter: text,
  runs: z.array(z.object({ port: portName, frames: count })),
  cost: z.object({
    extentMax: count.nullable(),
    nReordered3: count.nullable(),
    dupAckRuns: count.nullable(),
    spuriousFastRetransmissions: count.nullable(),
  }),
});

/**
 * The largest flows: were they held back by their link? `not-link-limited`: it had room in every interval of their lives.
 * `link-limited`: it was full for most of that time, and they had their share of it at least. `receiver-limited`: the receiver left no
 * room for a good part of it, or its window was full most of the time and the link was not. `sender-limited`: it had nothing to send most of the
 * time.
 */
export const limit = z.object({
  flow,
  port: portName,
  evidence,
  share, // of the octets of the direction
  seconds: z.number(), // its life
  bitsPerSecond: z.number(), // over its life
  verdict: z.enum(['link-limited', 'not-link-limited', 'receiver-limited', 'sender-limited', 'cant-tell']),
  busiestInterval: z.number().nullable(), // of the link meanwhile, at most; null where the rate is not known
  fullShare: share.nullable(), // of its life
  pauseShare: share, // of its life in gaps of 0.1 s and more, at least
  repeatShare: share.nullable(), // of its TCP segments with data; null where that is not known
  // Windows of 0 that its receiver said; null where its acknowledgements are not in the capture, or on several ports.
  closedWindow: later(
    z.object({
      frames: count, // that said so
      times: count, // at least
      share, // of its life, at least: where the end of it was seen
    }),
  ),
  // Of its receiver, from excerpts of the connection; null where it can't be told, as without its SYNs.
  window: later(
    z.object({
      excerpts: count,
      octets: z.number(), // that were allowed at once
      roundTrip: z.number().nullable(), // seconds, at most: of a sender that pauses, its pauses are in it
      fullShare: share, // of the time looked at: no room for another segment
      usedShare: share, // of the window, on average
      idleShare: share.nullable(), // nothing was on its way, though there was room
    }),
  ),
});

/** Times in which one set of large flows sends. `reason`: why there are none. */
export const phases = z.object({
  reason: text.nullable(),
  flows: z.array(z.object({ flow, port: portName, octets: count, start: time, end: time, evidence })), // on that port
  list: z.array(
    z.object({
      start: time,
      end: time,
      clients: count, // far ends of its large flows
      bitsPerSecond: z.number(), // of all ports
      ports: z.array(
        z.object({
          port: portName,
          bitsPerSecond: z.number(),
          utilisation: z.number().nullable(), // on the wire; null where the rate is not known
          flows: count, // large ones
          jain: z.number().nullable(), // over these; null where their rates can't be told
        }),
      ),
      flows: z.array(z.object({ index: count, bitsPerSecond: z.number().nullable() })), // index: in `flows` above
    }),
  ),
});
