/** What would happen, and what to do next. */
import { z } from 'zod';
import { count, headerField, portName, range, share, text } from './values.js';

/** This capture's flows under another policy. `portOctets` by port where the order is known, else by bucket or by rank. */
export const whatIf = z.object({
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
export const experiment = z.object({
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
export const plan = z.object({
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
export const job = z.object({
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
