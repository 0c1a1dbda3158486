/**
 * FreeBSD lagg(4) without a flow id of the network card. Versions 9 and 10: times-33 (`if_lagg.c`); 11 and later: FNV-1
 * (`uipc_mbufhash.c`, `fnv_hash.h`). Both start from a number drawn when the lagg is made, the key.
 *
 * Of it, K = 2^m ports show the remainder by K alone. times-33, K up to 32: 33 = 1 mod K, so the bucket is the key plus the sum
 * of all bytes. FNV-1: the low bits of a product depend on the low bits of its factors alone, so K keys stand for all 2^32.
 */

import type { HeaderField } from '../document/schema.js';
import { KeyBytes } from './bytes.js';
import { NO_VALUE, type Policy, type PolicyFamily, type PolicyKey, policy } from './policy.js';
import { inFrameOption, isInFrame, metadataTag, typeField, VLAN_TYPE } from './tags.js';

const FNV_PRIME = 0x01000193;
const [IPV4, IPV6] = [0x0800, 0x86dd];
const WITH_PORTS = new Set([6, 17, 132]);

export function fnv1(bytes: ArrayLike<number>, start: number, length = bytes.length): number {
  let hash = start >>> 0;
  for (let i = 0; i < length; i++) hash = (Math.imul(hash, FNV_PRIME) ^ bytes[i]) >>> 0;
  return hash;
}

function times33(bytes: ArrayLike<number>, start: number, length: number): number {
  let hash = start | 0;
  for (let i = 0; i < length; i++) hash = (Math.imul(hash, 33) + bytes[i]) | 0;
  return hash >>> 0;
}

/** What lagghash names. */
export interface Layers {
  readonly l2: boolean;
  readonly l3: boolean;
  readonly l4: boolean;
}

/** Its values with a policy of their own; the last is the default. */
export const LAYERS: readonly Layers[] = [
  { l2: true, l3: false, l4: false },
  { l2: false, l3: true, l4: false },
  { l2: false, l3: false, l4: true },
  { l2: true, l3: true, l4: false },
  { l2: false, l3: true, l4: true },
  { l2: true, l3: true, l4: true },
];

export const layerNames = ({ l2, l3, l4 }: Layers) => [l2 && 'l2', l3 && 'l3', l4 && 'l4'].filter(Boolean).join(',');

const read = new KeyBytes();
const UNREADABLE = -1; // length of a key that needs bytes nobody kept

/**
 * Writes the bytes in the order they are mixed. IPv6: its flow label, never ports; it goes with l4 from 11 on
 * (`labelWithPorts`) and with l3 before. Ports of later fragments are the payload that stands in their place.
 * @returns their number, or UNREADABLE
 */
function mixed({ l2, l3, l4 }: Layers, key: PolicyKey, labelWithPorts: boolean, inFrame: boolean): number {
  read.empty();
  if (l2) {
    read.pushMac(key.srcMac);
    read.pushMac(key.dstMac);
  }
  let type = typeField(key, inFrame);
  const tag = metadataTag(key, inFrame);
  if (l2 && tag >= 0) {
    read.push8(tag);
    read.push8(tag >>> 8);
  } else if (type === VLAN_TYPE) {
    const misread = misreadTag(key, tag >= 0 ? 4 : 0);
    if (l2 && misread.tag < 0) return UNREADABLE;
    if (l2) read.push16(misread.tag);
    type = misread.type;
    if (type < 0) return UNREADABLE;
  }
  if (type === IPV4) return key.srcIp.length === 4 ? mixIpv4(l3, l4, key) : UNREADABLE;
  if (type === IPV6) return key.srcIp.length === 16 ? mixIpv6(l3, labelWithPorts ? l4 : l3, key) : UNREADABLE;
  return read.length;
}

function mixIpv4(l3: boolean, l4: boolean, key: PolicyKey): number {
  if (l3) {
    read.pushAddress(key.srcIp);
    read.pushAddress(key.dstIp);
  }
  if (!l4 || !WITH_PORTS.has(key.protocol)) return read.length;
  const { details } = key;
  if (details?.fragment === 'later') {
    if (!details.afterIp || details.afterIp.length < 4) return UNREADABLE;
    for (let at = 0; at < 4; at++) read.push8(details.afterIp[at]);
  } else {
    read.push16(key.srcPort);
    read.push16(key.dstPort);
  }
  return read.length;
}

function mixIpv6(addresses: boolean, label: boolean, key: PolicyKey): number {
  if (addresses) {
    read.pushAddress(key.srcIp);
    read.pushAddress(key.dstIp);
  }
  if (label) read.push32(key.flowLabel);
  return read.length;
}

/**
 * A tag in the frame is read 14 bytes too far: bytes 28 and 29 for its value and 30 and 31 for the type behind it. Of IPv4
 * those are the checksum and the first half of the source address.
 * @param removed bytes of a tag that was taken off before
 */
function misreadTag({ srcIp, details }: PolicyKey, removed: number): { tag: number; type: number } {
  const frame = details?.frame;
  const be16 = (bytes: Uint8Array, at: number) => (bytes[at] << 8) | bytes[at + 1];
  if (frame) return { tag: be16(frame, 28 + removed), type: be16(frame, 30 + removed) };
  if (details?.tags !== undefined && details.tags.length > 1) return { tag: NO_VALUE, type: NO_VALUE };
  if (srcIp.length === 4) return { tag: NO_VALUE, type: be16(srcIp, 0) };
  if (srcIp.length === 16) return { tag: be16(srcIp, 2), type: be16(srcIp, 4) };
  return { tag: NO_VALUE, type: NO_VALUE };
}

/** How the sender of a lagg is set up, as far as it changes the value. */
export interface Lagg {
  readonly layers: Layers;
  readonly key: number | null; // null where not known: the value is then that of key 0
  readonly inFrame: boolean;
}

const VERSIONS = {
  'freebsd9-lagg': { says: 'FreeBSD 9 and 10 lagg', hash: 'times-33', labelWithPorts: false },
  'freebsd-lagg': { says: 'FreeBSD 11 and later lagg', hash: 'FNV-1', labelWithPorts: true },
} as const;
export type LaggVersion = keyof typeof VERSIONS;

/** The value alone, for many keys. */
export function laggValue(version: LaggVersion, { layers, key, inFrame }: Lagg): (packet: PolicyKey) => number {
  const start = key ?? 0;
  if (version === 'freebsd-lagg') {
    return (packet) => {
      const length = mixed(layers, packet, true, inFrame);
      return length < 0 ? NO_VALUE : fnv1(read.bytes, start, length);
    };
  }
  return (packet) => {
    const length = mixed(layers, packet, false, inFrame);
    return length < 0 ? NO_VALUE : times33(read.bytes, start, length);
  };
}

export function laggPolicy(version: LaggVersion, lagg: Lagg): Policy {
  const { says, hash, labelWithPorts } = VERSIONS[version];
  const { layers, key, inFrame } = lagg;
  const name = layerNames(layers);
  const label = labelWithPorts ? layers.l4 : layers.l3;
  const reads: HeaderField[] = [
    ...(layers.l2 ? (['eth.src', 'eth.dst', 'vlan.id'] as const) : []),
    ...(layers.l3 ? (['ip.src', 'ip.dst'] as const) : []),
    ...(layers.l4 ? (['l4.srcport', 'l4.dstport'] as const) : []),
    ...(label ? (['ipv6.flow'] as const) : []),
  ];
  const keyOption = key === null ? '' : `;key=${key.toString(16).padStart(8, '0')}`;
  return policy({
    id: `${version}:${name}${keyOption}${inFrameOption(inFrame)}`,
    description: `${says}, lagghash ${name}: ${hash}${key === null ? ' from a secret start' : ''}`,
    reads,
    readsIpv6: layers.l4 || label ? reads.filter((field) => !field.startsWith('l4.')) : null,
    mixes: 'ordered',
    secret: key === null ? 'seed' : 'none',
    parameters: { lagghash: name },
    isCurrent: !inFrame,
    value: laggValue(version, lagg),
  });
}

const versions = Object.keys(VERSIONS) as LaggVersion[];

export const freebsdFamily: PolicyFamily = {
  policies: versions.flatMap((version) =>
    LAYERS.map((layers) => laggPolicy(version, { layers, key: null, inFrame: false })),
  ),
  named({ name, fields, options }) {
    const version = versions.find((each) => each === name);
    const wanted = fields.length === 0 ? 'l2,l3,l4' : [...fields].sort().join(',');
    const layers = [...LAYERS, { l2: true, l3: false, l4: true }].find((each) => layerNames(each) === wanted);
    const key = options.get('key') ?? null;
    if (!version || !layers || (key !== null && !/^[0-9a-f]{1,8}$/.test(key))) return null;
    return laggPolicy(version, {
      layers,
      key: key === null ? null : Number.parseInt(key, 16),
      inFrame: isInFrame(options),
    });
  },
};
