import { linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { labelsOf } from '../../src/analysis/open-inputs.js';
import type { Analysis } from '../../src/document/schema.js';
import { portNameOfFile } from '../../src/engine/ports.js';
import { UsageError } from '../../src/errors.js';
import { type Captured, frame, pcap, pcapng } from '../helpers/frames.js';

const folder = mkdtempSync(join(tmpdir(), 'lacpscope-inputs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Three clients and one server; flow i is on port i mod 2, one frame a millisecond. */
const packets = (port: number): Captured[] =>
  Array.from({ length: 300 }, (_, i) => ({
    ns: BigInt(i) * 1_000_000n + BigInt(port) * 400_000n,
    bytes: frame({
      src: `0${(i % 3) + 1}`,
      srcIp: `192.0.2.${(i % 3) + 1}`,
      srcPort: 5000 + 2 * (i % 12) + port,
      id: i + 1,
      seq: i * 10,
      payload: 10,
    }),
  }));

const files = (...names: string[]) => names.map((path) => ({ name: null, path }));
const loads = ({ directions }: Analysis) =>
  [directions.ingress, directions.egress].map(({ ports }) =>
    ports.map(({ port, frames, octets, flows }) => ({ port, frames, octets, flows })),
  );

describe('inputs', () => {
  const [zero, one] = [write('igb0.pcap', pcap(packets(0))), write('igb1.pcap', pcap(packets(1)))];

  it('takes a ring of files as one port, whatever their order', async () => {
    const whole = await analyze({ inputs: files(zero, one) });
    const parts = [0, 100, 200].map((from) => write(`ring_${from}.pcap`, pcap(packets(0).slice(from, from + 100))));
    const ring = await analyze({
      inputs: [...[2, 0, 1].map((i) => ({ name: 'igb0', path: parts[i]! })), ...files(one)],
    });
    expect(ring.lag.ports).toEqual(['igb0', 'igb1']);
    expect(ring.inputs.map(({ port }) => port)).toEqual(['igb0', 'igb0', 'igb0', 'igb1']);
    expect(loads(ring)).toEqual(loads(whole));
    expect(ring.directions.ingress.pingPong).toEqual([]);
  });

  it('takes one pcapng with an interface per port as those ports', async () => {
    const both = [0, 1].flatMap((port) => packets(port).map(({ ns, bytes }) => ({ ns, bytes, port })));
    both.sort((a, b) => (a.ns < b.ns ? -1 : 1));
    const bytes = pcapng([
      { kind: 'section' },
      { kind: 'interface', of: { name: 'igb0', resolution: 9 } },
      { kind: 'interface', of: { name: 'igb1', resolution: 9 } },
      ...both.map(({ ns, bytes: packet, port }) => ({
        kind: 'packet' as const,
        ticks: ns,
        bytes: packet,
        interface: port,
      })),
    ]);
    const merged = await analyze({ inputs: files(write('lag.pcapng', bytes)) });
    expect(loads(merged)).toEqual(loads(await analyze({ inputs: files(zero, one) })));
  });

  it('lets a name win over what the capture says', async () => {
    const named = await analyze({
      inputs: [
        { name: 'a', path: zero },
        { name: 'b', path: one },
      ],
    });
    expect(named.lag.ports).toEqual(['a', 'b']);
  });

  it('names ports after their files where captures of several machines call them the same', async () => {
    const eth0 = (port: number) =>
      pcapng([
        { kind: 'section' },
        { kind: 'interface', of: { name: 'eth0', resolution: 9 } },
        ...packets(port).map(({ ns, bytes }) => ({ kind: 'packet' as const, ticks: ns, bytes })),
      ]);
    const { lag, directions } = await analyze({
      inputs: files(write('left.pcapng', eth0(0)), write('right.pcapng', eth0(1))),
    });
    expect(lag.ports).toEqual(['left', 'right']);
    expect(directions.ingress.ports.map(({ frames }) => frames)).toEqual([300, 300]);
  });

  it('takes the files of a ring for one port, and files numbered alike that ran side by side for two', async () => {
    const [first, rest] = [packets(1).slice(0, 100), packets(1).slice(100)];
    const ring = [write('ring.pcap', pcap(first)), write('ring.pcap1', pcap(rest))];
    expect((await analyze({ inputs: files(zero, ...ring) })).lag.ports).toEqual(['igb0', 'ring']);
    const ports = [write('lag.pcap1', pcap(packets(0))), write('lag.pcap2', pcap(packets(1)))];
    expect((await analyze({ inputs: files(...ports) })).lag.ports).toEqual(['lag.pcap1', 'lag.pcap2']);
  });

  it('refuses one file under two names', async () => {
    linkSync(zero, join(folder, 'other.pcap'));
    await expect(analyze({ inputs: files(zero, join(folder, 'other.pcap')) })).rejects.toThrow(UsageError);
  });

  it('says nothing of a LAG from one port, from times that do not meet, and without unicast', async () => {
    const verdict = async (...paths: string[]) => {
      const { quality, findings } = await analyze({ inputs: files(...paths) });
      return [quality.verdict, findings[0]!.id];
    };
    expect(await verdict(zero)).toEqual(['unusable', 'capture-one-port']);
    const later = packets(1).map(({ ns, bytes }) => ({ ns: ns + 3_600_000_000_000n, bytes }));
    expect(await verdict(zero, write('later.pcap', pcap(later)))).toEqual(['unusable', 'capture-no-overlap']);
    const shouts = (src: string) =>
      pcap(
        packets(0).map(({ ns }) => ({
          ns,
          bytes: frame({ src, dst: 'ff:ff:ff:ff:ff:ff', dstIp: '192.0.2.255', protocol: 'udp' }),
        })),
      );
    expect(await verdict(write('b0.pcap', shouts('01')), write('b1.pcap', shouts('02')))).toEqual([
      'unusable',
      'capture-no-unicast',
    ]);
  });

  it('reads on with a capture without frames, and does not call its port a member', async () => {
    const { lag, quality, directions } = await analyze({ inputs: files(zero, one, write('igb2.pcap', pcap([]))) });
    expect(lag.ports).toEqual(['igb0', 'igb1']);
    expect(directions.ingress.ports.map(({ port, frames }) => [port, frames > 0])).toEqual([
      ['igb0', true],
      ['igb1', true],
      ['igb2', false],
    ]);
    expect(quality.limits.join()).toContain('igb2');
  });

  it('has no more than 16 ports', async () => {
    const many = Array.from({ length: 17 }, (_, i) => write(`p${i}.pcap`, pcap(packets(0))));
    await expect(analyze({ inputs: files(...many) })).rejects.toThrow(/16 member ports/);
  });
});

describe('a port is named after its file', () => {
  it.each([
    ['igb0.pcap', 'igb0'],
    ['/a/b/igb1.pcapng.gz', 'igb1'],
    ['trunk/igb0_00001_20140811184002.pcapng', 'igb0'],
    ['igb2_00012_20140811184002', 'igb2'],
    ['igb3.pcap', 'igb3'],
    ['igb3.pcap12', 'igb3'],
    ['igb3.pcap1.gz', 'igb3'],
    ['eth0.100.cap', 'eth0.100'],
    ['igb3.1', 'igb3.1'],
    ['.pcap', '.pcap'],
  ])('%s: %s', (path, name) => expect(portNameOfFile(path)).toBe(name));
});

describe('what a document calls its inputs', () => {
  it.each([
    [
      ['/a/igb0.pcap', '/a/igb1.pcap'],
      ['igb0.pcap', 'igb1.pcap'],
    ],
    [
      ['x/igb0.pcap', 'y/igb0.pcap'],
      ['x/igb0.pcap', 'y/igb0.pcap'],
    ],
    [
      ['./igb0.pcap', 'igb1.pcap'],
      ['igb0.pcap', 'igb1.pcap'],
    ],
    [
      ['/a/b/0.pcap', '/c/b/0.pcap'],
      ['a/b/0.pcap', 'c/b/0.pcap'],
    ],
  ])('%j: %j', (paths, labels) => expect(labelsOf(paths)).toEqual(labels));

  it('holds no folder of this machine', async () => {
    const [zero, one] = [0, 1].map((port) => write(`igb${port + 8}.pcap`, pcap(packets(port), { nanoseconds: false })));
    const analysis = await analyze({ inputs: files(zero!, one!), crossCheck: true });
    expect(JSON.stringify(analysis)).not.toContain(folder);
    const said = analysis.findings.find(({ id }) => id === 'capture-readers-agree');
    expect(said?.explanation).toBe('igb8.pcap: 300 frames and igb9.pcap: 300 frames.');
  });
});
