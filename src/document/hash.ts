/** What a sender chooses the link by. */
import { z } from 'zod';
import { count, evidence, headerField, portName, share, text } from './values.js';

const pairExample = z.object({
  a: evidence,
  b: evidence,
  values: z.array(z.union([z.string(), z.number(), z.null()])),
  ports: z.array(portName),
});

export const fieldVerdict = z.object({
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

export const hash = z.object({
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
