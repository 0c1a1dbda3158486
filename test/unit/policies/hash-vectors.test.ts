import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { policyNamed } from '../../../src/policies/catalogue.js';
import { sipHash24 } from '../../../src/policies/openbsd.js';
import { NO_VALUE } from '../../../src/policies/policy.js';
import { noVectors, readShared, vectorsTitle } from '../../helpers/vectors.js';
import { bytesOf, packetOf } from './packets.js';

interface VectorSet {
  readonly policy: string;
  readonly params: Readonly<Record<string, string | number | boolean>>;
  readonly vectors: string; // a word for each frame: hash:buckets, or - for none
}

const { frames, sets } = JSON.parse(readFileSync(join(import.meta.dirname, 'hash-vectors.json'), 'utf8')) as {
  frames: Record<string, string>;
  sets: VectorSet[];
};

/** The id by which the policy of a set is asked for. */
function idOf({ policy, params }: VectorSet): string {
  const tags = params.vlan_offload === false ? ';tags=in-frame' : '';
  switch (policy) {
    case 'linux-bond':
      return `linux-${params.policy}${params.era === 'current' ? '' : `@${params.era}`}${tags}`;
    case 'linux-bond-old':
      return `linux-${params.policy}@3.12${tags}`;
    case 'freebsd9-lagg':
    case 'freebsd-lagg':
      return `${policy}:${params.flags};key=${params.key}${tags}`;
    case 'teamd':
      return `teamd:${params.tx_hash}${tags}`;
    case 'netbsd-lagg':
      return `netbsd-lagg${tags}`;
    case 'openbsd-trunk':
      return `openbsd-trunk;key=${params.key}${tags}`;
    case 'dpdk-bond':
    case 'vpp-bond':
    case 'illumos-aggr':
      return `${policy}:${params.policy}`;
    case 'ovs-slb':
    case 'ovs-tcp':
      return `${policy};basis=${params.basis};build=${params.build}`;
    case 'rss-toeplitz':
      return `rss-toeplitz;key=${params.key}`;
    case 'cisco-xor8':
      return `cisco-xor8:${params.kind}`;
    case 'xor-low':
      return `xor-low:${params.kind},${params.bits}`;
    case 'rtag7': {
      const more = [
        params.preprocess ? ';preprocess=on' : '',
        params.ipv6 ? `;ipv6=${params.ipv6}` : '',
        params.offset ? `;offset=${params.offset}` : '',
      ];
      return `rtag7:${params.func};seed=${params.seed}${more.join('')}`;
    }
    default:
      throw new Error(`no id for ${policy}`);
  }
}

describe('policies as upstream source computes them', () => {
  const packets = Object.entries(frames).map(([frame, hex]) => ({ frame, packet: packetOf(bytesOf(hex)) }));

  it.each(sets.map((set) => ({ id: idOf(set), set })))('$id', ({ id, set }) => {
    const policy = policyNamed(id);
    const words = set.vectors.split(' ');
    expect(words).toHaveLength(packets.length);
    for (const [i, { frame, packet }] of packets.entries()) {
      const value = policy.value(packet);
      const buckets =
        policy.buckets === 256
          ? policy.bucket(packet, 4)
          : [2, 3, 4, 8].map((ports) => policy.bucket(packet, ports)).join('');
      expect(value === NO_VALUE ? '-' : `${value.toString(16)}:${buckets}`, frame).toBe(words[i]);
    }
  });

  it('are 2,675 values', () => {
    expect(sets.reduce((sum, { vectors }) => sum + vectors.split(' ').length, 0)).toBe(2675);
  });

  it.skipIf(noVectors)(vectorsTitle('are those of the reference'), () => {
    const reference = readShared('reference/hash-vectors.json') as {
      frames: { id: string; hex: string }[];
      sets: {
        params: VectorSet['params'];
        vectors: { hash: string | null; ports?: Record<string, number>; bucket256?: number }[];
      }[];
    };
    expect(Object.entries(frames)).toEqual(reference.frames.map(({ id, hex }) => [id, hex]));
    const word = ({ hash, ports, bucket256 }: (typeof reference.sets)[0]['vectors'][0]) =>
      hash === null ? '-' : `${hash}:${ports ? [2, 3, 4, 8].map((k) => ports[k]).join('') : bucket256}`;
    expect(sets.map(({ params, vectors }) => ({ params, vectors }))).toEqual(
      reference.sets.map(({ params, vectors }) => ({ params, vectors: vectors.map(word).join(' ') })),
    );
  });
});

describe('SipHash-2-4', () => {
  it("gives the value of its authors' paper", () => {
    const key = Uint8Array.from({ length: 16 }, (_, i) => i);
    expect(sipHash24(key, key.subarray(0, 15))).toBe(0x49be45e5); // the lower half of a129ca6149be45e5
  });
});
