import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, recordEdges, withFolder } from '../cli/lacpscope.js';

const FLOWS = 64;

function written(folder: string, set: object): Buffer[] {
  const paths = ['a', 'b', 'c', 'd'].map((port) => join(folder, `${port}.pcap`));
  const script = `import { writeCaptures } from ${JSON.stringify(join(ROOT, 'scripts/bench-captures.js'))};
    console.log(writeCaptures(${JSON.stringify(paths)}, ${JSON.stringify(set)}));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stdout, stderr).toBe('4000\n');
  return paths.map((path) => readFileSync(path));
}

/** Addresses and ports of each frame, without what changes from frame to frame. */
function flowsOf(pcap: Buffer): Set<string> {
  const records = recordEdges(pcap).slice(0, -1);
  return new Set(records.map((at) => pcap.subarray(at + 16 + 26, at + 16 + 38).toString('hex')));
}

describe('the captures of the benchmark', () => {
  it.each([
    [1514, 65535, 1514],
    [1514, 128, 128],
    [60, 65535, 60],
  ])('hold frames of %i octets, cut to %i, and every flow on one port', (frameLength, snapLength, captured) => {
    withFolder((folder) => {
      const captures = written(folder, { frames: 4000, flows: FLOWS, frameLength, snapLength });
      const flows = captures.map(flowsOf);
      for (const pcap of captures) {
        const edges = recordEdges(pcap);
        expect(edges).toHaveLength(1001);
        expect(edges.at(-1)).toBe(pcap.length);
        expect(edges[1]! - edges[0]!).toBe(16 + captured);
        expect(pcap.readUInt32LE(edges[0]! + 12)).toBe(frameLength);
      }
      expect(flows.reduce((sum, set) => sum + set.size, 0)).toBe(FLOWS);
      expect(new Set(flows.flatMap((set) => [...set])).size).toBe(FLOWS);
    });
  });
});
