import { describe, expect, it } from 'vitest';
import { INGRESS } from '../../../src/engine/pass.js';
import { judgeFlows } from '../../../src/flows/judge-flows.js';
import { remappingAt } from '../../../src/flows/remapping.js';
import { buildPass, type FlowSpec, SECOND } from '../../helpers/pass-builder.js';

const ALL = [0, 1, 2, 3];
const LEFT = [0, 1, 3]; // port 2 has left
const AT = 5 * SECOND;

/** Hash n is on one port before and on another afterwards, or the same; each hash a host of its own, or all one host. */
function flowsOf(
  many: number,
  before: (hash: number) => number,
  after: (hash: number) => number,
  hosts = true,
): FlowSpec[] {
  return Array.from({ length: many }, (_, hash): FlowSpec => {
    const shared = { srcIp: hosts ? `10.0.${hash >> 8}.${hash & 255}` : '10.0.0.1', srcPort: hash, frames: 100 };
    const [from, to] = [before(hash), after(hash)];
    if (from === to) return { ...shared, port: from };
    const runs = [
      { port: from, frames: 50, firstNs: 0, lastNs: AT - SECOND / 10 },
      { port: to, frames: 50, firstNs: AT + SECOND / 10, lastNs: 10 * SECOND },
    ];
    return { ...shared, mover: { committedSwitches: 1, runs } };
  });
}

function remapped(flows: readonly FlowSpec[], before: readonly number[], after: readonly number[]) {
  const pass = buildPass({ flows });
  return remappingAt(pass, INGRESS, judgeFlows(pass), AT, before, after);
}

describe('remappingAt', () => {
  const divided = (ports: readonly number[]) => (hash: number) => ports[hash % ports.length]!;

  it.each([
    [ALL, LEFT],
    [LEFT, ALL],
  ])('knows a hash that is divided by the number of ports: %j to %j', (before, after) => {
    const found = remapped(flowsOf(120, divided(before), divided(after)), before, after);
    // 12 hashes in turn: 0, 1 and 11 keep their port. Of the 9 whose ports stay, 6 move.
    expect(found).toEqual({
      flows: 120,
      moved: 90,
      staying: 90,
      movedBetweenStaying: 60,
      expectedMovedShare: 0.75,
      kind: 'modulo',
    });
  });

  const table = (hash: number) => (hash % 4 === 2 ? LEFT[(hash >> 2) % 3]! : hash % 4);

  it('knows buckets of which only those of the lost port move, and back', () => {
    const lost = remapped(flowsOf(40, divided(ALL), table), ALL, LEFT);
    expect(lost).toMatchObject({ flows: 40, moved: 10, staying: 30, movedBetweenStaying: 0, kind: 'buckets' });
    expect(remapped(flowsOf(40, table, divided(ALL)), LEFT, ALL)).toMatchObject({ moved: 10, kind: 'buckets' });
  });

  it('takes flows of one pair of hosts for one, which can’t tell', () => {
    expect(remapped(flowsOf(40, divided(ALL), table, false), ALL, LEFT).kind).toBeNull();
    expect(remapped(flowsOf(120, divided(ALL), divided(LEFT), false), ALL, LEFT).kind).toBeNull();
  });

  it('can’t tell from a few flows, nor from two ports that become one', () => {
    expect(remapped(flowsOf(8, divided(ALL), table), ALL, LEFT).kind).toBeNull();
    expect(
      remapped(
        flowsOf(60, divided([0, 1]), () => 0),
        [0, 1],
        [0],
      ).kind,
    ).toBeNull();
  });

  it('names nothing for a share that neither would move', () => {
    const some = (hash: number) => (hash % 10 === 0 ? divided(LEFT)(hash + 1) : table(hash));
    expect(remapped(flowsOf(120, divided(ALL), some), ALL, LEFT).kind).toBeNull();
  });

  it('counts flows that were there before and after, of their direction, and do not alternate', () => {
    const short = { port: 0, firstNs: 0, lastNs: AT - 1 };
    const tiny = { port: 0, frames: 3 };
    const found = remapped([short, tiny, { port: 0, frames: 100, direction: 1 }, { port: 1, frames: 20 }], ALL, LEFT);
    expect(found).toMatchObject({ flows: 1, moved: 0 });
  });
});
