/**
 * FreeBSD lagg(4) without a flow id of the network card. Versions 9 and 10: times-33 (`if_lagg.c`); 11 and later:
 * FNV-1 (`uipc_mbufhash.c`, `fnv_hash.h`). Both start from a random number drawn when the lagg is made.
 *
 * Only what of that number a capture can show is searched. times-33, K a power of two up to 32: 33 = 1 mod K, so the
 * bucket is the start plus the sum of all bytes, and the start is an order of the ports. FNV-1, K = 2, 4, 8: the low
 * bits of the product depend on the low bits of its factors alone, so K starts stand for all 2^32.
 * Other K need a search of the whole number and are not in this library.
 */

import type { HashRow } from '../../flows/rows.js';
import { BOTH, indexOf, LABEL, NONE, SYM, VLAN } from '../fields/hypotheses.js';
import { type HeaderKey, KeyBytes, type LibraryFunction } from './function.js';

const FNV_PRIME = 0x01000193;
const IPV6 = 0x86dd;

export function fnv1(bytes: ArrayLike<number>, start: number, length = bytes.length): number {
  let hash = start >>> 0;
  for (let i = 0; i < length; i++) hash = (Math.imul(hash, FNV_PRIME) ^ bytes[i]) >>> 0;
  return hash;
}

interface Layers {
  readonly l2: boolean;
  readonly l3: boolean;
  readonly l4: boolean;
}

/** Values of lagghash with a policy of their own. */
const LAYERS: readonly Layers[] = [
  { l2: true, l3: false, l4: false },
  { l2: false, l3: true, l4: false },
  { l2: false, l3: false, l4: true },
  { l2: true, l3: true, l4: false },
  { l2: false, l3: true, l4: true },
  { l2: true, l3: true, l4: true },
];

const layerNames = ({ l2, l3, l4 }: Layers) => [l2 && 'l2', l3 && 'l3', l4 && 'l4'].filter(Boolean).join(',');

/**
 * Bytes in the order they are mixed. The VLAN tag counts with l2 if the card took it off before (a tag in the frame
 * makes FreeBSD misread the packet, which is not modelled). IPv6: its flow label, never ports; it goes with l4 from 11
 * on (`labelWithPorts`) and with l3 before.
 */
function mixed({ l2, l3, l4 }: Layers, key: HeaderKey, labelWithPorts: boolean): KeyBytes {
  const read = keyBytes.empty();
  if (l2) {
    read.pushMac(key.srcMac);
    read.pushMac(key.dstMac);
    if (key.vlan > 0) {
      read.push8(key.vlan);
      read.push8(key.vlan >>> 8);
    }
  }
  if (l3) {
    read.pushAddress(key.srcIp);
    read.pushAddress(key.dstIp);
  }
  if (key.etherType === IPV6) {
    if (labelWithPorts ? l4 : l3) read.push32(key.flowLabel);
  } else if (l4 && (key.srcPort !== 0 || key.dstPort !== 0)) {
    read.push16(key.srcPort);
    read.push16(key.dstPort);
  }
  return read;
}

const keyBytes = new KeyBytes();

function sumOf({ bytes, length }: KeyBytes): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += bytes[i];
  return sum;
}

/** @param rows decide what the function reads of these: VLAN only if it varies, labels in place of ports under IPv6. */
export function freebsdFunctions(ports: readonly number[], rows: readonly HashRow[]): LibraryFunction[] {
  const powerOfTwo = ports.every((k) => k >= 2 && (k & (k - 1)) === 0);
  if (!powerOfTwo) return [];
  const vlans = new Set(rows.map((row) => row.vlan)).size > 1;
  const labels = new Set(rows.map((row) => row.flowLabel)).size > 1;
  const ipv6 = rows.some((row) => row.etherType === IPV6);
  const ipv4 = rows.some((row) => row.etherType !== IPV6);
  const most = Math.max(...ports);

  return LAYERS.flatMap((layers) => {
    const reads = (pair: number, labelWithPorts: boolean) => {
      const label = ipv6 && labels && (labelWithPorts ? layers.l4 : layers.l3);
      return indexOf({
        mac: layers.l2 ? pair : NONE,
        ip: layers.l3 ? pair : NONE,
        port: layers.l4 && ipv4 ? pair : NONE,
        singles: (layers.l2 && vlans ? VLAN : 0) | (label ? LABEL : 0),
      });
    };
    const name = layerNames(layers);
    const functions: LibraryFunction[] = [];
    if (most <= 32) {
      functions.push({
        id: `freebsd9-lagg:${name}`,
        description: `FreeBSD 9 and 10 lagg, lagghash ${name}: sum of all bytes`,
        hypothesis: reads(SYM, false),
        parameters: { lagghash: name },
        twins: [],
        value: (key) => sumOf(mixed(layers, key, false)),
      });
    }
    if (most <= 8) {
      for (let start = 0; start < most; start++) {
        functions.push({
          id: `freebsd-lagg:${name}`,
          description: `FreeBSD 11 and later lagg, lagghash ${name}: FNV-1 from a start of ${start} mod ${most}`,
          hypothesis: reads(BOTH, true),
          parameters: { lagghash: name, start, startModulus: most },
          twins: [],
          value: (key) => {
            const { bytes, length } = mixed(layers, key, true);
            return fnv1(bytes, start, length);
          },
        });
      }
    }
    return functions;
  });
}
