import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Analysis, Direction, DirectionName } from '../../../src/document/schema.js';
import { policyNamed } from '../../../src/policies/catalogue.js';
import { documentOf, lacpscope } from '../../cli/lacpscope.js';
import { flowsOf, type KernelFlow, partyText, readBond } from './kernel.js';
import { runMachine, whyNoUml } from './uml.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 160_000 });
const reason = whyNoUml();
const LINKS = ['e0', 'e1', 'e2', 'e3'];
const CABLES = [2, 0, 3, 1]; // as in machine.py
const LOST = 'e2';
const SERVER = '02:00:00:00:0a:10';
const FLOWS = 192; // of frames.py, a direction
const COUNTED = 176; // those of the document: not ICMP
const POLICIES = ['layer2', 'layer2+3', 'layer3+4', 'encap2+3', 'vlan+srcmac'];
const DIRECTIONS: readonly DirectionName[] = ['egress', 'ingress'];

/** A sender deals buckets to its own ports, in the order in which they were enslaved. */
const ORDER: Readonly<Record<DirectionName, readonly string[]>> = {
  egress: LINKS,
  ingress: LINKS.map((_, swp) => LINKS[CABLES.indexOf(swp)]!),
};

describe.skipIf(reason !== null)(`a real bond${reason === null ? '' : ` (${reason})`}`, () => {
  const folder = reason === null ? mkdtempSync(join(tmpdir(), 'lacpscope-bond-')) : '';
  const at = (...names: readonly string[]) => join(folder, ...names);
  const captures = (name: string) => Object.fromEntries(LINKS.map((link) => [link, at(name, `${link}.pcap`)]));
  const recording = (name: string) => Object.fromEntries(LINKS.map((link) => [link, at(name)]));
  const analysed = (...paths: readonly string[]) => documentOf(lacpscope(['analyze', ...paths, '--json']));

  const named: string[] = [];

  beforeAll(async () => {
    const said = await runMachine(folder);
    expect(existsSync(at('done')), said).toBe(true);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('says of LACP what the kernel says', () => {
    const { lacp } = analysed(...Object.values(captures('lacp')));
    const [server, far] = [readBond(at('lacp/server.txt')), readBond(at('lacp/switch.txt'))];
    expect(lacp.ports.map(({ port, actor, partner }) => [port, partyText(actor), partyText(partner)])).toEqual(
      server.ports.map(({ name, actor, partner }) => [name, actor, partner]),
    );
    // And what its partner says of itself, who is at the other end of each cable.
    expect(lacp.ports.map(({ partner }) => partyText(partner))).toEqual(CABLES.map((swp) => far.ports[swp]!.actor));
    expect(new Set(server.ports.map(({ aggregator }) => aggregator))).toEqual(new Set([server.aggregator]));
    expect(new Set(lacp.ports.map(({ state }) => state))).toEqual(new Set(['aggregated']));
  });

  describe.each(POLICIES)('%s', (policy) => {
    const policyOf = (direction: DirectionName): string =>
      JSON.parse(readFileSync(at('policies', policy, 'policies.json'), 'utf8'))[direction];
    let flows: KernelFlow[];
    let analysis: Analysis;
    beforeAll(() => {
      flows = flowsOf(captures(`policies/${policy}`), SERVER);
      analysis = analysed(...Object.values(captures(`policies/${policy}`)));
    });

    it.each(DIRECTIONS)('deals every flow as the formula says: %s', (direction) => {
      const formula = policyNamed(`linux-${policyOf(direction)}`);
      const own = flows.filter((flow) => flow.direction === direction);
      expect(own.length).toBe(FLOWS);
      const links = own.map(({ name, links }) => [name, ...links]);
      expect(links).toEqual(own.map(({ name, key }) => [name, ORDER[direction][formula.bucket(key, LINKS.length)]]));
      expect(new Set(links.map(([, link]) => link)).size).toBeGreaterThan(1); // one MAC address in two VLANs is two
    });

    it.each(DIRECTIONS)('is predicted flow by flow: %s', (direction) => {
      const asked = flows.filter((flow) => flow.direction === direction && flow.asked !== null);
      for (const group of groupsToAsk(asked, policyOf(direction))) {
        expect(predicted(group, policyOf(direction), ORDER[direction])).toEqual(
          group.map(({ links }) => [...links][0]),
        );
      }
    });

    it.each(DIRECTIONS)('is found in a capture, or nothing is said: %s', (direction) => {
      const found = analysis.directions[direction];
      expect(found.distribution.kind).toBe('per-flow-hash');
      expect(found.flows).toBe(COUNTED);
      expect(contradictions(found, policyOf(direction), ORDER[direction])).toEqual([]);
      if (found.hash!.function !== null) named.push(policyOf(direction));
    });
  });

  it('names most of them', () => {
    expect(named.length).toBeGreaterThanOrEqual(POLICIES.length);
  });

  it('deals connections of the machine itself in the same way', () => {
    const formula = policyNamed('linux-layer3+4');
    const own = flowsOf(captures('connections'), SERVER);
    expect(own.length).toBe(2 * 25); // iperf3 has one of its own
    for (const { name, direction, key, links } of own) {
      expect([name, ...links]).toEqual([name, ORDER[direction][formula.bucket(key, LINKS.length)]]);
    }
  });

  describe('a link that is lost for some seconds', () => {
    let analysis: Analysis;
    let flows: KernelFlow[]; // while it was lost
    let times: Readonly<Record<'down' | 'away' | 'up' | 'back', number>>;
    beforeAll(() => {
      analysis = analysed(at('failover.pcapng'));
      times = JSON.parse(readFileSync(at('failover/times.json'), 'utf8'));
      flows = flowsOf(recording('failover.pcapng'), SERVER, [times.away, times.up]);
    });

    it('is captured by lacpscope on that machine, and said', () => {
      const said = readFileSync(at('failover.pcapng.stderr'), 'utf8');
      expect(said).toContain('Capturing e0, e1, e2, e3.');
      expect(said).toMatch(/e2: it went down[\s\S]*e2: it came up[\s\S]* 0 dropped, in [\s\S]*status 0\n$/);
    });

    it.each(DIRECTIONS)('makes epochs with the links that the kernel used: %s', (direction) => {
      const { kind, epochs } = analysis.directions[direction].distribution;
      const down = readBond(at('failover/down', 'server.txt'));
      const left = down.ports.filter(({ isUp, aggregator }) => isUp && aggregator === down.aggregator);
      const staying = left.map(({ name }) => name);
      expect(staying).toEqual(LINKS.filter((link) => link !== LOST));
      expect(kind).toBe('failover');
      expect(epochs.map(({ activePorts }) => activePorts)).toEqual([LINKS, staying, LINKS]);
      const [, failover, recovery] = epochs.map(({ start }) => Number(start));
      expect(failover).toBeGreaterThan(times.down - 0.5);
      expect(failover).toBeLessThan(times.away);
      expect(recovery).toBeGreaterThan(times.up);
      expect(recovery).toBeLessThan(times.back);
    });

    it.each(DIRECTIONS)('leaves the flows to the others, dealt by the formula: %s', (direction) => {
      const formula = policyNamed('linux-layer3+4');
      const others = ORDER[direction].filter((link) => link !== LOST);
      const own = flows.filter((flow) => flow.direction === direction);
      expect(own.length).toBe(FLOWS / 4);
      expect(own.map(({ name, links }) => [name, ...links])).toEqual(
        own.map(({ name, key }) => [name, others[formula.bucket(key, others.length)]]),
      );
    });

    it('is told by live as it happens, and judged in the end as from the file', () => {
      const live = JSON.parse(readFileSync(at('failover.live.json'), 'utf8')) as Analysis;
      const { ports } = readBond(at('failover/up/server.txt'));
      expect(live.lacp.ports.map(({ port, actor, partner }) => [port, partyText(actor), partyText(partner)])).toEqual(
        ports.map(({ name, actor, partner }) => [name, actor, partner]),
      );
      const epochs = ({ directions }: Analysis) =>
        DIRECTIONS.map((direction) => directions[direction].distribution.epochs.map(({ activePorts }) => activePorts));
      expect(epochs(live)).toEqual(epochs(analysis));
      const lines = readFileSync(at('failover.live.json.ndjson'), 'utf8').trim().split('\n');
      const events = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'event');
      const texts = events.map(({ text }) => text as string);
      expect(texts.indexOf('e2: it went down')).toBeGreaterThanOrEqual(0);
      expect(texts.indexOf('e2: it came up')).toBeGreaterThan(texts.indexOf('e2: it went down'));
    });

    it('says of LACP what the kernel says in the end', () => {
      const { ports } = readBond(at('failover/up/server.txt'));
      expect(
        analysis.lacp.ports.map(({ port, actor, partner }) => [port, partyText(actor), partyText(partner)]),
      ).toEqual(ports.map(({ name, actor, partner }) => [name, actor, partner]));
      expect(analysis.lacp.ports.map(({ flaps }) => flaps)).toEqual([0, 0, 1, 0]);
    });
  });

  it('finds the ping-pong of balance-rr', () => {
    const { directions, findings } = analysed(at('round-robin.pcapng'));
    for (const direction of DIRECTIONS) {
      expect(directions[direction].distribution.kind).toBe('round-robin');
      expect(directions[direction].hash).toBeNull();
    }
    expect(findings.map(({ id }) => id)).toContain('pingpong-round-robin');
  });
});

/** One question reads flows of one pair of MAC addresses in one VLAN: all at once where the policy reads neither, else some. */
function groupsToAsk(flows: readonly KernelFlow[], policy: string): KernelFlow[][] {
  if (policy === 'layer3+4') return [[...flows]];
  const groups = new Map<string, KernelFlow[]>();
  for (const flow of flows) {
    const pair = `${flow.smac} ${flow.dmac} ${flow.key.vlan}`;
    groups.set(pair, [...(groups.get(pair) ?? []), flow]);
  }
  return [...groups.values()].slice(0, 3);
}

function predicted(flows: readonly KernelFlow[], policy: string, order: readonly string[]): (string | null)[] {
  const [{ smac, dmac, key }] = flows as [KernelFlow];
  const about = ['--smac', smac, '--dmac', dmac, '--vlan', String(key.vlan), '--json'];
  const words = ['predict', '-', '--policy', `linux-${policy}`, '--port-order', order.join(','), ...about];
  const { stdout } = lacpscope(words, { input: flows.map(({ asked }) => asked).join('\n') });
  return (JSON.parse(stdout).flows as { port: string | null }[]).map(({ port }) => port);
}

/** What is decided and false. */
function contradictions({ hash }: Direction, policy: string, order: readonly string[]): string[] {
  const { reads } = policyNamed(`linux-${policy}`);
  const used = hash!.fields.filter(({ field, verdict }) => verdict === 'used' && !reads.includes(field));
  const wrong = used.map(({ field }) => `${field} is not used`);
  if (hash!.function === null) return wrong;
  const own = hash!.function.members.find((member) => member.policy === `linux-${policy}`);
  // In captures without tunnels, encap2+3 is layer2+3: these have some.
  if (own === undefined) return [...wrong, `it is not ${hash!.function.id}`];
  const misplaced = own.portOrder.filter((port, i) => port !== null && port !== order[i]);
  return [...wrong, ...misplaced.map((port) => `${port} is out of order`)];
}
