/** FreeBSD lagg without a flow id of the card: times-33 (9, 10) and FNV-1 (11 and later) from a random key. hash-policies.md 1. */

import type { HeaderField } from '../../../src/document/schema.js';
import { bytesOf, type Header, IPV4, IPV6 } from '../headers.js';
import type { Random } from '../random.js';
import type { Family } from '../sender.js';

interface Layers {
  readonly l2: boolean;
  readonly l3: boolean;
  readonly l4: boolean;
}

/** lagghash: all three unless somebody says otherwise. */
const drawLayers = (random: Random) =>
  random.weighted<Layers>([
    [{ l2: true, l3: true, l4: true }, 0.6],
    [{ l2: false, l3: true, l4: true }, 0.2],
    [{ l2: true, l3: true, l4: false }, 0.1],
    [{ l2: true, l3: false, l4: false }, 0.05],
    [{ l2: false, l3: true, l4: false }, 0.05],
  ]);

const nameOf = ({ l2, l3, l4 }: Layers) => [l2 && 'l2', l3 && 'l3', l4 && 'l4'].filter(Boolean).join(',');

/** @param labelLayer which layer mixes the flow label of IPv6. */
function bytesRead({ l2, l3, l4 }: Layers, header: Header, labelLayer: 'l3' | 'l4'): number[] {
  const isV4 = header.etherType === IPV4;
  const tag = l2 && header.vlan > 0 ? [header.vlan & 255, header.vlan >> 8] : []; // in host order
  const label = header.etherType === IPV6 && (labelLayer === 'l3' ? l3 : l4) ? bytesOf.be32(header.flowLabel) : [];
  return [
    ...(l2 ? [...bytesOf.mac(header.srcMac), ...bytesOf.mac(header.dstMac), ...tag] : []),
    ...(l3 ? [...header.srcIp, ...header.dstIp] : []),
    ...label,
    ...(l4 && isV4 ? [...bytesOf.be16(header.srcPort), ...bytesOf.be16(header.dstPort)] : []),
  ];
}

function fieldsOf({ l2, l3, l4 }: Layers, labelLayer: 'l3' | 'l4'): Set<HeaderField> {
  return new Set<HeaderField>([
    ...(l2 ? (['eth.src', 'eth.dst', 'vlan.id'] as const) : []),
    ...(l3 ? (['ip.src', 'ip.dst'] as const) : []),
    ...(l4 ? (['l4.srcport', 'l4.dstport'] as const) : []),
    ...((labelLayer === 'l3' ? l3 : l4) ? (['ipv6.flow'] as const) : []),
  ]);
}

export const times33Hash = (header: Header, layers: Layers, key: number) =>
  bytesRead(layers, header, 'l3').reduce((h, byte) => (Math.imul(h, 33) + byte) >>> 0, key);

export const fnvHash = (header: Header, layers: Layers, key: number) =>
  bytesRead(layers, header, 'l4').reduce((h, byte) => (Math.imul(h, 0x01000193) ^ byte) >>> 0, key);

export const times33: Family = {
  name: 'FreeBSD times-33',
  draw(random, ports) {
    const layers = drawLayers(random);
    const key = random.word();
    return {
      name: `freebsd 9 lagg ${nameOf(layers)}`,
      fields: fieldsOf(layers, 'l3'),
      affine: ports === 2,
      knownAs: `freebsd9-lagg:${nameOf(layers)}`,
      bucket: (header) => times33Hash(header, layers, key) % ports,
    };
  },
};

export const fnv: Family = {
  name: 'FreeBSD FNV-1',
  draw(random, ports) {
    const layers = drawLayers(random);
    const key = random.word();
    return {
      name: `freebsd 11 lagg ${nameOf(layers)}`,
      fields: fieldsOf(layers, 'l4'),
      affine: ports === 2 || ports === 4,
      knownAs: `freebsd-lagg:${nameOf(layers)}`,
      bucket: (header) => fnvHash(header, layers, key) % ports,
    };
  },
};
