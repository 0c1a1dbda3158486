import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FlowId } from '../../src/engine/pass.js';
import type { HashRow } from '../../src/flows/rows.js';
import { inferHash } from '../../src/inference/infer.js';
import { ip, row, rowsOf } from '../unit/inference/rows.js';

/** Flows of few hosts and services, so that cells have several flows, on any of four ports. */
const flow = fc
  .record({
    client: fc.integer({ min: 0, max: 5 }),
    server: fc.integer({ min: 0, max: 1 }),
    srcPort: fc.integer({ min: 40000, max: 40007 }),
    dstPort: fc.constantFrom(80, 443),
    vlan: fc.constantFrom(0, 0, 0, 20),
    protocol: fc.constantFrom(6, 17),
    noise: fc.integer({ min: 0, max: 31 }),
  })
  .map(({ client, server, noise, ...rest }): HashRow => {
    const made = row({
      ...rest,
      srcMac: 0x020000000000 + client * 0x11,
      srcIp: ip(`10.0.0.${10 + client}`),
      dstMac: 0x020000001000 + server,
      dstIp: ip(`10.0.1.${1 + server}`),
    });
    return { ...made, port: noise < 4 ? noise : (client ^ server ^ made.srcPort) & 3 };
  });
const flows = fc.array(flow, { minLength: 1, maxLength: 40 });

const infer = (rows: readonly HashRow[]) => inferHash(rowsOf(rows, 4))!;
const runs = { numRuns: 60, seed: 42 };

describe('inference', () => {
  it('gives the same answer twice', () => {
    fc.assert(
      fc.property(flows, (rows) => {
        expect(JSON.stringify(infer(rows))).toBe(JSON.stringify(infer(rows)));
      }),
      { ...runs, numRuns: 15 },
    );
  });

  it('does not depend on the order of the rows', () => {
    fc.assert(
      fc.property(flows, fc.integer(), (rows, seed) => {
        const numbered = rows.map((r, i) => ({ ...r, flow: i as FlowId }));
        const turned = numbered.map((r, i) => ({ r, key: Math.imul(i + 1, seed | 1) })).sort((a, b) => a.key - b.key);
        const [one, other] = [infer(numbered), infer(turned.map(({ r }) => r))];
        one.fields.forEach((field, i) => {
          const { probability, verdict } = other.fields[i];
          expect(Math.abs((probability ?? 0) - (field.probability ?? 0))).toBeLessThan(1e-9);
          expect(verdict).toBe(field.verdict);
        });
      }),
      runs,
    );
  });

  it('does not depend on the names of the ports', () => {
    fc.assert(
      fc.property(flows, fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (rows, order) => {
        const [one, other] = [infer(rows), infer(rows.map((r) => ({ ...r, port: order[r.port] })))];
        one.fields.forEach((field, i) => {
          const both = new Set([field.verdict, other.fields[i].verdict]);
          expect(both.has('used') && both.has('unused')).toBe(false);
          expect(other.fields[i].evidence).toEqual(field.evidence);
        });
        expect(other.function?.id).toBe(one.function?.id);
      }),
      runs,
    );
  });

  it('has probabilities that are probabilities, and ranges around them', () => {
    fc.assert(
      fc.property(flows, (rows) => {
        const inferred = infer(rows);
        for (const { probability, probabilityRange, verdict } of inferred.fields) {
          if (verdict === 'untested') {
            expect(probability).toBeNull();
            continue;
          }
          const [low, high] = probabilityRange as [number, number];
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(probability!).toBeGreaterThanOrEqual(low);
          expect(probability!).toBeLessThanOrEqual(high);
        }
        const { table, affine, library } = inferred.classes;
        expect(table + affine + library + inferred.perConnection).toBeCloseTo(1, 9);
        const listed = inferred.hypotheses.reduce((sum, { posterior }) => sum + posterior, 0);
        expect(listed).toBeLessThanOrEqual(1 + 1e-9);
      }),
      runs,
    );
  });

  it('finds nothing out from a field that never varied', () => {
    fc.assert(
      fc.property(flows, (rows) => {
        const same = rows.map((r) => ({ ...r, vlan: 7, dstMac: 5 }));
        for (const { field, verdict } of infer(same).fields) {
          if (field === 'vlan.id' || field === 'eth.dst') expect(verdict).toBe('untested');
        }
      }),
      { ...runs, numRuns: 15 },
    );
  });
});
