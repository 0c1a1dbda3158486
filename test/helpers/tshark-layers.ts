/** What tshark dissected, frame by frame, as the stack of headers it found: each with the values of its own occurrence. */

import { execFileSync } from 'node:child_process';
import type { Headers } from './dissect.js';

interface Layer {
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

export interface TsharkFrame {
  readonly number: number;
  /** Not to be compared: tshark gave up, or a layer has not the values it should have. */
  readonly broken: boolean;
  readonly layers: readonly Layer[];
}

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  eth: ['eth.src', 'eth.dst'],
  vlan: ['vlan.id'],
  ieee8021ad: ['ieee8021ad.id|ieee8021ad.svid'], // of one tag, or of two that follow each other
  mpls: ['mpls.label'],
  pppoes: ['pppoe.session_id'],
  ip: ['ip.src', 'ip.dst', 'ip.proto', 'ip.flags.mf', 'ip.frag_offset'],
  ipv6: ['ipv6.src', 'ipv6.dst', 'ipv6.nxt'],
  'ipv6.fraghdr': ['ipv6.fraghdr.more', 'ipv6.fraghdr.offset'],
  tcp: ['tcp.srcport', 'tcp.dstport'],
  udp: ['udp.srcport', 'udp.dstport'],
  sctp: ['sctp.srcport', 'sctp.dstport'],
  dccp: ['dccp.srcport', 'dccp.dstport'],
  vxlan: ['vxlan.vni'],
  geneve: ['geneve.vni'],
  gtp: ['gtp.teid'],
};
const NAMES = [...new Set(Object.values(FIELDS).flat())].flatMap((names) => names.split('|'));
const OPTIONS = ['ip.defragment', 'ipv6.defragment', 'tcp.desegment_tcp_streams', 'tcp.analyze_sequence_numbers'];

export function tsharkFrames(path: string): TsharkFrame[] {
  const off = OPTIONS.flatMap((name) => ['-o', `${name}:FALSE`]);
  const shape = ['-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=|', '-E', 'occurrence=a'];
  const fields = ['frame.number', 'frame.protocols', ...NAMES].flatMap((name) => ['-e', name]);
  let text: string;
  try {
    text = execFileSync('tshark', ['-n', '-r', path, ...off, ...shape, ...fields], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 28,
    });
  } catch (error) {
    text = String((error as { stdout?: string }).stdout ?? ''); // of a file that is cut: what came before
  }
  return text.split('\n').filter(Boolean).map(frameOf);
}

function frameOf(line: string): TsharkFrame {
  const [number, protocols = '', ...columns] = line.split('\t');
  const left = new Map(NAMES.map((name, i) => [name, columns[i] ? columns[i].split('|') : []]));
  // Of several tags of 802.1ad it can't be told which value is whose.
  const adTags = protocols.split(':').filter((name) => name === 'ieee8021ad').length;
  let broken = adTags > 1 || protocols.includes('_ws.') || protocols.includes('malformed');
  const layers = protocols.split(':').map((name): Layer => {
    const values: Record<string, string> = {};
    for (const field of FIELDS[name === 'udplite' ? 'udp' : name] ?? []) {
      const from = field.split('|').find((each) => left.get(each)!.length > 0);
      const value = from === undefined ? undefined : left.get(from)!.shift();
      if (value === undefined) broken = true;
      values[field] = value ?? '';
    }
    return { name, values };
  });
  if ([...left.values()].some((values) => values.length > 0)) broken = true;
  return { number: Number(number), broken, layers };
}

const TRANSPORTS = new Set(['tcp', 'udp', 'udplite', 'sctp', 'dccp']);
const isIp = ({ name }: Layer) => name === 'ip' || name === 'ipv6';
/** Layers that do not end what a tunnel is: behind others (ICMP, L2TP, Teredo, ESP) nothing is read. */
const TUNNEL_LAYERS =
  /^(udp|gre|eth|ethertype|vlan|ieee8021ad|vxlan|geneve|geneve\..*|gtp|gtp\..*|erspan|nsh|mpls|ah|ipv6\..*)$/;

export interface Reading {
  readonly ethSrc: string | null;
  readonly ethDst: string | null;
  readonly vlan: number | null;
  readonly label: number | null;
  readonly session: number | null;
  readonly outer: Headers;
  readonly fragment: 'first' | 'later' | null;
  readonly innerEthSrc: string | null;
  readonly innerEthDst: string | null;
  readonly inner: Headers | null;
  /** False for fragments, whose inner headers we leave alone, and behind something that is no tunnel we read. */
  readonly innerComparable: boolean;
}

const NOTHING: Headers = { src: null, dst: null, protocol: null, srcPort: null, dstPort: null };

export function readingOf({ layers }: TsharkFrame): Reading {
  const first = layers.findIndex(isIp);
  const ahead = first < 0 ? layers : layers.slice(0, first);
  const of = (among: readonly Layer[], name: string) => among.find((layer) => layer.name === name)?.values;
  const eths = layers.filter(({ name }) => name === 'eth');
  const tag = ahead.find(({ name }) => name === 'vlan' || name === 'ieee8021ad')?.values;
  const vlan = tag?.['vlan.id'] ?? tag?.['ieee8021ad.id|ieee8021ad.svid'];
  const label = of(ahead, 'mpls')?.['mpls.label'];
  const session = of(ahead, 'pppoes')?.['pppoe.session_id'];
  const second = layers.findIndex((layer, i) => i > first && first >= 0 && isIp(layer));
  const between = layers.slice(first + 1, second < 0 ? layers.length : second);
  const tunnelled = second >= 0 && between.every(({ name }) => TUNNEL_LAYERS.test(name));
  const fragment = fragmentOf(layers, first);
  const secondEth = layers.findIndex((layer) => layer.name === 'eth' && layer !== eths[0]);
  const innerEth = secondEth >= 0 && (second < 0 || secondEth < second) ? eths[1]!.values : undefined;
  return {
    ethSrc: eths[0]?.values['eth.src'] ?? null,
    ethDst: eths[0]?.values['eth.dst'] ?? null,
    vlan: vlan === undefined ? null : Number(vlan),
    label: label === undefined ? null : Number(label),
    session: session === undefined ? null : Number(session),
    outer: first < 0 ? NOTHING : headersAt(layers, first),
    fragment,
    innerEthSrc: innerEth?.['eth.src'] ?? null,
    innerEthDst: innerEth?.['eth.dst'] ?? null,
    inner: tunnelled ? headersAt(layers, second) : null,
    innerComparable: fragment === null && (second < 0 || tunnelled),
  };
}

function headersAt(layers: readonly Layer[], at: number): Headers {
  const { name, values } = layers[at]!;
  const next = layers.findIndex((layer, i) => i > at && !/^ipv6\.|^ah$/.test(layer.name));
  const transport = next >= 0 && TRANSPORTS.has(layers[next]!.name) ? layers[next]! : null;
  const kind = transport?.name === 'udplite' ? 'udp' : transport?.name;
  const skipped = next < 0 ? layers.slice(at + 1) : layers.slice(at + 1, next);
  const direct = skipped.length === 0;
  return {
    src: values[`${name}.src`]!,
    dst: values[`${name}.dst`]!,
    // Behind extension headers it is the last of them that names it.
    protocol: direct ? Number(name === 'ip' ? values['ip.proto'] : values['ipv6.nxt']) : null,
    srcPort: transport === null ? null : Number(transport.values[`${kind}.srcport`]),
    dstPort: transport === null ? null : Number(transport.values[`${kind}.dstport`]),
  };
}

const isTrue = (value: string | undefined) => value === '1' || value === 'True';

function fragmentOf(layers: readonly Layer[], first: number): Reading['fragment'] {
  if (first < 0) return null;
  const { name, values } = layers[first]!;
  if (name === 'ip') {
    return Number(values['ip.frag_offset']) > 0 ? 'later' : isTrue(values['ip.flags.mf']) ? 'first' : null;
  }
  const header = layers.slice(first + 1).find((layer) => !/^ipv6\.(?!fraghdr)|^ah$/.test(layer.name));
  if (header?.name !== 'ipv6.fraghdr') return null;
  const { values: of } = header;
  return Number(of['ipv6.fraghdr.offset']) > 0 ? 'later' : isTrue(of['ipv6.fraghdr.more']) ? 'first' : null;
}
