import { describe, expect, it } from 'vitest';
import { flowsToLay } from '../../../src/advice/laid-flows.js';
import { EGRESS, type FlowTable, INGRESS, NONE } from '../../../src/engine/pass.js';
import { referenceJoins } from '../../helpers/reference-joins.js';
import { ip } from '../inference/rows.js';

interface Made {
  readonly octets: number;
  readonly egress?: boolean;
  readonly group?: boolean;
  readonly label?: number;
}

/** A flow table of one connection each. */
function tableOf(made: readonly Made[]) {
  const flows = {
    count: made.length,
    direction: (flow: number) => (made[flow].egress ? EGRESS : INGRESS),
    isGroup: (flow: number) => (made[flow].group ? 1 : 0),
    octets: (flow: number) => made[flow].octets,
    labelled: () => made.filter(({ label }) => label !== undefined).length,
    mplsLabel: (flow: number) => made[flow].label ?? NONE,
    pppoeSession: () => NONE,
    srcMac: () => 1,
    dstMac: () => 2,
    etherType: () => 0x0800,
    vlan: () => -1,
    srcIp: () => ip('10.0.0.1'),
    dstIp: () => ip('10.0.0.2'),
    ipProto: () => 6,
    srcPort: (flow: number) => flow % 65536,
    dstPort: () => 5201,
    flowLabel: () => 0,
    hasInner: () => 0,
  };
  const table = flows as unknown as FlowTable;
  return { flows: table, joins: referenceJoins(table) };
}

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

describe('the flows laid over policies', () => {
  it('are all unicast flows of the direction, where they are few', () => {
    const laid = flowsToLay(
      tableOf([{ octets: 10 }, { octets: 20, egress: true }, { octets: 40, group: true }, { octets: 80 }]),
      INGRESS,
    );
    expect([...laid.octets]).toEqual([10, 80]);
    expect([...laid.isSampled]).toEqual([0, 0]);
    expect(laid).toMatchObject({ flows: 2, totalOctets: 90, sampledShare: 0, leftOut: 0 });
  });

  it('leave out what is behind labels, and say how many those are', () => {
    const laid = flowsToLay(tableOf([{ octets: 10 }, { octets: 99, label: 17 }]), INGRESS);
    expect(laid).toMatchObject({ flows: 1, totalOctets: 10, leftOut: 1 });
  });

  it('of many are the largest one by one, and others with the octets of the rest', () => {
    const many = Array.from({ length: 30_000 }, (_, i) => ({ octets: i % 100 === 0 ? 100_000 + i : 100 + (i % 7) }));
    const laid = flowsToLay(tableOf(many), INGRESS);
    expect(laid.keys.length).toBe(600);
    expect(sum(laid.isSampled)).toBe(300);
    expect(laid.flows).toBe(30_000);
    expect(sum(laid.octets) / laid.totalOctets).toBeCloseTo(1, 12);
    const large = many.filter(({ octets }) => octets >= 100_000).map(({ octets }) => octets);
    expect([...laid.octets].filter((octets) => octets >= 100_000).sort()).toEqual(large.sort());
    expect(laid.sampledShare).toBeCloseTo(1 - sum(large) / laid.totalOctets, 12);
  });
});
