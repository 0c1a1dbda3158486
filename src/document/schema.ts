/**
 * The analysis document, version 1: the one machine-readable result, and the only thing a view may read.
 * The published JSON Schema is made from this file. Within version 1 fields may be added, never renamed,
 * removed or re-typed. What is not known is null, never absent and never 0; times are strings of seconds
 * since the Unix epoch with nine decimals; durations are seconds, rates bits per second, shares 0 to 1.
 * A field with a default is younger than documents that are to be read: what they lack is not known, or was not looked for.
 */
import { z } from 'zod';

const count = z.int().nonnegative();
const share = z.number().min(0).max(1);
const time = z.string().regex(/^-?\d+\.\d{9}$/);
const text = z.string();
const portName = z.string();
/** Null in documents that are older. */
const later = <T extends z.ZodType>(type: T) => z.nullable(type).default(null);

export const HEADER_FIELDS = [
  'eth.src',
  'eth.dst',
  'eth.type',
  'vlan.id',
  'ip.src',
  'ip.dst',
  'ip.proto',
  'l4.srcport',
  'l4.dstport',
  'ipv6.flow',
  'mpls.label',
  'inner.ip.src',
  'inner.ip.dst',
  'inner.ip.proto',
  'inner.l4.srcport',
  'inner.l4.dstport',
] as const;
export const headerField = z.enum(HEADER_FIELDS);

/** One packet that opens in Wireshark: `wireshark -r SOURCE -g FRAME`. `frame` is 1-based in that input. */
export const evidence = z.object({ source: text, frame: count.nullable(), filter: text });

const innerFlow = z.object({
  ipSrc: text.nullable(),
  ipDst: text.nullable(),
  ipProto: count.nullable(),
  srcPort: count.nullable(),
  dstPort: count.nullable(),
  id: count.nullable(),
});

/** One direction of one 5-tuple in one VLAN between two MACs. */
export const flow = z.object({
  ethSrc: text.nullable(),
  ethDst: text.nullable(),
  vlan: count.nullable(),
  ipSrc: text.nullable(),
  ipDst: text.nullable(),
  ipProto: count.nullable(),
  srcPort: count.nullable(),
  dstPort: count.nullable(),
  id: count.nullable(),
  inner: innerFlow.nullable(),
});

const damage = z.object({ offset: count, reason: text, framesBefore: count });

const input = z.object({
  source: text,
  port: portName,
  format: text,
  compression: z.enum(['gzip', 'zstd', 'lz4']).nullable(),
  linkType: text.nullable(),
  frames: count,
  octets: count,
  capturedOctets: count,
  snapLength: count.nullable(),
  firstTime: time.nullable(),
  lastTime: time.nullable(),
  timestampResolution: z.number().nullable(),
  drops: z.object({ kernel: count.nullable(), interface: count.nullable() }),
  complete: z.boolean(),
  damage: damage.nullable(),
});

const directionPort = z.object({
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

const luckRow = z.object({
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

const pairExample = z.object({
  a: evidence,
  b: evidence,
  values: z.array(z.union([z.string(), z.number(), z.null()])),
  ports: z.array(portName),
});

const fieldVerdict = z.object({
  field: headerField,
  verdict: z.enum(['used', 'unused', 'confounded', 'undetermined', 'untested']),
  probability: share.nullable(),
  probabilityRange: z.tuple([share.nullable(), share.nullable()]),
  confoundedWith: z.array(headerField),
  evidence: z.object({
    distinctValues: count,
    pairsDiffering: count,
    pairsMoved: count,
    exercisedBits: count,
    chance: share.nullable(),
    examples: z.array(pairExample),
  }),
});

const hashFunction = z.object({
  id: text,
  description: text,
  parameters: z.record(text, z.unknown()),
  portOrder: z.array(portName.nullable()),
  flowsExplained: count,
  flowsTested: count,
  heldOutAccuracy: share.nullable(),
  alternatives: z.array(text),
  // What predicts: policies that no flow told apart, by the id that `--policy` takes, each with its own order of buckets
  // in the last epoch with flows: what holds at the end of the capture.
  members: z.array(z.object({ policy: text, share, portOrder: z.array(portName.nullable()) })).default([]),
  reads: z.enum(['outer', 'inner']).default('outer'), // headers, or those inside of IP-in-IP and GRE
});

const hash = z.object({
  fields: z.array(fieldVerdict),
  hypotheses: z.array(z.object({ fields: z.array(headerField), posterior: share, knownAs: z.array(text) })),
  indistinguishable: z.array(z.array(z.array(headerField))),
  function: hashFunction.nullable(),
  cells: z.array(
    z.object({
      key: z.record(text, z.union([z.string(), z.number(), z.null()])),
      port: portName.nullable(),
      flows: count,
    }),
  ),
  constants: z.record(text, z.union([z.string(), z.number(), z.null()])).default({}), // fields that never varied, and their value
  families: z
    .array(
      z.object({
        family: z.enum(['ipv4', 'ipv6', 'other']),
        fields: z.array(fieldVerdict),
        function: hashFunction.nullable(), // null too where that of the direction holds for both
      }),
    )
    .nullable(),
});

const pingPong = z.object({
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

/**
 * The largest flows: were they held back by their link? `not-link-limited`: it had room in every interval of their lives.
 * `link-limited`: it was full for most of that time, and they had their share of it at least. `receiver-limited`: the receiver left no
 * room for a good part of it, or its window was full most of the time and the link was not. `sender-limited`: it had nothing to send most of the
 * time.
 */
const limit = z.object({
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
const phases = z.object({
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

const direction = z.object({
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

/** Who a LACPDU speaks for: `system` is "priority,mac", `port` "priority,number". As last seen. */
const party = z.object({
  system: text,
  key: count,
  port: text,
  activity: z.enum(['active', 'passive']),
  timeout: z.enum(['short', 'long']),
  aggregation: z.boolean(),
  synchronization: z.boolean(),
  collecting: z.boolean(),
  distributing: z.boolean(),
  defaulted: z.boolean(),
  expired: z.boolean(),
});

const lacpPort = z.object({
  port: portName,
  actor: party.nullable(),
  partner: party.nullable(),
  pdus: z.object({ sent: count, received: count }),
  interval: z.number().nullable(),
  timeout: z.enum(['short', 'long']).nullable(),
  state: z.enum(['aggregated', 'standby', 'individual', 'negotiating', 'defaulted', 'expired', 'silent']),
  flaps: count,
  transitions: z.array(z.object({ time, from: text, to: text })),
});

const finding = z.object({
  id: z.string().regex(/^(load|flows|hash|pingpong|lacp|neighbour|declared|capture|job)-[a-z0-9-]+$/),
  severity: z.enum(['fault', 'warning', 'notice', 'ok']),
  title: text,
  explanation: text,
  evidence: z.array(evidence),
  advice: text.nullable(),
  ports: z.array(portName),
  flows: z.array(flow),
  displayFilter: text.nullable(),
});

const range = z.tuple([z.number(), z.number()]);

/** This capture's flows under another policy. `portOctets` by port where the order is known, else by bucket or by rank. */
const whatIf = z.object({
  policy: text,
  kind: z.enum(['captured', 'policy', 'alternative']),
  description: text,
  knownAs: z.array(text),
  portOctets: z.record(text, z.number()),
  jain: z.number(),
  effectiveLinks: z.number(),
  maxOverMean: z.number(),
  busyLinks: z.number(), // that carry at least 1 % of their fair share
  range: z.object({ jain: range, effectiveLinks: range, maxOverMean: range, busyLinks: range }).nullable(), // 5 to 95 %
  bitsPerSecond: z.number().nullable(), // of senders that want more than the links give: busy links times the link rate
  basis: z.enum(['captured', 'exact', 'random-tables', 'random-seeds', 'random-orders', 'even']),
  inUse: z.boolean(),
  // Of a secret table: those beyond the first of equal keys, which any table explains. Null where nothing is compared.
  flowsFitted: z.object({ flows: count, of: count }).nullable(),
  octetsLaid: share,
  fits: text,
});

/** Traffic to send next, while every member port is captured again. */
const experiment = z.object({
  direction: z.enum(['ingress', 'egress']), // whose sender it tells of
  where: text,
  command: text, // on one line
  lines: z.array(text), // the same for people
  flows: count,
  separates: z.array(z.array(headerField)), // what the link may depend on, as far as this tells; [] no field: one fixed link, or a number per connection
  expectedInformationBits: z.number().nullable(),
  informationPerFlow: z.number().nullable(),
  knownThen: share.nullable(), // how likely the likeliest explanation would be afterwards, on average
  outcomes: z.array(z.object({ seen: text, means: text })),
  flowsFor99: count.nullable(), // that stay together until what differs between them is 99 % sure not to be hashed
  reason: text,
});

/** Client addresses or ports that spread best under a rule that passed its held-back test. */
const plan = z.object({
  rule: text,
  direction: z.enum(['ingress', 'egress']),
  kind: z.enum(['addresses', 'ports']), // one connection of each client, in the latter
  server: text.nullable(), // address:port that the connections are with; null where ports do not matter
  fixed: z.array(text),
  assignments: z.array(z.object({ peer: text, change: text, port: portName.nullable() })), // change: an address, a port, or "stays"
  maxOverMean: z.number(), // afterwards
  before: z.number(), // by the rule, with the addresses of now; with ports: what ports left to chance give on average
});

/** How long a job would take, `--job`: octets of payload, in equal parts, to or from all clients at once. */
const job = z.object({
  octets: z.number(),
  clients: count,
  links: count,
  linkBitsPerSecond: z.number(),
  linkRateBasis: z.enum(['given', 'lldp', 'interface', 'assumed']),
  payloadShare: share, // of what is on the wire
  rows: z.array(
    z.object({
      policy: text,
      knownAs: z.array(text), // others that take as long
      direction: z.enum(['ingress', 'egress']).nullable(), // null: the same in both
      description: text,
      seconds: z.number(), // on average, where it is a matter of luck
      range: range.nullable(), // 5 to 95 %, exact
      chances: z.array(z.object({ seconds: z.number(), chance: share })),
    }),
  ),
});

const declared = z.object({
  source: text,
  format: text,
  claims: z.array(
    z.object({
      what: text,
      value: text,
      verdict: z.enum(['agrees', 'contradicts', 'untestable']),
      finding: text.nullable(),
    }),
  ),
});

/** Parts of the document, by their place in it. */
export const leftOut = z.enum([
  'directions.ingress.hash',
  'directions.ingress.hash.function',
  'directions.ingress.hash.families',
  'directions.egress.hash',
  'directions.egress.hash.function',
  'directions.egress.hash.families',
  'whatIf.ingress',
  'whatIf.egress',
  'experiments',
  'plan',
]);

export const analysisSchema = z.object({
  schema: z.literal('lacpscope/analysis@1'),
  tool: z.object({ name: z.literal('lacpscope'), version: text }),
  inputs: z.array(input),
  lag: z.object({
    ports: z.array(portName),
    localStation: z.object({
      macs: z.array(text),
      ips: z.array(text),
      basis: z.enum(['given', 'lacp', 'majority', 'interface-flags', 'unknown']),
    }),
    ownAddresses: z.array(z.object({ port: portName, mac: text })).default([]), // of ports that have one each; else []
  }),
  capture: z.object({
    firstTime: time.nullable(),
    lastTime: time.nullable(),
    duration: z.number(),
    frames: count,
    octets: count,
    ipv4: count,
    ipv6: count,
    tcp: count,
    udp: count,
    fragments: count,
    lacpdus: count,
    markers: count,
    lldp: count,
    cdp: count,
    otherL2: count,
    undecodable: count,
    duplicates: count,
    echoes: count,
    flows: count,
    tcpConversations: count,
    udpConversations: count,
  }),
  directions: z.object({ ingress: direction, egress: direction }),
  directionSplit: z.object({
    biflows: count,
    of: count,
    expectedShare: share.nullable(),
    examples: z.array(z.object({ flow, in: portName, out: portName })),
  }),
  severalConnections: z.object({
    hostPairs: count,
    examples: z.array(z.object({ a: text, b: text, flows: count, ports: z.array(portName) })),
  }),
  lacp: z.object({ present: z.boolean(), ports: z.array(lacpPort), aggregates: z.array(z.array(portName)) }),
  neighbours: z.array(
    z.object({
      port: portName,
      protocol: z.enum(['lldp', 'cdp']),
      chassis: text.nullable(),
      portId: text.nullable(),
      systemName: text.nullable(),
      systemDescription: text.nullable(),
    }),
  ),
  findings: z.array(finding),
  whatIf: z.object({ ingress: z.array(whatIf), egress: z.array(whatIf) }),
  experiments: z.array(experiment),
  plan: plan.nullable(),
  planRefused: text.nullable().default(null), // why there is none
  job: job.nullable().default(null), // null where none was asked about
  declared: z.array(declared),
  // What was not worked out because the analysis was interrupted: there null and [] say nothing, and less may be listed.
  interrupted: z.array(leftOut).default([]),
  quality: z.object({
    verdict: z.enum(['good', 'limited', 'unusable']),
    droppedFrames: count.nullable(),
    ackedGaps: count.nullable(),
    truncatedFrames: count,
    superFrames: count,
    superFrameSegments: later(count), // what they were on the wire, if segments had 1,514 octets
    echoes: z.array(z.object({ port: portName, frames: count })).default([]), // own broadcast and multicast that came back there
    // Unicast frames for stations that never send here; null where the local station is not known.
    flooded: z
      .object({
        frames: count,
        stations: count,
        examples: z.array(z.object({ mac: text, frames: count, evidence })),
      })
      .nullable()
      .default(null),
    overlap: share.nullable(),
    skew: z.object({ bound: z.number().nullable(), basis: z.enum(['given', 'measured', 'assumed']) }),
    // `aggregate`: the one that shows the frames of all others, and is no port itself.
    // `alone`: what that one shows and no member does. `more`: frames of flows that they show too; `outside`: of flows that reach
    // beyond the time of their captures. `areOwn`: captures that lose frames do not explain them.
    copies: z.array(
      z.object({
        ...{ ports: z.array(portName), share, aggregate: portName.nullable() },
        alone: later(z.object({ flows: count, frames: count, more: count, outside: count, areOwn: z.boolean() })),
      }),
    ),
    // Ports that show a part of the frames of others once more. `isMutual`: which of them does can't be told.
    mirrors: z
      .array(
        z.object({
          port: portName,
          of: z.array(portName),
          share,
          frames: count,
          hasOwn: z.boolean(),
          mayBeAggregate: z.boolean().default(false),
          isMutual: z.boolean(),
        }),
      )
      .default([]),
    missingPorts: z.array(portName),
    limits: z.array(text),
  }),
});

export type Analysis = z.infer<typeof analysisSchema>;
export type Direction = z.infer<typeof direction>;
export type DirectionPort = z.infer<typeof directionPort>;
export type DirectionName = 'ingress' | 'egress';
export type Evidence = z.infer<typeof evidence>;
export type Flow = z.infer<typeof flow>;
export type FieldVerdict = z.infer<typeof fieldVerdict>;
export type Experiment = z.infer<typeof experiment>;
export type Finding = z.infer<typeof finding>;
export type Hash = z.infer<typeof hash>;
export type HeaderField = z.infer<typeof headerField>;
export type Input = z.infer<typeof input>;
export type Job = z.infer<typeof job>;
export type LacpPort = z.infer<typeof lacpPort>;
export type LacpParty = z.infer<typeof party>;
export type LeftOut = z.infer<typeof leftOut>;
export type LuckRow = z.infer<typeof luckRow>;
export type Neighbour = Analysis['neighbours'][number];
export type Plan = z.infer<typeof plan>;
export type PingPong = z.infer<typeof pingPong>;
export type WhatIf = z.infer<typeof whatIf>;
export type DistributionKind = (typeof DISTRIBUTION_KINDS)[number];
export type Quality = Analysis['quality'];
