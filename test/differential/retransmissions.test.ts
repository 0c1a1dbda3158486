/** TCP segments that came again or late, flow by flow, as tshark's sequence analysis counts them. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ipText } from '../../src/control/addresses.js';
import { runPass } from '../../src/engine/run-pass.js';
import { openSource } from '../../src/sources/open.js';
import { capturesIn } from '../helpers/captures.js';
import { noTshark, tshark } from '../helpers/tshark.js';

const root = join(import.meta.dirname, '../..');
const shared = process.env.LACPSCOPE_SHARED;
// Fuzzed files are left out: tshark and the engine reject different halves of their headers.
const folders = [
  join(root, 'samples'),
  ...(shared ? ['corpus/realworld', 'corpus/l3'].map((name) => join(shared, name)) : []),
];
const DATA = 'tcp.len > 0 and not icmp and not icmpv6';
const ENDS = ['ip.src', 'ipv6.src', 'tcp.srcport', 'ip.dst', 'ipv6.dst', 'tcp.dstport'];
const FIELDS = ['tcp.seq_raw', 'tcp.len', 'tcp.analysis.retransmission', 'tcp.analysis.out_of_order'];

/**
 * What tshark calls retransmission or out of order, less those that only a segment without data reveals: a FIN or an
 * acknowledgement with a number beyond all data so far, which the engine does not look at.
 */
function tsharkCounts(path: string): Map<string, number> {
  const counts = new Map<string, number>();
  const expected = new Map<string, number>();
  for (const row of tshark(path, `${DATA} and not tcp.analysis.keep_alive`, [...ENDS, ...FIELDS])) {
    const [src4, src6, srcPort, dst4, dst6, dstPort, sequence, length, again, late] = row;
    const key = `${src4 || src6} ${srcPort} ${dst4 || dst6} ${dstPort}`;
    const next = expected.get(key);
    const below = next !== undefined && (Number(sequence) - next) | 0;
    const isKeepAlive = length === '1'; // tshark says so too, but for some after a FIN
    if (below !== false && below < 0 && !isKeepAlive && (again || late)) counts.set(key, (counts.get(key) ?? 0) + 1);
    const end = (Number(sequence) + Number(length)) | 0;
    if (next === undefined || ((end - next) | 0) > 0) expected.set(key, end);
  }
  return counts;
}

/** By ends; null where several flows have the same: tshark sees one stream, although MACs, VLANs or tunnels differ. */
async function engineCounts(path: string): Promise<Map<string, number | null>> {
  const source = (await openSource(path)).source;
  const inputs = [{ portName: null, label: path, source, partial: false }];
  const { flows } = await runPass({ inputs, localMacs: [], maxFlows: 100_000, skewSeconds: 0.001, digestSeed: 7 });
  const counts = new Map<string, number | null>();
  for (let flow = 0; flow < flows.count; flow++) {
    if (flows.ipProto(flow) !== 6) continue;
    const ends = [ipText(flows.srcIp(flow)), flows.srcPort(flow), ipText(flows.dstIp(flow)), flows.dstPort(flow)];
    const { late, filled, again } = flows.losses(flow);
    expect(late + filled + again).toBe(flows.repeats(flow));
    counts.set(ends.join(' '), counts.has(ends.join(' ')) ? null : flows.repeats(flow));
  }
  return counts;
}

describe.skipIf(noTshark)('segments that came again, against tshark', () => {
  it('are as many in every flow', async () => {
    let compared = 0;
    const differing: string[] = [];
    for (const path of folders.flatMap(capturesIn)) {
      const theirs = tsharkCounts(path);
      for (const [ends, ours] of await engineCounts(path)) {
        const n = theirs.get(ends) ?? 0;
        if (ours === null || (ours === 0 && n === 0)) continue;
        compared++;
        if (ours !== n) differing.push(`${path.split('/').slice(-2).join('/')}: ${ends}: ${ours}, tshark ${n}`);
      }
    }
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThanOrEqual(shared ? 150 : 3);
  }, 120_000);
});
