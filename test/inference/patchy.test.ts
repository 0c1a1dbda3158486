import { describe, expect, it } from 'vitest';
import type { HashRow } from '../../src/flows/rows.js';
import { inferHash } from '../../src/inference/infer.js';
import { seeded } from '../../src/stats/random.js';
import { ip, row, rowsOf } from '../unit/inference/rows.js';

const PORTS = 5;

/** Thirty clients of four servers; a sixth of the clients untagged. */
function flows(portOf: (flow: HashRow, drawn: (key: string) => number) => number, seed: number) {
  const random = seeded(seed);
  const table = new Map<string, number>();
  const drawn = (key: string) => {
    const port = table.get(key) ?? random.below(PORTS);
    table.set(key, port);
    return port;
  };
  return Array.from({ length: 240 }, () => {
    const [client, server] = [random.below(30), random.below(4)];
    const made = row({
      srcMac: 0x020000000000 + client * 0x1357,
      dstMac: 0x020000100000 + server,
      srcIp: ip(`10.1.0.${20 + client}`),
      dstIp: ip(`10.2.0.${9 + 5 * server}`),
      vlan: client % 6 === 0 ? 0 : 10,
      srcPort: 32768 + random.below(28000),
    });
    return { ...made, port: portOf(made, drawn) };
  });
}

const decided = (rows: readonly HashRow[]) => {
  const inferred = inferHash(rowsOf(rows, PORTS))!;
  const said = inferred.fields.filter(({ verdict }) => verdict === 'used' || verdict === 'unused');
  return Object.fromEntries(said.map(({ field, verdict }) => [field, verdict]));
};

const stations = ({ srcMac, dstMac }: HashRow) => `${srcMac} ${dstMac}`;
const connection = (flow: HashRow) => `${stations(flow)} ${flow.srcPort}`;

describe('flows off their port', () => {
  it.each([1, 2, 3])('are not noise if they are all of those without a VLAN tag, seed %d', (seed) => {
    const rows = flows((flow, drawn) => drawn(flow.vlan === 0 ? connection(flow) : stations(flow)), seed);
    expect(decided(rows)).not.toHaveProperty(['l4.srcport'], 'unused');
    expect(decided(rows)).toEqual({});
  });

  it.each([1, 2, 3])('are noise if they are of any kind, seed %d', (seed) => {
    const random = seeded(seed);
    const rows = flows((flow, drawn) => (random.below(15) === 0 ? random.below(PORTS) : drawn(stations(flow))), seed);
    expect(decided(rows)).toMatchObject({ 'l4.srcport': 'unused' });
  });
});
