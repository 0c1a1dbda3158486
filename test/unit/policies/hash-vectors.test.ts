import { describe, expect, it } from 'vitest';
import { policyNamed } from '../../../src/policies/catalogue.js';
import { NO_VALUE } from '../../../src/policies/policy.js';
import { noVectors, readShared, vectorsTitle } from '../../helpers/vectors.js';
import { bytesOf, packetOf } from './packets.js';

interface VectorSet {
  readonly policy: string;
  readonly params: Record<string, string | number | boolean>;
  readonly vectors: {
    frame: string;
    hash: string | null;
    ports?: Record<string, number> | null;
    bucket256?: number | null;
  }[];
}

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

/** Families without a formula here yet. */
const MISSING = /^(netbsd|openbsd|dpdk|vpp|illumos|ovs|rtag7)/;

describe.skipIf(noVectors)(vectorsTitle('policies as upstream source computes them'), () => {
  const { frames = [], sets = [] } = noVectors ? {} : readShared('reference/hash-vectors.json');
  const packets = new Map((frames as { id: string; hex: string }[]).map(({ id, hex }) => [id, packetOf(bytesOf(hex))]));

  it.each((sets as VectorSet[]).map((set) => ({ id: idOf(set), set })).filter(({ id }) => !MISSING.test(id)))(
    '$id',
    ({ id, set }) => {
      const policy = policyNamed(id);
      for (const { frame, hash, ports, bucket256 } of set.vectors) {
        const packet = packets.get(frame)!;
        const value = policy.value(packet);
        expect(value < 0 ? null : value.toString(16), frame).toBe(hash);
        for (const k of [2, 3, 4, 8]) {
          if (hash === null) expect(policy.bucket(packet, k), `${frame} of ${k}`).toBe(NO_VALUE);
          else if (ports) expect(policy.bucket(packet, k), `${frame} of ${k}`).toBe(ports[k]);
          else expect(policy.bucket(packet, k), `${frame} of 256`).toBe(bucket256);
        }
      }
      expect(set.vectors).toHaveLength(25);
    },
  );

  it('are all of them', () => {
    expect(sets).toHaveLength(107);
    expect(packets.size).toBe(25);
  });
});
