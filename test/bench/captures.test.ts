import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, recordEdges, withFolder } from '../cli/lacpscope.js';
import { noTshark, tshark } from '../helpers/tshark.js';

const FRAMES = 6000;
const FLOWS = 1000;

interface SetOptions {
  readonly name: string;
  readonly frames?: number;
  readonly flows?: number;
  readonly snapLength?: number;
  readonly until?: number;
}

function written(folder: string, { name, until, ...changes }: SetOptions): string[] {
  const paths = ['a', 'b', 'c', 'd'].map((port) => join(folder, `${port}.pcap`));
  const set = { frames: FRAMES, flows: FLOWS, ...changes };
  const script = `import { SETS, writeCaptures } from ${JSON.stringify(join(ROOT, 'scripts/bench-captures.js'))};
    const set = { ...SETS.${name}, ...${JSON.stringify(set)} };
    console.log(writeCaptures(${JSON.stringify(paths)}, set, ${until ?? 'set.frames'}));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stdout, stderr).toBe(`${until ?? set.frames}\n`);
  return paths;
}

function recordsOf(path: string) {
  const pcap = readFileSync(path);
  const edges = recordEdges(pcap);
  expect(edges.at(-1)).toBe(pcap.length);
  return edges.slice(0, -1).map((at, i) => ({
    time: pcap.readUInt32LE(at) * 1e6 + pcap.readUInt32LE(at + 4),
    captured: edges[i + 1]! - at - 16,
    length: pcap.readUInt32LE(at + 12),
    /** Addresses and ports, without what changes from frame to frame: for untagged IPv4. */
    flow: pcap.subarray(at + 16 + 26, at + 16 + 38).toString('hex'),
  }));
}

describe('the captures of the benchmark', () => {
  it.each([
    ['a', 65535, 1514, 1514],
    ['a', 128, 1514, 128],
    ['b', 65535, 60, 60],
  ])('%s, cut to %i: frames of one size, every flow on one port', (name, snapLength, length, captured) => {
    withFolder((folder) => {
      const ports = written(folder, { name, snapLength }).map(recordsOf);
      expect(ports.flat()).toHaveLength(FRAMES);
      for (const record of ports.flat()) expect(record).toMatchObject({ length, captured });
      for (const records of ports) expect(records.length).toBeGreaterThan(FRAMES / 8);
      const flows = ports.map((records) => new Set(records.map(({ flow }) => flow)));
      expect(flows.reduce((sum, set) => sum + set.size, 0)).toBe(FLOWS);
      expect(new Set(flows.flatMap((set) => [...set])).size).toBe(FLOWS);
    });
  });

  it.each(['d1', 'd2'])('%s: every frame of a flow on another port than the one before', (name) => {
    withFolder((folder) => {
      const ports = written(folder, { name, flows: 100 }).map(recordsOf);
      const frames = ports.flatMap((records, port) => records.map((record) => ({ ...record, port })));
      const last = new Map<string, number>();
      for (const { flow, port } of frames.sort((a, b) => a.time - b.time)) {
        expect(port).not.toBe(last.get(flow));
        last.set(flow, port);
      }
      expect(last.size).toBe(100);
    });
  });

  it('a slice is how the captures begin', () => {
    withFolder((folder) => {
      const whole = written(folder, { name: 'c' }).map((path) => readFileSync(path));
      const slice = written(folder, { name: 'c', until: 1000 }).map((path) => readFileSync(path));
      slice.forEach((bytes, port) => {
        expect(bytes.equals(whole[port]!.subarray(0, bytes.length))).toBe(true);
      });
    });
  });

  it.skipIf(noTshark)('c as tshark reads it: all flows, the shares of sizes, tags and protocols, sound headers', () => {
    withFolder((folder) => {
      const frames = written(folder, { name: 'c' }).flatMap((path) => tshark(path, 'frame', FIELDS));
      const share = (matches: (frame: string[]) => boolean) => frames.filter(matches).length / frames.length;
      expect(frames).toHaveLength(FRAMES);
      expect(new Set(frames.map((frame) => frame.slice(1, 11).join()))).toHaveLength(FLOWS);
      expect(share(([length]) => Number(length) < 100)).toBeCloseTo(7 / 12, 1);
      expect(share(([length]) => length === '576')).toBeCloseTo(4 / 12, 1);
      expect(share(([length]) => length === '1514')).toBeCloseTo(1 / 12, 1);
      expect(share((frame) => frame[VLAN] !== '')).toBeCloseTo(0.25, 1);
      expect(share((frame) => frame[IPV6] !== '')).toBeCloseTo(0.2, 1);
      expect(share((frame) => frame[UDP] !== '')).toBeCloseTo(1 / 3, 1);
      // Each frame has the server at one end, and half of them each way.
      const fromServer = share((frame) => frame[1] === SERVER);
      expect(fromServer + share((frame) => frame[2] === SERVER)).toBe(1);
      expect(fromServer).toBeCloseTo(0.5, 1);
      const damage = '_ws.malformed or tcp.analysis.lost_segment or tcp.analysis.retransmission';
      for (const port of ['a', 'b', 'c', 'd']) {
        expect(tshark(join(folder, `${port}.pcap`), damage, ['frame.number'])).toEqual([]);
      }
    });
  });

  it('pcap-parser, a peer, counts what was written', () => {
    withFolder((folder) => {
      const [path] = written(folder, { name: 'b' });
      const copy = join(folder, 'copy.pcap');
      writeFileSync(copy, readFileSync(path!));
      const script = join(ROOT, 'scripts/bench-pcap-parser.js');
      const { stdout } = spawnSync(process.execPath, [script, copy], { encoding: 'utf8' });
      const packets = recordsOf(copy).length;
      expect(stdout).toBe(`${copy}: ${packets} packets, ${packets * 60} octets\n`);
    });
  });
});

const SERVER = '90:e2:ba:7b:0b:38';
const FIELDS = [
  ...['frame.len', 'eth.src', 'eth.dst', 'vlan.id', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst'],
  ...['tcp.srcport', 'tcp.dstport', 'udp.srcport', 'udp.dstport'],
];
const VLAN = FIELDS.indexOf('vlan.id');
const IPV6 = FIELDS.indexOf('ipv6.src');
const UDP = FIELDS.indexOf('udp.srcport');
