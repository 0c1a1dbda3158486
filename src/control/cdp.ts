// CDP (Cisco Discovery Protocol), as tcpdump and Wireshark read it; offsets count from the version octet.

import { type Malformed, malformed } from './malformed.js';
import { rawText } from './text.js';

const HEADER = 4; // version, TTL, checksum: Cisco pads odd lengths its own way, so the checksum proves nothing
const DEVICE_ID = 0x0001;
const PORT_ID = 0x0003;
const SOFTWARE_VERSION = 0x0005;
const PLATFORM = 0x0006;
const SYSTEM_NAME = 0x0014;

export interface Cdp {
  readonly version: number;
  readonly ttlSeconds: number;
  readonly deviceId: string | null;
  readonly portId: string | null;
  readonly softwareVersion: string | null;
  readonly platform: string | null;
  readonly systemName: string | null;
  readonly warnings: readonly string[];
}

/**
 * There is no end TLV: `end` must come from the length field of the 802.3 frame, for short frames are padded.
 * Texts are what the sender wrote, control characters and all.
 */
export function decodeCdp(view: DataView, at: number, end: number): Cdp | Malformed {
  if (end - at < HEADER) return malformed('CDP', at, `${end - at} of the ${HEADER} bytes needed`);
  const version = view.getUint8(at);
  if (version !== 1 && version !== 2) return malformed('CDP', at, `version ${version}, not 1 or 2`);

  const texts = new Map<number, string>();
  const warnings: string[] = [];
  for (let tlv = at + HEADER; end - tlv >= 4; ) {
    const type = view.getUint16(tlv);
    const length = view.getUint16(tlv + 2); // counts these four octets
    if (length < 4 || tlv + length > end) {
      warnings.push(`TLV of type ${type} has length ${length}, ${end - tlv} bytes are left`);
      break;
    }
    if (!texts.has(type)) texts.set(type, rawText(view, tlv + 4, tlv + length));
    tlv += length;
  }
  return {
    version,
    ttlSeconds: view.getUint8(at + 1),
    deviceId: texts.get(DEVICE_ID) ?? null,
    portId: texts.get(PORT_ID) ?? null,
    softwareVersion: texts.get(SOFTWARE_VERSION) ?? null,
    platform: texts.get(PLATFORM) ?? null,
    systemName: texts.get(SYSTEM_NAME) ?? null,
    warnings,
  };
}
