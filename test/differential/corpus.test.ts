/** Counts of every file of the corpus against those of its manifest (tshark's), or the refusal it deserves. */
import { describe, expect, it } from 'vitest';
import type { Pass } from '../../src/engine/pass.js';
import { runPass } from '../../src/engine/run-pass.js';
import { CaptureError } from '../../src/errors.js';
import { openSource } from '../../src/sources/open.js';
import { type CorpusFile, corpusFiles, corpusPath } from '../helpers/corpus.js';
import { EXPLAINED, REFUSED } from './corpus-differences.js';

const files = corpusFiles();

/** Columns of the manifest, and what we count in their place. */
function counts({ totals, control }: Pass): Record<string, number> {
  const subtype = (value: number) =>
    control.filter(({ kind, bytes, payloadAt }) => kind === 'slow' && bytes[payloadAt] === value).length;
  return {
    ipv4_outer: totals.ipv4,
    ipv6_outer: totals.ipv6,
    tcp_outer: totals.tcp,
    udp_outer: totals.udp,
    fragments: totals.fragments,
    slow: totals.slow,
    lacp: subtype(1),
    marker: subtype(2),
    lldp: totals.lldp,
    cdp: totals.cdp,
  };
}

const expected = (row: CorpusFile, column: string) =>
  column === 'fragments' ? Number(row.frag4) + Number(row.frag6) : Number(row[column]);

/** Conversations by unordered pairs of address and port, without MACs and tags. */
function conversations({ flows }: Pass, protocol: number): number {
  const pairs = new Set<string>();
  for (let flow = 0; flow < flows.count; flow++) {
    if (flows.ipProto(flow) !== protocol || flows.hasPorts(flow) !== 1) continue;
    const ends = [`${flows.srcIp(flow)} ${flows.srcPort(flow)}`, `${flows.dstIp(flow)} ${flows.dstPort(flow)}`];
    pairs.add(ends.sort().join(' '));
  }
  return pairs.size;
}

function hasTunnel({ flows }: Pass): boolean {
  for (let flow = 0; flow < flows.count; flow++) {
    if (flows.tunnel(flow) !== 0 || [4, 41, 47].includes(flows.ipProto(flow))) return true;
  }
  return false;
}

/** "column: ours, theirs" of all that differ. */
function differences(row: CorpusFile, pass: Pass): string[] {
  const { totals } = pass;
  const found: string[] = [];
  const compare = (column: string, ours: number, theirs: number) => {
    if (ours !== theirs) found.push(`${column}: ${ours}, ${theirs}`);
  };
  if (row.expected_frames !== '') compare('frames', totals.frames, Number(row.expected_frames));
  // tshark takes custom blocks for frames, and stops at link types that it does not know: then its counts are of something else.
  if (totals.frames !== Number(row.frames)) return found;
  compare('octets', totals.octets, Number(row.bytes));
  for (const [column, n] of Object.entries(counts(pass))) compare(column, n, expected(row, column));
  if (!hasTunnel(pass)) {
    compare('tcp_5tuples', conversations(pass, 6), Number(row.tcp_5tuples));
    compare('udp_5tuples', conversations(pass, 17), Number(row.udp_5tuples));
  }
  return found;
}

describe.skipIf(files.length === 0)('the corpus is counted as tshark counts it (needs LACPSCOPE_SHARED)', () => {
  it.each(files)('$file', async (row) => {
    const read = async () =>
      runPass({
        inputs: [{ portName: 'p', source: (await openSource(corpusPath(row))).source, partial: false }],
        localMacs: [],
        maxFlows: 20_000,
        skewSeconds: 0.001,
      });
    const result = await read().catch((error: unknown) => error);
    const refusal = REFUSED[row.file!];
    if (refusal !== undefined) {
      expect(result).toBeInstanceOf(CaptureError);
      expect((result as CaptureError).message).toContain(refusal);
      return;
    }
    if (result instanceof Error) throw result;
    const pass = result as Pass;
    expect(differences(row, pass)).toEqual(EXPLAINED[row.file!]?.differ ?? []);
    if (row.expected_frames === '') return; // sound readers differ on where it ends
    const whole = row.structure === 'whole' || row.structure === '';
    expect(pass.inputs.some(({ damage }) => damage !== null)).toBe(!whole);
  });

  it('explains and refuses nothing that is not there', () => {
    const names = new Set(files.map(({ file }) => file!));
    expect([...Object.keys(EXPLAINED), ...Object.keys(REFUSED)].filter((name) => !names.has(name))).toEqual([]);
  });
});
