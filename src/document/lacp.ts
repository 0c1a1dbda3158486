/** What LACPDUs said. */
import { z } from 'zod';
import { count, portName, text, time } from './values.js';

/** Who a LACPDU speaks for: `system` is "priority,mac", `port` "priority,number". As last seen. */
export const party = z.object({
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

export const lacpPort = z.object({
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
