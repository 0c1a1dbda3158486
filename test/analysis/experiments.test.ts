import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { candidates } from '../../src/advice/experiments/candidates.js';
import { designed, flowsFor99, mostTelling } from '../../src/advice/experiments/design.js';
import { LiveExplanations } from '../../src/advice/experiments/explanations.js';
import { expectedInformation } from '../../src/advice/experiments/information.js';
import { inferHash } from '../../src/inference/infer.js';
import { policies } from '../../src/policies/catalogue.js';
import { inferenceVectors, noVectors, vectorsTitle } from '../helpers/vectors.js';
import { referenceLibrary } from '../unit/inference/reference-library.js';
import { fromVector, ip, row, rowsOf, type VectorFlow } from '../unit/inference/rows.js';

interface Designed {
  readonly name: string;
  readonly flows: VectorFlow[];
  readonly eig_bits: number;
  readonly classes: number;
  readonly prior_entropy: number;
  readonly expected_top: number;
}

describe('expected information', () => {
  it('of a new key under two explanations, one of which has seen it, is what Bayes gives', () => {
    const explanations = [
      { weight: 0.5, cells: [0], seen: [[40, 0, 0, 0]] },
      { weight: 0.5, cells: [0], seen: [null] },
    ];
    // On the seen link: .99 against .25; elsewhere: .01 against .75
    const onLink = [0.99, 0.25];
    const away = [0.01, 0.75];
    const kl = (chances: readonly number[]) => {
      const mean = (chances[0] + chances[1]) / 2;
      return chances.reduce((sum, chance) => sum + (chance / 2) * Math.log2(chance / mean), 0);
    };
    expect(expectedInformation(explanations, 4).bits).toBeCloseTo(kl(onLink) + kl(away), 1);
  });

  it('is nothing where all explanations say the same, and never more than is open', () => {
    expect(expectedInformation([{ weight: 1, cells: [0, 1], seen: [null, null] }], 4)).toEqual({
      bits: 0,
      knownThen: 1,
    });
    const apart = [
      { weight: 0.9, cells: [0, 0, 0, 0, 0, 0], seen: [null] },
      { weight: 0.1, cells: [0, 1, 2, 3, 4, 5], seen: [null, null, null, null, null, null] },
    ];
    const { bits, knownThen } = expectedInformation(apart, 4);
    expect(bits).toBeLessThanOrEqual(-0.9 * Math.log2(0.9) - 0.1 * Math.log2(0.1));
    expect(bits).toBeGreaterThan(0.4);
    expect(knownThen).toBeGreaterThan(0.98);
  });

  const { design, posteriors } = inferenceVectors();
  it.skipIf(noVectors).each((design?.experiments ?? []) as Designed[])(
    vectorsTitle('$name is as the reference has it'),
    ({ flows, eig_bits, expected_top }) => {
      const start = posteriors.find(({ name }: { name: string }) => name === design.start);
      const seen = start.flows.map(fromVector);
      const { weighed } = inferHash(rowsOf(seen, start.K), { library: referenceLibrary })!;
      const added = flows.map(fromVector);
      const live = new LiveExplanations(weighed[0], 0, seen, added, start.K);
      const explanations = live.of([...added.keys()]);
      const { bits, knownThen } = expectedInformation(explanations, start.K);
      expect(Math.abs(bits - eig_bits), `${bits} ${eig_bits}`).toBeLessThan(design.tolerance);
      expect(Math.abs(knownThen - expected_top), `${knownThen} ${expected_top}`).toBeLessThan(design.tolerance);
    },
  );
});

describe('experiments', () => {
  const clients = (server: string, ports: readonly number[], portOf: (client: number, port: number) => number) =>
    [11, 12, 13, 14].flatMap((client) =>
      ports.map((srcPort) =>
        row({
          srcIp: ip(`192.168.1.${client}`),
          srcMac: 0x3c7c3f000000 + 257 * client,
          dstIp: ip(server),
          srcPort,
          port: portOf(client, srcPort),
        }),
      ),
    );
  const design = (rows: ReturnType<typeof clients>, direction: 'ingress' | 'egress' = 'ingress') => {
    const input = rowsOf(rows, 4, { egress: direction === 'egress' });
    return mostTelling(designed(direction, input, inferHash(input)));
  };

  it('ask first what is open: the port of four clients with one connection each', () => {
    const [first, ...more] = design(clients('192.168.1.5', [50000], (client) => client - 11));
    expect(more.length).toBeLessThan(3);
    const ports = [first, ...more].find(({ command }) => command.includes('--cport $p'))!;
    expect(ports.lines[0]).toMatch(/^for p in 5301 5302 5303 5305/);
    expect(ports.expectedInformationBits).toBeGreaterThan(0.5);
    expect(ports.outcomes[0].means).toContain('not hashed');
    expect(first.informationPerFlow).toBeGreaterThanOrEqual(more[0].informationPerFlow!);
  });

  it('use addresses of the capture, and aliases that nobody was seen with', () => {
    const found = design(clients('192.168.1.5', [50000, 50021, 50042, 50063, 50084, 50105], () => 2));
    const aliases = found.filter(({ command }) => command.includes('ip addr add'));
    expect(aliases.length).toBeGreaterThan(0);
    for (const { command } of aliases) {
      expect(command).toContain('192.168.1.5');
      const added = /for a in ([^;]*);/.exec(command)![1].split(' ');
      for (const address of added) expect(['11', '12', '13', '14', '5']).not.toContain(address.split('.')[3]);
    }
  });

  it('are commands that a shell can read, on one line and on several', () => {
    const found = [
      ...design(clients('192.168.1.5', [50000], (client) => client - 11)),
      ...design(clients('192.168.1.5', [50000, 50021, 50042, 50063], () => 2)),
      ...design(
        clients('192.168.1.5', [50000, 50021, 50042, 50063], (client, port) => (client + port) % 4),
        'egress',
      ),
    ];
    expect(found.length).toBeGreaterThan(3);
    for (const { command, lines } of found) {
      for (const text of [command, lines.join('\n')]) {
        const { status, stderr } = spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' });
        expect(`${status} ${stderr}`, text).toBe('0 ');
      }
    }
  });

  /** That of the MAC address, whether or not it is among the three that tell most. */
  const ofMac = (rows: ReturnType<typeof clients>, egress = false) => {
    const [found] = candidates(rows, egress).filter(({ asks }) => asks.startsWith('eth.'));
    return found!;
  };

  it('change the MAC address alone: one IP address in a network namespace, behind one after the other', () => {
    const rows = clients('192.168.1.5', [50000, 50021], () => 2);
    for (const egress of [false, true]) {
      const { lines, rows: sent, asks, where } = ofMac(rows, egress);
      expect(where).toBe(`client 192.168.1.${egress ? 5 : 11}, as root`);
      const [mac, ip, other] = egress
        ? (['dstMac', 'dstIp', 'srcIp'] as const)
        : (['srcMac', 'srcIp', 'dstIp'] as const);
      expect(asks).toBe(egress ? 'eth.dst' : 'eth.src');
      expect(new Set(sent.map((each) => each[mac])).size).toBe(4);
      expect(new Set(sent.map((each) => `${each[ip]} ${each[other]} ${each.srcPort} ${each.dstPort}`)).size).toBe(1);
      for (const each of sent)
        expect(rows.some((row) => row.srcMac === each[mac] || row.dstMac === each[mac])).toBe(false);
      const text = lines(2).join('\n');
      expect(text).toContain('for m in 00 01; do');
      for (const line of lines(4)) expect(line.length, line).toBeLessThanOrEqual(73);
      const { status, stderr } = spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' });
      expect(`${status} ${stderr}`).toBe('0 ');
    }
  });

  it('tell a hash of MAC addresses from one of IP addresses where both name the clients', () => {
    // One link each: by their MAC addresses or by their IP addresses, which no flow of these tells.
    const rows = clients('192.168.1.5', [50000, 50021, 50042, 50063, 50084], (client) => client - 11);
    const input = rowsOf(rows, 4);
    const inference = inferHash(input)!;
    const of = (field: string) => inference.fields.find((each) => each.field === field)!;
    expect([of('eth.src').confoundedWith, of('ip.src').confoundedWith]).toEqual([['ip.src'], ['eth.src']]);
    const found = designed('ingress', input, inference).map(({ experiment }) => experiment);
    const byMac = found.find(({ command }) => command.includes('macvlan'))!;
    expect(byMac.expectedInformationBits).toBeGreaterThan(0.5);
    expect(byMac.separates.some((fields) => fields.includes('eth.src'))).toBe(true);
    expect(byMac.separates.some((fields) => !fields.includes('eth.src'))).toBe(true);
    // An address added to the client tells as much, but for the noise of the estimate, and is less to set up: that comes first.
    const listed = mostTelling(designed('ingress', input, inference));
    expect(listed.length).toBeLessThanOrEqual(3);
    const placeOf = (words: string) => listed.findIndex(({ command }) => command.includes(words));
    const added = listed[placeOf('ip addr add $a')]!;
    expect(Math.abs(added.informationPerFlow! / byMac.informationPerFlow! - 1)).toBeLessThan(0.1);
    expect(placeOf('ip addr add $a')).toBeLessThan(placeOf('macvlan'));
  });

  it('change the VLAN alone, where the capture shows several: one pair of addresses in each', () => {
    const inVlan = (id: number, port: number) =>
      clients('192.168.1.5', [50000, 50021, 50042, 50063], () => port).map((each) => {
        const last = (address: Uint8Array) => ip(`10.${id}.0.${address[3]}`);
        return { ...each, vlan: id, srcIp: last(each.srcIp), dstIp: last(each.dstIp) };
      });
    const rows = [...inVlan(10, 1), ...inVlan(20, 3)];
    const [found] = candidates(rows, false).filter(({ asks }) => asks === 'vlan.id');
    expect(found!.rows.map(({ vlan }) => vlan)).toEqual([10, 20]);
    const rest = found!.rows.map(({ vlan: _, ...others }) => others);
    expect(rest[0]).toEqual(rest[1]);
    for (const line of found!.lines(2)) expect(line.length, line).toBeLessThanOrEqual(73);
    const input = rowsOf(rows, 4);
    const all = designed('ingress', input, inferHash(input)).map(({ experiment }) => experiment);
    const { command, lines, expectedInformationBits } = all.find((each) => each.command.includes('type vlan id $v'))!;
    expect(expectedInformationBits).toBeGreaterThan(0.1);
    for (const text of [command, lines.join('\n')]) {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' });
      expect(`${status} ${stderr}`, text).toBe('0 ');
    }
    // What finds the port of the server: `ip -o -d link show type vlan`, as iproute2 6.1 prints it.
    const shown = [
      '7: lagg0.10@lagg0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000\\    link/ether 90:e2:ba:7b:0b:38 brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 0 maxmtu 65535 \\    vlan protocol 802.1Q id 10 <REORDER_HDR> addrgenmode eui64',
      '8: v200@lagg0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000\\    link/ether 90:e2:ba:7b:0b:38 brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 0 maxmtu 65535 \\    vlan protocol 802.1Q id 20 <REORDER_HDR> addrgenmode eui64',
    ].join('\n');
    const find = lines.find((line) => line.trim().startsWith('d='))!;
    const ran = spawnSync('sh', ['-c', `for v in 10 20; do\n${find}\necho "$d"; done`], {
      env: { ...process.env, all: shown },
      encoding: 'utf8',
    });
    expect(ran.stdout).toBe('lagg0.10\nv200\n');
    expect(candidates(inVlan(10, 1), false).some(({ asks }) => asks === 'vlan.id')).toBe(false);
  });

  it('cannot vary the MAC address of clients behind a router, and say so', () => {
    const routed = clients('192.168.1.5', [50000, 50021], () => 2).map((each) => ({
      ...each,
      srcIp: ip(`10.7.0.${each.srcIp[3]}`),
      srcMac: 0x0000_5e00_0101,
    }));
    const { where, note, rows } = ofMac(routed);
    expect(where).toBe('a machine in the network of 192.168.1.5, as root');
    expect(note).toContain(
      '4 addresses, 10.7.0.11 among them, reach 192.168.1.5 from the MAC address 00:00:5e:00:01:01: it looks like a router’s, behind which nobody can vary it.',
    );
    expect([...rows[0].srcIp.subarray(0, 3)]).toEqual([192, 168, 1]);
    // One client: whether a router is before it is not known, only what would follow.
    const [one] = routed;
    expect(ofMac([one]).where).toBe('client 10.7.0.11, as root');
    expect(ofMac([one]).note).toContain('a router would put its own MAC address in the place of these');
  });

  it('turn round for what the local station sends', () => {
    const found = design(
      clients('192.168.1.5', [50000], (client) => client - 11),
      'egress',
    );
    for (const { command } of found) expect(command).toContain(' -R');
  });

  it('are none where nothing is open', () => {
    expect(design(clients('192.168.1.5', [], () => 0))).toEqual([]);
    const layer2 = clients('192.168.1.5', [50000, 50021, 50042, 50063], () => 2);
    expect(designed('ingress', rowsOf(layer2, 1), null)).toEqual([]);
  });

  it.each(['ingress', 'egress'] as const)('mean what they say under every known policy, %s', (direction) => {
    const rows = clients('192.168.1.5', [50000, 50021], () => 2);
    const known = policies().filter(({ secret }) => secret === 'none' || secret === 'seed');
    for (const candidate of candidates(rows, direction === 'egress')) {
      const pairs = candidate.asks === 'ip.proto'; // flows two by two; else all of them are compared
      for (const policy of known) {
        for (const ports of [2, 3, 4, 8]) {
          const buckets = candidate.rows.map((each) => policy.bucket(each, ports));
          const groups = pairs ? buckets.flatMap((_, i) => (i % 2 === 0 ? [buckets.slice(i, i + 2)] : [])) : [buckets];
          const isApart = groups.some((group) => new Set(group).size > 1);
          // Apart: the field is read. Not read: together. What a policy reads of ports depends on the protocol as well.
          const reads =
            policy.reads.includes(candidate.asks) || (pairs && policy.reads.some((field) => field.startsWith('l4.')));
          if (isApart) expect(`${policy.id} ${candidate.again ?? reads}`).toBe(`${policy.id} true`);
          if (candidate.again) expect(isApart, policy.id).toBe(false);
        }
      }
    }
  });

  it('need as many flows that stay together as the odds ask for', () => {
    expect([2, 4, 8].map((ports) => flowsFor99(0.5, ports))).toEqual([7, 4, 3]);
    expect(flowsFor99(0.1, 4)).toBeLessThan(flowsFor99(0.9, 4));
  });
});
