import { describe, expect, it } from 'vitest';
import { MAIN, NO_IP } from '../../../src/flows/rows.js';
import { hypothesis, NONE } from '../../../src/inference/fields/hypotheses.js';
import type { LibraryFunction } from '../../../src/inference/functions/function.js';
import { libraryFor } from '../../../src/inference/functions/library.js';
import { noVectors, readShared, vectorsTitle } from '../../helpers/vectors.js';
import { rowOfFrame } from './frames.js';

interface VectorSet {
  readonly policy: string;
  readonly params: Record<string, string | number | boolean>;
  readonly vectors: { frame: string; hash: string | null; ports: Record<string, number> | null }[];
}

/** Our function of a set made from upstream source, or null where we have none. Bits of `cisco-xor8`: 3, then mod K. */
function idOf({ policy, params }: VectorSet): string | null {
  if (params.vlan_offload === false) return null; // a tag in the frame is another input
  const kinds: Record<string, string> = {
    'src-mac': 'src-mac',
    'dst-mac': 'dst-mac',
    'src-dst-mac': 'l2',
    'src-ip': 'src-ip',
    'dst-ip': 'dst-ip',
    'src-dst-ip': 'l3',
    'src-dst-port': 'l4',
  };
  switch (policy) {
    case 'linux-bond': {
      const { era } = params;
      if (era === 'current') return `linux-${params.policy}`;
      if (era === '5.15' && params.policy === 'layer2+3') return 'linux-layer2+3@4.15';
      if (era === '3.17' && params.policy === 'layer3+4') return 'linux-layer3+4@3.17';
      return null;
    }
    case 'teamd': {
      const names: Record<string, string> = { eth: 'eth', l3: 'l3', 'l3,l4': 'l3,l4', 'eth,ipv4,ipv6': 'eth,l3' };
      const name = names[params.tx_hash as string];
      return name ? `teamd:${name}` : null;
    }
    case 'cisco-xor8':
      return `xor-low:${kinds[params.kind as string]},${params.bits}`;
    case 'rss-toeplitz':
      return 'rss-toeplitz:l3+l4';
    case 'dpdk-bond':
      return `dpdk-bond:${params.policy}`;
    default:
      return null;
  }
}

describe.skipIf(noVectors)(vectorsTitle('known functions as upstream source computes them'), () => {
  const { frames = [], sets = [] } = noVectors ? {} : readShared('reference/hash-vectors.json');
  const rows = new Map((frames as { id: string; hex: string }[]).map(({ id, hex }) => [id, rowOfFrame(hex)]));
  const known = (sets as VectorSet[]).flatMap((set) => {
    const id = idOf(set);
    const f = libraryFor({ ports: [8], rows: [] }).find((each) => each.id === id);
    return f ? [{ id: f.id, f, set }] : [];
  });

  it('covers the families it should', () => {
    expect(known.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['linux-layer2', 'linux-layer2+3', 'linux-layer3+4', 'teamd:l3,l4', 'rss-toeplitz:l3+l4']),
    );
  });

  it.each(known)('$id', ({ f, set }: { f: LibraryFunction; set: VectorSet }) => {
    let compared = 0;
    for (const { frame, ports } of set.vectors) {
      const row = rows.get(frame);
      if (!row || !ports || !defined(f, row.kind) || skipped(set, frame)) continue;
      for (const k of [2, 3, 4, 8]) expect(f.value(row) % k, `${frame} mod ${k}`).toBe(ports[k]);
      compared++;
    }
    expect(compared).toBeGreaterThanOrEqual(4);
  });
});

describe.skipIf(noVectors)(vectorsTitle('FreeBSD lagg as its source computes it'), () => {
  const { frames = [], sets = [] } = noVectors ? {} : readShared('reference/hash-vectors.json');
  const lagg = (sets as VectorSet[]).filter(
    ({ policy, params }) => /^freebsd9?-lagg$/.test(policy) && params.vlan_offload,
  );

  it.each(lagg)('$policy $params.flags, start $params.key', ({ policy, params, vectors }) => {
    const start = Number.parseInt(params.key as string, 16);
    let compared = 0;
    for (const { id, hex } of frames as { id: string; hex: string }[]) {
      const row = rowOfFrame(hex);
      if (!row || row.kind !== MAIN || /esp|gre|qinq|vlan-(tcp4$|udp6)/.test(id)) continue; // rows keep no priority
      const expected = vectors.find(({ frame }) => frame === id)!.ports!;
      for (const k of [2, 4, 8]) {
        // Of the start only its remainder is searched; times-33 has it as a rotation of the buckets.
        const f = libraryFor({ ports: [k], rows: [row] }).find(
          (each) => each.id === `${policy}:${params.flags}` && (each.parameters.start ?? start % k) === start % k,
        )!;
        const rotation = policy === 'freebsd9-lagg' ? start % k : 0;
        expect((f.value(row) + rotation) % k, `${id} mod ${k}`).toBe(expected[k]);
      }
      compared++;
    }
    expect(compared).toBeGreaterThanOrEqual(8);
  });
});

/** Rows a function says nothing of: ICMP under ports, frames without IP under addresses. */
function defined(f: LibraryFunction, kind: number): boolean {
  const { mac, port } = hypothesis(f.hypothesis);
  return kind === MAIN || (port === NONE && (kind !== NO_IP || mac !== NONE));
}

function skipped({ policy, params }: VectorSet, frame: string): boolean {
  if (frame.includes('llc')) return true; // the length is the type there, which rows do not keep
  if (frame.includes('qinq')) return true; // two tags, of which rows keep one
  if (/esp|gre/.test(frame)) return true; // SPI and GRE words
  if (policy === 'teamd' && /6/.test(frame)) return true; // no source port of IPv6
  if (policy === 'cisco-xor8' && /6/.test(frame)) return true; // IPv6: the last bits, not those of the words' XOR
  if (params.policy === 'vlan+srcmac' && /vlan/.test(frame)) return true; // with the tag's priority, which rows do not keep
  if (policy === 'linux-bond' && /unreach/.test(frame)) return true; // hashed by what the error quotes
  if (policy === 'rss-toeplitz' && /sctp|arp|nonip/.test(frame)) return true; // types that are not enabled
  return false;
}
