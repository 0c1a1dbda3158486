/** How fast each member port runs, as the two ends say in LLDP. CDP has no word for it: its port names say what a port can do. */

import { decodeLldp } from '../control/lldp.js';
import { isMalformed } from '../control/malformed.js';
import { rateOfMauType } from '../control/mau.js';
import type { Pass } from '../engine/pass.js';

/**
 * Both ends of a link run at one rate, so either may say it; where they say several (a link that was negotiated anew, a
 * switch between that passes LLDP on) it can't be told.
 *
 * @returns bits per second by port
 */
export function announcedRates({ ports, control }: Pick<Pass, 'ports' | 'control'>): (number | null)[] {
  const said = ports.map(() => new Set<number>());
  for (const { kind, bytes, payloadAt, port } of control) {
    if (kind !== 'lldp') continue;
    const found = decodeLldp(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), payloadAt, bytes.length);
    const rate = isMalformed(found) || found.mauType === null ? null : rateOfMauType(found.mauType);
    if (rate !== null) said[port]?.add(rate);
  }
  return said.map((rates) => (rates.size === 1 ? [...rates][0]! : null));
}
