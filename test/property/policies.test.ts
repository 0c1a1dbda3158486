import { describe, expect, it } from 'vitest';
import type { HashRow } from '../../src/flows/rows.js';
import { inferHash } from '../../src/inference/infer.js';
import { policies, policyNamed } from '../../src/policies/catalogue.js';
import type { Policy } from '../../src/policies/policy.js';
import { seeded } from '../../src/stats/random.js';
import { ip, row, rowsOf } from '../unit/inference/rows.js';

/** Flows whose fields vary each on its own, so that nothing but the function decides. */
function traffic(flows: number, seed: number): HashRow[] {
  const random = seeded(seed);
  const mac = (of: number) => 0x020000000000 + ((Math.imul(of + 1, 0x9e3779b1) >>> 0) % 2 ** 31);
  return Array.from({ length: flows }, () =>
    row({
      srcMac: mac(random.below(40)),
      dstMac: mac(100 + random.below(40)),
      vlan: [10, 20, 33][random.below(3)],
      srcIp: ip(`10.${random.below(4)}.${random.below(250)}.${1 + random.below(250)}`),
      dstIp: ip(`192.168.${random.below(3)}.${1 + random.below(40)}`),
      protocol: random.below(3) === 0 ? 17 : 6,
      srcPort: 32768 + random.below(28000),
      dstPort: 1 + random.below(9000),
    }),
  );
}

/** The ports in an order that no bucket number gives away. */
const ORDERS: Readonly<Record<number, readonly number[]>> = { 3: [1, 2, 0], 4: [2, 0, 3, 1] };

/** Whether each bucket of one policy is one of the other's. */
function agree(a: Policy, b: Policy, rows: readonly HashRow[], ports: number): boolean {
  const renamed = new Map<number, number>();
  return rows.every((r) => {
    const [from, to] = [a.bucket(r, ports), b.bucket(r, ports)];
    if (!renamed.has(from)) renamed.set(from, to);
    return renamed.get(from) === to;
  });
}

/** What can be computed from what a row keeps. */
const computable = policies().filter(({ id, secret, buckets }) => {
  return (secret === 'none' || id.startsWith('rtag7')) && buckets === null && id !== 'linux-socket-hash';
});
const lagg = ['freebsd9-lagg:l2,l3,l4;key=9e3779b9', 'freebsd-lagg:l3,l4;key=c0ffee01'].map(policyNamed);
const senders = [
  ...computable.flatMap((policy) => [3, 4].map((ports) => ({ policy, ports }))),
  ...lagg.map((policy) => ({ policy, ports: 4 })),
];

describe('a sender of a known policy is found out', () => {
  it.each(senders.map((sender) => ({ ...sender, id: sender.policy.id })))('$id, $ports ports', ({ policy, ports }) => {
    const rows = traffic(300, 11).map((r) => ({ ...r, port: ORDERS[ports][policy.bucket(r, ports)] }));
    const found = inferHash(rowsOf(rows, ports))!.function!;
    expect(found.heldOutAccuracy).toBe(1);
    const start = found.parameters.start === undefined ? '' : `;key=${Number(found.parameters.start).toString(16)}`;
    // Other versions or products may choose alike: so does what is named, on flows it never saw.
    expect(agree(policyNamed(found.id + start), policy, traffic(300, 12), ports), found.id).toBe(true);
  });
});
