import { describe, expect, it } from 'vitest';
import { bestPlan, planFor } from '../../../src/advice/plan.js';
import { predict } from '../../../src/advice/predict.js';
import type { Analysis, Hash } from '../../../src/document/schema.js';
import { seeded } from '../../../src/stats/random.js';
import { fixtureAnalysis } from '../../helpers/fixture-analysis.js';

const ORDER = ['igb3', 'igb1', 'igb0', 'igb2'];

/** Clients with one flow each to 10.20.30.10, whose sender chooses by `policy`. */
function analysisWith(
  clients: readonly string[],
  policy: string,
  changes: Partial<NonNullable<Hash['function']>> = {},
): Analysis {
  const analysis = fixtureAnalysis({ ports: 4, clients: 1, connections: 1, spread: { ingress: 'all', egress: 'all' } });
  const known: NonNullable<Hash['function']> = {
    ...{ id: policy, description: '', parameters: {}, portOrder: ORDER, alternatives: [], reads: 'outer' },
    ...{ flowsExplained: 40, flowsTested: 40, heldOutAccuracy: 1 },
    members: [{ policy, share: 1, portOrder: ORDER }],
    ...changes,
  };
  const topFlows = clients.map((ipSrc, i) => ({
    flow: {
      ...{ ethSrc: `52:54:00:00:01:0${i}`, ethDst: '90:e2:ba:7b:0b:38', vlan: null, ipSrc, ipDst: '10.20.30.10' },
      ...{ ipProto: 6, srcPort: 50_000 + 17 * i, dstPort: 5201, id: null, inner: null },
    },
    ...{ port: 'igb0', onPorts: 1, frames: 9, octets: 1000, share: 1 / clients.length },
  }));
  const hash: Hash = {
    ...{ fields: [], hypotheses: [], indistinguishable: [], cells: [], constants: {}, families: null },
    function: known,
  };
  return {
    ...analysis,
    directions: { ...analysis.directions, ingress: { ...analysis.directions.ingress, topFlows, hash } },
  };
}

/** 20, 24, 28 and 32 end in 00: a hash of the last two bits cannot tell them apart. */
const COLLIDING = ['10.20.30.20', '10.20.30.24', '10.20.30.28', '10.20.30.32'];

describe('plan', () => {
  it('gives colliding clients addresses on links of their own, as the rule predicts', () => {
    const analysis = analysisWith(COLLIDING, 'xor-low:l3,2');
    const { plan } = planFor(analysis, 'ingress', []);
    expect(plan).toMatchObject({ kind: 'addresses', before: 4, maxOverMean: 1 });
    expect(new Set(plan!.assignments.map(({ port }) => port)).size).toBe(4);
    for (const { peer, change, port } of plan!.assignments) {
      const octet = Number((change === 'stays' ? peer : change).split('.')[3]);
      expect(port).toBe(ORDER[(octet ^ 10) & 3]);
    }
    expect(new Set(plan!.assignments.map(({ peer, change }) => (change === 'stays' ? peer : change))).size).toBe(4);
  });

  it('leaves clients that are fixed, and as many others as it can', () => {
    const { plan } = planFor(analysisWith(COLLIDING, 'xor-low:l3,2'), 'ingress', ['10.20.30.24', '10.20.30.28']);
    const stays = plan!.assignments.filter(({ change }) => change === 'stays').map(({ peer }) => peer);
    expect(stays).toEqual(['10.20.30.24', '10.20.30.28']);
    expect(plan!.maxOverMean).toBe(2);
    expect(planFor(analysisWith(COLLIDING, 'xor-low:l3,2'), 'ingress', ['10.9.9.9']).refused).toContain(
      '10.9.9.9 is no client',
    );
  });

  it('is as even as whole clients can be', () => {
    for (const n of [2, 3, 5, 6, 7, 9, 11]) {
      const clients = Array.from({ length: n }, (_, i) => `10.20.30.${20 + 4 * i}`);
      const { plan } = planFor(analysisWith(clients, 'xor-low:l3,3'), 'ingress', []);
      const best = (Math.ceil(n / 4) * 4) / n;
      expect(plan!.maxOverMean).toBeCloseTo(best, 12);
    }
  });

  it('is never worse than largest-first can be, against the best of all ways', () => {
    // Graham, Bounds on multiprocessing timing anomalies, 1969: at most 4/3 - 1/(3 K) of the best
    const random = seeded(1969);
    for (let round = 0; round < 30; round++) {
      const octets = Array.from({ length: 6 }, () => 1 + random.below(1000));
      const clients = octets.map((_, i) => `10.20.30.${20 + 4 * i}`); // all on one link
      const analysis = analysisWith(clients, 'xor-low:l3,3');
      analysis.directions.ingress.topFlows.forEach((each, i) => {
        each.octets = octets[i]!;
      });
      let best = Number.POSITIVE_INFINITY;
      for (let way = 0; way < 4 ** 6; way++) {
        const loads = [0, 0, 0, 0];
        for (const [i, load] of octets.entries()) loads[(way >> (2 * i)) & 3]! += load;
        best = Math.min(best, Math.max(...loads));
      }
      const mean = octets.reduce((sum, load) => sum + load, 0) / 4;
      const { plan } = planFor(analysis, 'ingress', []);
      expect(plan!.maxOverMean * mean).toBeGreaterThanOrEqual(best - 1e-9);
      expect(plan!.maxOverMean * mean).toBeLessThanOrEqual((4 / 3 - 1 / 12) * best + 1e-9);
    }
  });

  it('chooses client ports where the rule reads ports, and predict agrees', () => {
    const analysis = analysisWith(COLLIDING, 'linux-layer3+4');
    const { plan } = planFor(analysis, 'ingress', []);
    expect(plan).toMatchObject({ kind: 'ports', maxOverMean: 1, before: 17 / 8 });
    for (const { peer, change, port } of plan!.assignments) {
      const asked = {
        ...{ ethSrc: null, ethDst: null, etherType: null, vlan: null, ipProto: 6, flowLabel: null },
        ...{ ipSrc: peer, ipDst: '10.20.30.10', srcPort: Number(change.split(' ')[2]), dstPort: 5201 },
      };
      expect(predict(analysis, 'ingress', asked).port).toBe(port);
    }
  });

  it('counts the connections of a client that stays, on the links they take', () => {
    const analysis = analysisWith(COLLIDING, 'linux-layer3+4');
    const [fixed] = COLLIDING as [string];
    const { plan } = planFor(analysis, 'ingress', [fixed]);
    const own = plan!.assignments.find(({ peer }) => peer === fixed)!;
    const { flow } = analysis.directions.ingress.topFlows.find((each) => each.flow.ipSrc === fixed)!;
    analysis.directions.ingress.topFlows = []; // for what was seen is certain, whatever the rule
    const { port } = predict(analysis, 'ingress', { ...flow, etherType: null, flowLabel: null });
    expect(own).toEqual({ peer: fixed, change: 'stays', port });
    expect(plan!.assignments).toHaveLength(COLLIDING.length);
    expect(plan!.maxOverMean).toBe(1); // the others go round it
  });

  it('says of both directions why there is none for a client that is not there', () => {
    const { refused } = bestPlan(analysisWith(COLLIDING, 'linux-layer3+4'), ['10.9.9.9']);
    expect(refused).toMatch(
      /^switch → server: 10.9.9.9 is no client of this capture; server → switch: no rule is known/,
    );
  });

  it('calls nobody server where the local station is not known', () => {
    const analysis = analysisWith(COLLIDING, 'xor-low:l3,2', { members: [] });
    analysis.lag.localStation = { macs: [], ips: [], basis: 'unknown' };
    expect(bestPlan(analysis).refused).toMatch(/^side A → side B: .*; side B → side A: /);
  });

  it('takes a link only from rules that agree', () => {
    const members = ['xor-low:l3,2', 'xor-low:src-ip,3'].map((policy) => ({ policy, share: 0.5, portOrder: ORDER }));
    const { plan } = planFor(analysisWith(COLLIDING, 'xor-low:l3,2', { members }), 'ingress', []);
    // 10 XOR x and x agree in the lowest two bits for no x: nothing can be placed
    expect(plan).toBeNull();
  });

  it.each([
    ['no rule', { function: null }, 'no rule is known'],
    ['a rule that failed its test', { heldOutAccuracy: 0.7 }, 'did not pass its test'],
    ['a rule that was never tested', { heldOutAccuracy: null }, 'did not pass its test'],
    ['a rule without a function', { members: [] }, 'only the kind is known'],
  ] as const)('refuses %s', (_, changes, why) => {
    const analysis = analysisWith(
      COLLIDING,
      'xor-low:l3,2',
      'function' in changes ? {} : ({ ...changes, ...('members' in changes ? { members: [] } : {}) } as never),
    );
    if ('function' in changes) analysis.directions.ingress.hash!.function = null;
    expect(planFor(analysis, 'ingress', []).refused).toContain(why);
    expect(bestPlan(analysis).refused).toContain(why);
  });

  it('refuses a rule that no client can change, and addresses that are good already', () => {
    expect(planFor(analysisWith(COLLIDING, 'xor-low:l2,3'), 'ingress', []).refused).toContain('neither');
    const good = ['10.20.30.20', '10.20.30.21', '10.20.30.22', '10.20.30.23'];
    expect(planFor(analysisWith(good, 'xor-low:l3,2'), 'ingress', []).refused).toContain('as good as any');
  });
});
