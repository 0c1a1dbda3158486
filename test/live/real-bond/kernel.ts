/** What the kernel itself says and did: its account of a bond, and by tshark which link each flow took. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ipBytes } from '../../../src/advice/asked-flow.js';
import { parseMac } from '../../../src/control/addresses.js';
import type { Analysis, DirectionName } from '../../../src/document/schema.js';
import type { PolicyKey } from '../../../src/policies/policy.js';

/** "priority,mac key priority,number state", of both ends of a LACPDU. */
export interface BondPort {
  readonly name: string;
  readonly aggregator: number;
  readonly isUp: boolean;
  readonly actor: string;
  readonly partner: string;
}

export interface Bond {
  readonly mode: string;
  readonly policy: string | null;
  readonly aggregator: number | null; // the active one
  readonly ports: readonly BondPort[]; // in the order in which they were enslaved
}

/** Of /proc/net/bonding: Documentation/networking/bonding.rst, section 8.1. */
export function readBond(path: string): Bond {
  const [head, ...ports] = readFileSync(path, 'utf8').split(/^Slave Interface: /m);
  const found = (text: string, pattern: RegExp) => pattern.exec(text)?.[1] ?? null;
  return {
    mode: found(head!, /^Bonding Mode: (.*)$/m)!,
    policy: found(head!, /^Transmit Hash Policy: (\S+)/m),
    aggregator: Number(found(head!, /^\s+Aggregator ID: (\d+)$/m)),
    ports: ports.map((text) => {
      const [own, actor, partner] = text.split(/^details (?:actor|partner) lacp pdu:$/m);
      const party = (of: string) => {
        const value = (name: string) => found(of, new RegExp(`^\\s+${name}: (\\S+)$`, 'm'));
        const system = `${value('system priority')},${value('system mac address')}`;
        const port = `${value('port priority')},${value('port number')}`;
        return `${system} ${value('(?:port|oper) key')} ${port} ${value('port state')}`;
      };
      return {
        name: own!.split('\n')[0]!,
        aggregator: Number(found(own!, /^Aggregator ID: (\d+)$/m)),
        isUp: /^MII Status: up$/m.test(own!),
        actor: party(actor!),
        partner: party(partner!),
      };
    }),
  };
}

const STATE_BITS = ['aggregation', 'synchronization', 'collecting', 'distributing', 'defaulted', 'expired'] as const;

/** The same of the document, whose state is in words. */
export function partyText(party: Analysis['lacp']['ports'][number]['actor']): string | null {
  if (party === null) return null;
  const bits = STATE_BITS.map((name, i) => (party[name] ? 4 << i : 0)).reduce((sum, bit) => sum + bit, 0);
  const state = bits + (party.activity === 'active' ? 1 : 0) + (party.timeout === 'short' ? 2 : 0);
  return `${party.system} ${party.key} ${party.port} ${state}`;
}

export interface KernelFlow {
  readonly name: string; // what tshark says of its headers
  readonly direction: DirectionName;
  readonly key: PolicyKey;
  readonly smac: string;
  readonly dmac: string;
  readonly asked: string | null; // as `predict -` reads flows; null where it does not
  readonly links: ReadonlySet<string>;
}

const FIELDS = [
  ...['eth.src', 'eth.dst', 'eth.type', 'vlan.id', 'vlan.etype', 'ip.src', 'ip.dst', 'ip.proto'],
  ...['ipv6.src', 'ipv6.dst', 'ipv6.nxt', 'tcp.srcport', 'tcp.dstport', 'udp.srcport', 'udp.dstport'],
  ...['icmp.type', 'icmp.code', 'icmp.ident'],
];

/**
 * @param captures of each link
 * @param server MAC address of the server: what it sends is egress
 * @param between times of the frames to look at, seconds
 */
export function flowsOf(
  captures: Readonly<Record<string, string>>,
  server: string,
  between: readonly [number, number] = [0, Number.POSITIVE_INFINITY],
): KernelFlow[] {
  const flows = new Map<string, KernelFlow & { readonly links: Set<string> }>();
  for (const [link, path] of Object.entries(captures)) {
    for (const line of tshark(path)) {
      const [time, name, ...values] = line.split('\t');
      if (Number(time) < between[0] || Number(time) > between[1] || (name !== '' && name !== link)) continue;
      const text = values.join(' ');
      if (!flows.has(text)) flows.set(text, flowOf(text, values, server));
      flows.get(text)!.links.add(link);
    }
  }
  return [...flows.values()];
}

function tshark(path: string): string[] {
  const shape = ['-T', 'fields', '-E', 'aggregator=,', '-E', 'occurrence=a'];
  const fields = ['frame.time_epoch', 'frame.interface_name', ...FIELDS].flatMap((field) => ['-e', field]);
  const text = execFileSync('tshark', ['-n', '-r', path, '-Y', 'ip || ipv6', ...shape, ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
  });
  return text.split('\n').filter((line) => line !== '');
}

function flowOf(name: string, values: readonly string[], server: string) {
  const of = (field: string, occurrence = 0) => values[FIELDS.indexOf(field)]!.split(',')[occurrence] ?? '';
  const number = (...from: readonly string[]) => Number(from.find((value) => value !== '') ?? 0);
  const bytes = (text: string) => (text === '' ? new Uint8Array() : ipBytes(text)!);
  const [src, dst] = [of('ip.src') || of('ipv6.src'), of('ip.dst') || of('ipv6.dst')];
  const protocol = number(of('ip.proto'), of('ipv6.nxt'));
  const ports = {
    srcPort: number(of('tcp.srcport'), of('udp.srcport')),
    dstPort: number(of('tcp.dstport'), of('udp.dstport')),
  };
  const inner =
    of('ip.src', 1) === ''
      ? null
      : {
          srcIp: bytes(of('ip.src', 1)),
          dstIp: bytes(of('ip.dst', 1)),
          protocol: number(of('ip.proto', 1)),
          ...ports,
        };
  const icmp =
    of('icmp.type') === ''
      ? null
      : {
          type: number(of('icmp.type')),
          code: number(of('icmp.code')),
          identifier: number(of('icmp.ident')),
          quoted: null,
        };
  const key: PolicyKey = {
    srcMac: parseMac(of('eth.src'))!,
    dstMac: parseMac(of('eth.dst'))!,
    etherType: number(of('vlan.etype'), of('eth.type')),
    vlan: number(of('vlan.id')),
    srcIp: bytes(src),
    dstIp: bytes(dst),
    protocol,
    ...(inner === null ? ports : { srcPort: 0, dstPort: 0 }),
    flowLabel: 0,
    inner,
    ...(icmp === null ? {} : { details: { icmp } }),
  };
  return {
    name,
    direction: of('eth.src') === server ? ('egress' as const) : ('ingress' as const),
    key,
    smac: of('eth.src'),
    dmac: of('eth.dst'),
    asked: inner !== null || icmp !== null ? null : `${src} ${dst} ${ports.srcPort} ${ports.dstPort} ${protocol}`,
    links: new Set<string>(),
  };
}
