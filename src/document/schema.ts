/**
 * The analysis document, version 1: the one machine-readable result, and the only thing a view may read.
 * The published JSON Schema is made from it. Its parts are the files beside. Within version 1 fields may be added, never renamed,
 * removed or re-typed. What is not known is null, never absent and never 0; times are strings of seconds
 * since the Unix epoch with nine decimals; durations are seconds, rates bits per second, shares 0 to 1.
 * A field with a default is younger than documents that are to be read: what they lack is not known, or was not looked for.
 */
import { z } from 'zod';
import { experiment, job, plan, whatIf } from './advice.js';
import { type DISTRIBUTION_KINDS, direction, type directionPort, type luckRow } from './direction.js';
import type { fieldVerdict, hash } from './hash.js';
import { input } from './input.js';
import { lacpPort, type party } from './lacp.js';
import type { pingPong } from './large-flows.js';
import { quality } from './quality.js';
import { count, evidence, flow, type headerField, portName, share, text, time } from './values.js';

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
  quality,
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
