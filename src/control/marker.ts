// Marker PDU. IEEE 802.1AX, "Marker PDU structure"; offsets count from the Slow Protocols subtype octet.

import { readMac } from './addresses.js';
import { type Malformed, malformed } from './malformed.js';

export const MARKER_SUBTYPE = 2;

const TLV = 2;
const NEEDED = 16; // up to the transaction id; the rest is padding
const TLV_LENGTH = 16;
const INFORMATION = 1;
const RESPONSE = 2;

/** A distributor sends one before it moves conversations to another port; the answer proves that nothing is under way. */
export interface Marker {
  readonly version: number;
  readonly isResponse: boolean;
  readonly requesterPort: number;
  readonly requesterSystem: number;
  readonly transaction: number;
  readonly warnings: readonly string[];
}

export function decodeMarker(view: DataView, at: number, end: number): Marker | Malformed {
  if (end - at < NEEDED) return malformed('Marker', at, `${end - at} of the ${NEEDED} bytes needed`);
  if (view.getUint8(at) !== MARKER_SUBTYPE) return malformed('Marker', at, `subtype ${view.getUint8(at)}, not 2`);
  const type = view.getUint8(at + TLV);
  if (type !== INFORMATION && type !== RESPONSE) return malformed('Marker', at + TLV, `TLV type ${type}, not 1 or 2`);

  const length = view.getUint8(at + TLV + 1);
  return {
    version: view.getUint8(at + 1),
    isResponse: type === RESPONSE,
    requesterPort: view.getUint16(at + 4),
    requesterSystem: readMac(view, at + 6),
    transaction: view.getUint32(at + 12),
    warnings: length === TLV_LENGTH ? [] : [`marker TLV has length ${length}, not ${TLV_LENGTH}`],
  };
}
