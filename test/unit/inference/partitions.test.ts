import { describe, expect, it } from 'vitest';
import { ICMP, NO_IP } from '../../../src/flows/rows.js';
import { BOTH, indexOf, NONE } from '../../../src/inference/fields/hypotheses.js';
import { observe } from '../../../src/inference/fields/observations.js';
import { UNJUDGED } from '../../../src/inference/fields/partition-pool.js';
import { partition } from '../../../src/inference/fields/partitions.js';
import { ip, row } from './rows.js';

const nothing = new Uint8Array(0);
const [macs, ips, ports] = [
  indexOf({ mac: BOTH, ip: NONE, port: NONE, singles: 0 }),
  indexOf({ mac: NONE, ip: BOTH, port: NONE, singles: 0 }),
  indexOf({ mac: NONE, ip: NONE, port: BOTH, singles: 0 }),
];

/** Two flows on ports 0 and 1, and beside each a ping and ARP. */
const beside = (pings: readonly number[], arps: readonly number[]) => {
  const flows = [0, 1].map((port) => row({ port, srcMac: 0x020000000010 + port, srcIp: ip(`10.0.0.${port + 1}`) }));
  const ofIcmp = flows.map((flow, i) => row({ ...flow, kind: ICMP, protocol: 1, port: pings[i] }));
  const ofArp = flows.map((flow, i) => row({ ...flow, kind: NO_IP, srcIp: nothing, dstIp: nothing, port: arps[i] }));
  const { distinct, byReading } = partition(observe([...flows, ...ofIcmp, ...ofArp], [3]));
  return (hypothesis: number) => byReading.map((of) => [...distinct[of[hypothesis]].labels]);
};
const U = UNJUDGED;

describe('readings', () => {
  it('leave out frames without IP, then ICMP too, of what a hypothesis defines', () => {
    const labels = beside([1, 0], [1, 0]);
    expect(labels(macs)).toEqual([
      [0, 1, 0, 1, 0, 1],
      [0, 1, 0, 1, U, U],
      [0, 1, U, U, U, U],
    ]);
    expect(labels(ips)).toEqual([
      [0, 1, 0, 1, U, U],
      [0, 1, 0, 1, U, U],
      [0, 1, U, U, U, U],
    ]);
    expect(labels(ports)).toEqual(new Array(3).fill([0, 0, U, U, U, U]));
  });

  it('keep what is where the flows of its cell are', () => {
    expect(beside([0, 1], [0, 1])(macs)).toEqual(new Array(3).fill([0, 1, 0, 1, 0, 1]));
    expect(beside([0, 1], [0, 2])(macs)[2]).toEqual([0, 1, 0, 1, U, U]);
    expect(beside([0, 2], [0, 1])(macs)).toEqual([
      [0, 1, 0, 1, 0, 1],
      [0, 1, 0, 1, 0, 1],
      [0, 1, U, U, U, U],
    ]);
  });
});
