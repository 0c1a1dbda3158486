/** The aggregate captured beside its members: in a capture of all interfaces, or in a file of its own. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis } from '../../src/document/schema.js';
import { cookedCapture } from '../helpers/cooked.js';
import { pcap } from '../helpers/frames.js';
import { readFrames } from '../helpers/pcap-frames.js';

const samples = join(import.meta.dirname, '../../samples');
const folder = mkdtempSync(join(tmpdir(), 'lacpscope-aggregate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PORTS = ['igb0', 'igb1', 'igb2', 'igb3'];
const files = (sample: string) => PORTS.map((port) => join(samples, sample, `${port}.pcap`));
const of = (paths: readonly string[]) => analyze({ inputs: paths.map((path) => ({ name: null, path })) });

function localOf(sample: string): (mac: string) => boolean {
  const { server } = JSON.parse(readFileSync(join(samples, sample, 'truth.json'), 'utf8')).topology;
  const local = new Set<string>([...server.allDataMacs, ...Object.values<string>(server.portMacs)]);
  return (mac) => local.has(mac);
}

function writeCooked(sample: string, bond: number | null): string {
  const path = join(folder, `any-${sample}-${bond}.pcap`);
  writeFileSync(path, cookedCapture(files(sample).map(readFrames), localOf(sample), { bond }));
  return path;
}

/** What must not depend on how the frames were captured. `if2` is igb0, and so on. */
const summary = ({ directions, capture, lacp }: Analysis) =>
  (['ingress', 'egress'] as const).map((name) => {
    const { distribution, ports, pingPong, flows } = directions[name];
    const loads = ports
      .filter(({ port }) => port !== 'if9' && port !== 'lagg0')
      .map(({ port, frames }) => [port.replace(/^if(\d)$/, (_, n) => `igb${n - 2}`), frames] as const)
      .sort((a, b) => (a[0] < b[0] ? -1 : 1));
    return {
      kind: distribution.kind,
      flows,
      loads,
      moving: pingPong.filter(({ class: of }) => of > 'P4').length,
      conversations: capture.tcpConversations,
      aggregated: lacp.ports.filter(({ port, state }) => port !== 'if9' && state === 'aggregated').length,
    };
  });

describe('a cooked capture of all interfaces', () => {
  it.each(['sf-l23-four-clients', 'rr-pingpong'])('%s says what captures of each port say', async (sample) => {
    const apart = summary(await of(files(sample)));
    const plain = await of([writeCooked(sample, null)]);
    expect(summary(plain)).toEqual(apart);
    expect(plain.lag.localStation.basis).toBe('interface-flags');

    const beside = await of([writeCooked(sample, 9)]);
    expect(summary(beside)).toEqual(apart);
    expect(beside.lag.ports).toHaveLength(4);
    expect(beside.quality.copies).toEqual([expect.objectContaining({ aggregate: 'if9' })]);
    const ids = beside.findings.map(({ id }) => id);
    expect(ids).toContain('capture-aggregate');
    for (const wrong of ['capture-copies', 'lacp-not-a-member', 'lacp-port-silent']) expect(ids).not.toContain(wrong);
    // Everything that was captured is counted, and what is there twice is a copy.
    expect(beside.capture.frames).toBe(beside.inputs.reduce((sum, { frames }) => sum + frames, 0));
    const repeated = beside.inputs.find(({ port }) => port === 'if9')!.frames;
    expect(beside.capture.duplicates).toBe(plain.capture.duplicates + repeated);
  });

  it('does not take the unseen destination MAC for one that never varied', async () => {
    const { directions, quality } = await of([writeCooked('sf-l23-four-clients', 9)]);
    const field = (name: string) => directions.egress.hash!.fields.find((each) => each.field === name)!;
    expect(field('eth.dst')).toMatchObject({ verdict: 'undetermined', evidence: { distinctValues: 0 } });
    // Used, since a known function that reads no MAC predicts every flow; no pair of flows proves it.
    expect(directions.egress.hash!.function?.id).toBe('linux-layer3+4');
    expect(field('ip.dst')).toMatchObject({ verdict: 'used', evidence: { pairsDiffering: 0 } });
    expect(quality.limits.join()).toContain('destination MAC');
    expect(JSON.stringify(directions)).not.toContain('"03:00:'); // what stands for an address is never shown as one
  });

  it.each(['sf-l23-four-clients', 'rr-pingpong'])('%s is the same beside traffic on lo', async (sample) => {
    const ports = files(sample).map(readFrames);
    const path = writeCooked(sample, 9);
    const quiet = await of([path]);
    writeFileSync(path, cookedCapture(ports, localOf(sample), { bond: 9, loopback: 300 }));
    const busy = await of([path]);
    const only = (analysis: Analysis) =>
      summary(analysis).map(({ kind, moving, loads }) => ({
        kind,
        moving,
        loads: loads.filter(([port]) => port !== 'igb-1'),
      }));
    expect(only(busy)).toEqual(only(quiet));
    expect([...busy.lag.ports].sort()).toEqual([...quiet.lag.ports].sort());
    expect(busy.lag.localStation.macs).toEqual(quiet.lag.localStation.macs);
    const ids = busy.findings.map(({ id }) => id);
    expect(ids).toContain('capture-other-interfaces');
    expect(ids).not.toContain('lacp-port-silent');
    expect(ids).not.toContain('lacp-not-a-member');
  });

  it('is one port where the user says so', async () => {
    const { inputs } = await analyze({ inputs: [{ name: 'em0', path: writeCooked('rr-pingpong', 9) }] });
    expect(inputs.map(({ port }) => port)).toEqual(['em0']);
  });
});

describe('a file of the aggregate beside those of its members', () => {
  it('is left out, and flows that ping-pong are still judged', async () => {
    const frames = files('rr-pingpong')
      .flatMap(readFrames)
      .sort((a, b) => Number(a.timeNs - b.timeNs));
    const path = join(folder, 'lagg0.pcap');
    writeFileSync(
      path,
      pcap(frames.map(({ timeNs, bytes, wireLength }) => ({ ns: timeNs + 2000n, bytes, wire: wireLength }))),
    );
    const apart = summary(await of(files('rr-pingpong')));
    const beside = await of([path, ...files('rr-pingpong')]);
    expect(summary(beside)).toEqual(apart);
    expect(apart[0]!.moving).toBeGreaterThan(30);
    expect(beside.quality.copies).toEqual([expect.objectContaining({ aggregate: 'lagg0' })]);
  });
});
