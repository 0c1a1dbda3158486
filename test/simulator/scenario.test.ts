import { describe, expect, it } from 'vitest';
import { fieldText } from './headers.js';
import { drawScenario, MIXES } from './scenario.js';

describe.each(Object.keys(MIXES))('scenarios, %s', (set) => {
  const seeds = Array.from({ length: 15 }, (_, i) => 1 + i);
  const drawn = seeds.map((seed) => drawScenario(MIXES[set], seed));

  it('are the same for the same seed, and others for another', () => {
    const again = drawScenario(MIXES[set], 1);
    expect(again.seen).toEqual(drawn[0].seen);
    expect(again.sender.name).toBe(drawn[0].sender.name);
    expect(new Set(drawn.map(({ headers }) => JSON.stringify(headers))).size).toBe(seeds.length);
  });

  it('have ports that exist, and a port that the sender meant but for the noise', () => {
    for (const { seen, epochPorts, sender, noise } of drawn) {
      expect(seen.every(({ port, epoch }) => port >= 0 && port < epochPorts[epoch])).toBe(true);
      const first = seen.filter(({ kind, epoch }) => kind === 'main' && epoch === 0);
      const ports = new Map<number, number[]>();
      for (const { header, port } of first) {
        const bucket = sender.bucket(header);
        const here = ports.get(bucket) ?? [];
        ports.set(bucket, here);
        here.push(port);
      }
      const astray = [...ports.values()].reduce((sum, here) => sum + here.length - most(here), 0);
      expect(astray).toBeLessThanOrEqual(noise * first.length + 4 * Math.sqrt(noise * first.length) + 1);
    }
  });

  it('read no field that their formula is not said to read', () => {
    for (const { headers, sender } of drawn) {
      if (set === 'connection') continue; // which reads nothing at all
      const byFields = new Map<string, number>();
      for (const header of headers) {
        const key = [...sender.fields, 'eth.type' as const].map((field) => fieldText(header, field)).join();
        const known = byFields.get(key) ?? sender.bucket(header);
        expect(sender.bucket(header)).toBe(known);
        byFields.set(key, known);
      }
    }
  });
});

function most(ports: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const port of ports) counts.set(port, (counts.get(port) ?? 0) + 1);
  return Math.max(...counts.values());
}
