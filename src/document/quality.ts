/** What the captures allow to conclude. */
import { z } from 'zod';
import { count, evidence, later, portName, share, text } from './values.js';

export const quality = z.object({
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
});
