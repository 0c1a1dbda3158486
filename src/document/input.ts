/** What was read of each capture. */
import { z } from 'zod';
import { count, portName, text, time } from './values.js';

const damage = z.object({ offset: count, reason: text, framesBefore: count });

export const input = z.object({
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
