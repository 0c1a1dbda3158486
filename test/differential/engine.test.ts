import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UNDECODABLE } from '../../src/engine/pass.js';
import { runPass } from '../../src/engine/run-pass.js';
import { openSource } from '../../src/sources/open.js';
import { noTshark, tshark } from '../helpers/tshark.js';

const root = join(import.meta.dirname, '../..');
const shared = process.env.LACPSCOPE_SHARED;
const folders = [join(root, 'samples'), ...(shared ? [join(shared, 'captures')] : [])];

const captures = folders.flatMap((folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) =>
      readdirSync(join(folder, entry.name))
        .filter((file) => /\.pcap(ng)?$/.test(file))
        .map((file) => ({ name: `${entry.name}/${file}`, path: join(folder, entry.name, file) })),
    ),
);

const FIELDS = [
  'eth.src',
  'eth.dst',
  'eth.type',
  'vlan.id',
  'vlan.etype',
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'ip.proto',
  'icmpv6.type',
];
const PORTS = ['tcp.srcport', 'tcp.dstport', 'udp.srcport', 'udp.dstport'];
const LATER = 'ip.frag_offset > 0 or ipv6.fraghdr.offset > 0';

/** Frames by the outermost headers: MACs, tag, addresses, ports. */
function tsharkFlows(path: string): Map<string, number> {
  const flows = new Map<string, number>();
  for (const row of tshark(path, `not slow and not (${LATER})`, [...FIELDS, ...PORTS])) {
    const [src, dst, type, vlan, inner, src4, dst4, src6, dst6, protocol, icmp6, ...ports] = row.map(
      (value) => value.split('|')[0]!,
    );
    const [tcpSrc, tcpDst, udpSrc, udpDst] = ports as [string, string, string, string];
    const tunnel = ['4', '41', '47'].includes(protocol!) || protocol === '1' || icmp6 !== ''; // what follows belongs to an inner packet
    const key = [
      src,
      dst,
      Number(inner || type),
      vlan || '-',
      src4 || src6,
      dst4 || dst6,
      tunnel ? '0' : tcpSrc || udpSrc || '0',
      tunnel ? '0' : tcpDst || udpDst || '0',
    ].join(' ');
    flows.set(key, (flows.get(key) ?? 0) + 1);
  }
  return flows;
}

const mac = (value: number) => value.toString(16).padStart(12, '0').match(/../g)!.join(':');

function ip(bytes: Uint8Array): string {
  if (bytes.length !== 16) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  return groups.join(':');
}

/** Both sides write IPv6 their own way: compare the groups. */
function spelledOut(address: string): string {
  if (!address.includes(':')) return address;
  const [head, tail] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const middle = tail === undefined ? [] : new Array(8 - head!.length - tail.length).fill('0');
  return [...head!, ...middle, ...(tail ?? [])].join(':');
}

describe.skipIf(noTshark)('tshark sees the same flows (skipped where tshark is missing)', () => {
  it.each(captures)('$name', async ({ path }) => {
    const { flows } = await runPass({
      inputs: [{ portName: 'p', source: (await openSource(path)).source, partial: false }],
      localMacs: [],
      maxFlows: 100_000,
      skewSeconds: 0.001,
    });
    const ours = new Map<string, number>();
    for (let flow = 0; flow < flows.count; flow++) {
      if (flows.kind(flow) === UNDECODABLE) throw new Error(`flow ${flow} could not be read`);
      const key = [
        mac(flows.srcMac(flow)),
        mac(flows.dstMac(flow)),
        flows.etherType(flow),
        flows.vlan(flow) < 0 ? '-' : flows.vlan(flow),
        ip(flows.srcIp(flow)),
        ip(flows.dstIp(flow)),
        flows.srcPort(flow),
        flows.dstPort(flow),
      ].join(' ');
      const frames = flows.frames(flow) - flows.laterFragments(flow);
      if (frames > 0) ours.set(key, (ours.get(key) ?? 0) + frames);
    }
    const theirs = [...tsharkFlows(path)].map(([key, n]) => [key.split(' ').map(spelledOut).join(' '), n] as const);
    const sorted = (entries: Iterable<readonly [string, number]>) =>
      [...entries].sort((a, b) => (a[0] < b[0] ? -1 : 1));
    const summed = new Map<string, number>();
    for (const [key, n] of theirs) summed.set(key, (summed.get(key) ?? 0) + n);
    expect(sorted(ours)).toEqual(sorted(summed));
  });
});
