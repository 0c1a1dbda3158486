/** One frame through the engine's dissection, as the fields a person knows: for comparison with another dissector. */

import { ipText } from '../../src/control/addresses.js';
import { Core } from '../../src/engine/core.js';
import { BLOCK, HEADROOM, LINK } from '../../src/engine/layout.js';
import { TUNNEL } from '../../src/engine/pass.js';

export const LINK_OF: Readonly<Record<number, number>> = {
  0: LINK.loopback,
  1: LINK.ethernet,
  12: LINK.rawIp,
  14: LINK.rawIp,
  101: LINK.rawIp,
  108: LINK.loopback,
  113: LINK.cooked,
  228: LINK.rawIp,
  229: LINK.rawIp,
  276: LINK.cooked2,
};

export interface Headers {
  readonly src: string | null;
  readonly dst: string | null;
  readonly protocol: number | null;
  readonly srcPort: number | null;
  readonly dstPort: number | null;
}

export interface DissectedFrame {
  readonly ethSrc: string | null;
  readonly ethDst: string | null;
  readonly vlan: number | null;
  readonly label: number | null; // outermost MPLS label
  readonly session: number | null; // PPPoE
  readonly outer: Headers;
  readonly fragment: 'first' | 'later' | null;
  readonly tunnel: string | null;
  readonly tunnelId: number;
  readonly innerEthSrc: string | null;
  readonly innerEthDst: string | null;
  readonly inner: Headers | null;
}

const core = new Core({ maxFlows: 64, ports: 16, lanes: 1, digestSeed: 1 });
const region = core.area('regions') + HEADROOM;
const parsed = core.area('dissected');

// Offsets of Parsed in parsed.hpp: 32 key words, their number, and from 144 on the rest.
const KEY_WORDS = 128;
const FLAGS = 144;
const HAS = 192;
const FIRST_FRAGMENT = 4;
const LATER_FRAGMENT = 8;
const PRESENT = 0x8000_0000;
const TUNNEL_NAMES = Object.fromEntries(Object.entries(TUNNEL).map(([name, value]) => [value, name]));

export function dissect(frame: Uint8Array, wireLength: number, linkType: number): DissectedFrame {
  if (frame.length > BLOCK) throw new RangeError('larger than a block');
  core.bytes.set(frame, region);
  core.exports.dissect(LINK_OF[linkType]!, region, frame.length, wireLength);
  const { view } = core;
  const word = (i: number) => view.getUint32(parsed + 4 * i, true);
  const byte = (at: number) => view.getUint8(parsed + at);
  const has = (what: number) => byte(HAS + what) === 1;
  const [hasPorts, hasInner, hasInnerPorts, hasExtra] = [has(0), has(1), has(2), has(3)];
  const words = view.getUint32(parsed + KEY_WORDS, true);
  const flags = view.getUint32(parsed + FLAGS, true);
  const version = byte(21);
  const macs = linkType === 1;
  const address = (at: number, v: number) =>
    v === 0 ? null : ipText(core.bytes.slice(parsed + at, parsed + at + (v === 4 ? 4 : 16)));
  const mac = (at: number) =>
    Array.from({ length: 6 }, (_, i) =>
      byte(at + i)
        .toString(16)
        .padStart(2, '0'),
    ).join(':');
  const port = (at: number) => view.getUint16(parsed + at);
  const vlan = view.getUint16(parsed + 14, true);
  const present = (i: number) => (hasExtra && word(i) & PRESENT ? (word(i) & ~PRESENT) >>> 0 : null);
  const tunnel = words === 32 ? byte(58) : 0;
  const innerVersion = hasInner ? byte(57) : 0;
  const innerMacs = hasExtra && (word(24) | word(25) | word(26)) !== 0;
  return {
    ethSrc: macs ? mac(6) : null,
    ethDst: macs ? mac(0) : null,
    vlan: vlan & 0x8000 ? vlan & 0xfff : null,
    label: present(28),
    session: present(30),
    outer: {
      src: address(24, version),
      dst: address(version === 4 ? 28 : 40, version),
      protocol: version === 0 ? null : byte(20),
      srcPort: hasPorts ? port(16) : null,
      dstPort: hasPorts ? port(18) : null,
    },
    fragment: flags & FIRST_FRAGMENT ? 'first' : flags & LATER_FRAGMENT ? 'later' : null,
    tunnel: TUNNEL_NAMES[tunnel] ?? null,
    tunnelId: hasExtra ? word(27) : 0,
    innerEthSrc: innerMacs ? mac(102) : null,
    innerEthDst: innerMacs ? mac(96) : null,
    inner: hasInner
      ? {
          src: address(64, innerVersion),
          dst: address(80, innerVersion),
          protocol: byte(56),
          srcPort: hasInnerPorts ? port(60) : null,
          dstPort: hasInnerPorts ? port(62) : null,
        }
      : null,
  };
}
