import { describe, expect, it } from 'vitest';
import { type HashRow, ICMP, NO_IP } from '../../src/flows/rows.js';
import { inferHash } from '../../src/inference/infer.js';
import { policyNamed } from '../../src/policies/catalogue.js';
import { seeded } from '../../src/stats/random.js';
import { ip, row, rowsOf } from '../unit/inference/rows.js';

const PORTS = 5;
const random = seeded(11);
const layer2 = policyNamed('linux-layer2')!;

/** A connection of each client to one server, on the port of the hash of its MAC addresses. */
const flows = Array.from({ length: 60 }, (_, client): HashRow => {
  const made = row({
    srcMac: 0x020000000000 + random.below(2 ** 24),
    srcIp: ip(`10.1.0.${20 + client}`),
    srcPort: 32768 + random.below(28000),
  });
  return { ...made, port: layer2.value(made) % PORTS };
});
const none = new Uint8Array(0);
const arps = (portOf: (arp: HashRow, i: number) => number) =>
  flows
    .filter((_, i) => i % 2 === 0)
    .map((flow, i): HashRow => {
      const empty = { srcIp: none, dstIp: none, protocol: 0, srcPort: 0, dstPort: 0 };
      const made = { ...flow, ...empty, kind: NO_IP, etherType: 0x0806 } as const;
      return { ...made, port: portOf(made, i) };
    });

const judged = (others: readonly HashRow[], of: readonly HashRow[] = flows) => {
  const inferred = inferHash(rowsOf([...of, ...others], PORTS))!;
  const verdicts = Object.fromEntries(inferred.fields.map(({ field, verdict }) => [field, verdict]));
  return { ...inferred, verdicts };
};
const WAYS: readonly (readonly [string, (row: HashRow, i: number) => number])[] = [
  ['anywhere', () => random.below(PORTS)],
  ['on the ports in turn', (_, i) => i % PORTS],
  ['on one port', () => 0],
];

describe('frames without IP', () => {
  it.each(WAYS)('say nothing against a hash of MAC addresses where their sender puts them %s', (_, portOf) => {
    const { verdicts, function: named } = judged(arps(portOf));
    expect(verdicts).toMatchObject({ 'eth.src': 'used', 'ip.src': 'unused', 'l4.srcport': 'unused' });
    expect([named?.id, ...(named?.alternatives ?? [])]).toContain('linux-layer2');
  });

  it('tell hashes apart that differ for nothing else', () => {
    const names = (portOf: (arp: HashRow) => number) => {
      const named = judged(arps(portOf)).function!;
      return [named.id, ...named.alternatives];
    };
    const reading = names((arp) => layer2.value(arp) % PORTS);
    expect(reading[0]).toBe('linux-layer2');
    expect(reading).not.toContain('linux-layer2@3.13'); // of the addresses alone
    const ignoring = names((arp) => layer2.value({ ...arp, etherType: 0x0800 }) % PORTS);
    expect(ignoring[0]).toBe('linux-layer2@3.13');
    expect(ignoring).not.toContain('linux-layer2');
  });
});

describe('pings', () => {
  const pings = (of: readonly HashRow[], portOf: (ping: HashRow, i: number) => number) =>
    of
      .filter((_, i) => i % 2 === 0)
      .map((flow, i): HashRow => {
        const made = { ...flow, protocol: 1, srcPort: 0, dstPort: 0, kind: ICMP } as const;
        return { ...made, port: portOf(made, i) };
      });
  const layer23 = policyNamed('linux-layer2+3')!;
  const by23 = flows.map((flow) => ({ ...flow, port: layer23.value(flow) % PORTS }));

  it.each(WAYS)('say nothing against a hash of addresses where their sender puts them %s', (_, portOf) => {
    const ofMacs = judged(pings(flows, portOf));
    expect(ofMacs.verdicts).toMatchObject({ 'eth.src': 'used', 'ip.src': 'unused', 'l4.srcport': 'unused' });
    expect([ofMacs.function?.id, ...(ofMacs.function?.alternatives ?? [])]).toContain('linux-layer2');
    const ofBoth = judged(pings(by23, portOf), by23);
    expect(ofBoth.verdicts).toMatchObject({ 'eth.src': 'used', 'ip.src': 'used', 'l4.srcport': 'unused' });
    expect(ofBoth.function?.id).toBe('linux-layer2+3');
  });

  it('need not go where ARP goes', () => {
    const others = [...pings(flows, () => random.below(PORTS)), ...arps((arp) => layer2.value(arp) % PORTS)];
    expect(judged(others).verdicts).toMatchObject({ 'eth.src': 'used', 'ip.src': 'unused', 'l4.srcport': 'unused' });
  });
});
