// LACP state octet. IEEE 802.1AX, "LACPDU structure"; bit 0 is the least significant one.

import { macText } from '../control/addresses.js';
import type { PortInfo } from '../control/lacpdu.js';
import type { LacpParty } from '../document/schema.js';

export const ACTIVITY = 0x01; // active: speaks whatever the other does
export const SHORT_TIMEOUT = 0x02; // asks the other to send every second, and drops it after 3
export const AGGREGATION = 0x04; // clear: Individual
export const SYNCHRONIZATION = 0x08; // in the right aggregate
export const COLLECTING = 0x10;
export const DISTRIBUTING = 0x20;
export const DEFAULTED = 0x40; // works with configured defaults: no PDU came
export const EXPIRED = 0x80; // the partner went silent

/** Synchronized, collecting and distributing: the sender says that the port carries traffic of the aggregate. */
export const CARRIES = SYNCHRONIZATION | COLLECTING | DISTRIBUTING;

export const FAST_PERIOD_NS = 1e9;
export const SLOW_PERIOD_NS = 30e9;
/** Intervals without a PDU after which a port is taken for gone; some devices stretch them by a tenth. */
export const MISSED_INTERVALS = 3.3;
/** A state that lasts longer than Aggregate_Wait_Time (2 s) and the exchange around it is no negotiation any more. */
export const SETTLED_NS = 5e9;
/** Churn_Detection_Time. */
export const CHURN_NS = 60e9;

export const has = (info: PortInfo, bits: number) => (info.state & bits) === bits;

export function partyOf(info: PortInfo): LacpParty {
  return {
    system: `${info.systemPriority},${macText(info.system)}`,
    key: info.key,
    port: `${info.portPriority},${info.port}`,
    activity: has(info, ACTIVITY) ? 'active' : 'passive',
    timeout: has(info, SHORT_TIMEOUT) ? 'short' : 'long',
    aggregation: has(info, AGGREGATION),
    synchronization: has(info, SYNCHRONIZATION),
    collecting: has(info, COLLECTING),
    distributing: has(info, DISTRIBUTING),
    defaulted: has(info, DEFAULTED),
    expired: has(info, EXPIRED),
  };
}
