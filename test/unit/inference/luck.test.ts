import { describe, expect, it } from 'vitest';
import { NO_IP } from '../../../src/flows/rows.js';
import { luckRow, luckRows } from '../../../src/inference/luck.js';
import { ip, row, rowsOf } from './rows.js';

describe('luck', () => {
  it('of 20 flows on one of four links is 3.6e-12', () => {
    const { chance, expectedBusyLinks } = luckRow('flows', 20, 4, 1);
    expect(chance / 4 ** -19).toBeCloseTo(1, 10);
    expect(expectedBusyLinks).toBeCloseTo(4 * (1 - 0.75 ** 20), 12);
  });

  it('of four clients: all on one link 1/64, on at most three 58/64', () => {
    expect(luckRow('peers', 4, 4, 1).chance).toBeCloseTo(1 / 64, 12);
    expect(luckRow('peers', 4, 4, 3).chance).toBeCloseTo(58 / 64, 12);
    expect(luckRow('peers', 4, 4, 4).chance).toBe(1);
  });

  it('has the chance of each number of busy links, and of each fullest link', () => {
    const { busyChances, fullest } = luckRow('peers', 4, 4, 3, 2);
    expect(busyChances).toEqual([1 / 64, 21 / 64, 9 / 16, 3 / 32]);
    expect(fullest!.expected).toBeCloseTo(17 / 8, 12);
    expect(fullest!.chance).toBeCloseTo(1 - 3 / 32, 12);
    expect(fullest!.chances.map(({ units }) => units)).toEqual([1, 2, 3, 4]);
    expect(fullest!.chances[1].chance).toBeCloseTo(45 / 64, 12);
    expect(luckRow('flows', 100_000, 4, 4, 26_000).fullest).toBeNull();
    const all = luckRow('flows', 24, 4, 1, 24).fullest!;
    expect(all.chance / 4 ** -23).toBeCloseTo(1, 10);
    expect(all.chances.at(-1)!.units).toBe(24);
  });

  it('does not count units that were on several links', () => {
    const rows = [row({ port: 0 }), row({ srcPort: 2, port: 1 }), row({ srcIp: ip('10.0.0.9'), port: 1 })];
    const [peers, flows] = luckRows(rowsOf(rows, 4), []);
    expect(peers.fullest).toBeNull();
    expect(flows.fullest!.units).toBe(2);
  });

  it('counts peers, flows and cells of the longest epoch', () => {
    const flow = (client: number, srcPort: number, port: number, epoch = 0) =>
      row({ srcMac: client, srcIp: ip(`10.0.0.${client}`), srcPort, port, epoch });
    const rows = [
      flow(1, 1, 0),
      flow(1, 2, 0),
      flow(2, 3, 1),
      flow(3, 4, 1),
      flow(9, 9, 3, 1),
      row({ kind: NO_IP, port: 2 }),
    ];
    const epochs = [
      { startNs: 0, endNs: 90, ports: [0, 1, 2, 3] },
      { startNs: 90, endNs: 100, ports: [0, 1, 2, 3] },
    ];
    const counted = (fields: Parameters<typeof luckRows>[1], egress = false) =>
      luckRows(rowsOf(rows, 4, { epochs, egress }), fields).map(({ unit, n, links, busyLinks }) => [
        unit,
        n,
        links,
        busyLinks,
      ]);
    expect(counted(['ip.src'])).toEqual([
      ['peers', 3, 4, 2],
      ['flows', 4, 4, 2],
      ['cells', 3, 4, 2],
    ]);
    expect(counted([], true)).toEqual([
      ['peers', 1, 4, 2], // the server, seen from the other side
      ['flows', 4, 4, 2],
    ]);
  });

  it('has nothing to say without flows or without a choice', () => {
    expect(luckRows(rowsOf([], 4), [])).toEqual([]);
    expect(luckRows(rowsOf([row()], 1), [])).toEqual([]);
  });
});
