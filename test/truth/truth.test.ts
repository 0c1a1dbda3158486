import { afterAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis } from '../../src/document/schema.js';
import { type Claim, judge } from './judge.js';
import { type KnownCapture, knownCaptures } from './truth.js';

const captures = knownCaptures().map((capture) => ({ name: capture.truth.name, capture }));
const judged = new Map<string, readonly Claim[]>();

async function analysisOf({ files }: KnownCapture): Promise<Analysis> {
  return analyze({ inputs: files.map((path) => ({ name: null, path })) });
}

describe('an analysis of a capture whose truth is known', () => {
  it.each(captures)('claims nothing false about $name', async ({ name, capture }) => {
    const claims = judge(await analysisOf(capture), capture.truth);
    judged.set(name, claims);
    expect(claims.filter(({ verdict }) => verdict === 'wrong')).toEqual([]);
  });

  // LACP takes a while to bundle a port again; and a sender notices a lost one by its next LACPDU, a second apart here.
  it.each(captures)('has the ports of $name leave and come back when they did, and no others', async ({ capture }) => {
    const events = (capture.truth.events ?? []).filter(({ state }) => state !== undefined);
    const { directions } = await analysisOf(capture);
    for (const { distribution } of [directions.ingress, directions.egress]) {
      const changes = distribution.epochs.slice(1).filter(({ activePorts }, i) => {
        return activePorts.join() !== distribution.epochs[i]!.activePorts.join();
      });
      expect(changes).toHaveLength(events.length);
      events.forEach(({ time, port, state, lastFrameOnPort, firstFrameOnPort }, i) => {
        const { start, activePorts, reason, remapping } = changes[i]!;
        expect(activePorts.includes(port!)).toBe(state === 'up');
        expect(Number(start)).toBeGreaterThan(Number(time) - 1);
        expect(Number(start)).toBeLessThan(Number(state === 'up' ? firstFrameOnPort : lastFrameOnPort) + 4);
        expect(reason).toContain(state === 'up' ? `${port} came back` : `${port} left`);
        expect(remapping!.kind).not.toBe('buckets'); // all of these senders divide by the number of ports
      });
    }
  });

  it('names what is plain in the samples', () => {
    const said = (name: string, about: string) => judged.get(name)?.find((claim) => claim.about === about)?.said;
    expect(said('sf-l23-four-clients', 'ingress field l4.srcport')).toBe('unused');
    expect(said('sf-l23-four-clients', 'egress field l4.dstport')).toBe('used');
    expect(said('rr-pingpong', 'ingress kind')).toBe('round-robin');
    expect(said('rr-pingpong', 'egress kind')).toBe('per-flow-hash');
    expect(said('linkfail-l34', 'ingress kind')).toBe('failover');
    const sprayed = judged.get('rr-pingpong')?.filter(({ about }) => about.startsWith('ingress flow')) ?? [];
    expect(sprayed.filter(({ said }) => said.startsWith('P6')).length).toBeGreaterThanOrEqual(39);
  });

  it('says what distributes the flows of every capture', () => {
    const kinds = [...judged].flatMap(([name, claims]) => {
      const open = claims.filter(({ about, verdict }) => about.endsWith(' kind') && verdict !== 'right');
      return open.map(({ about, said }) => `${name} ${about}: ${said}`);
    });
    expect(kinds).toEqual([]);
  });

  // Silence is never wrong, so this holds what has been reached: a change that makes the analysis say less must say why.
  it.skipIf(captures.length < 15)('decides as much as it has decided before', () => {
    const right = (about: RegExp) =>
      [...judged.values()].flat().filter((claim) => claim.verdict === 'right' && about.test(claim.about)).length;
    expect(right(/ field /)).toBeGreaterThanOrEqual(195);
    expect(right(/ function$/)).toBeGreaterThanOrEqual(24);
    expect(right(/ port order$/)).toBeGreaterThanOrEqual(22);
  });

  afterAll(() => {
    if (judged.size > 0) console.log(table());
  });
});

function table(): string {
  const line = (cells: readonly (string | number)[]) =>
    cells.map((cell, column) => (column === 0 ? `${cell}`.padEnd(24) : `${cell}`.padStart(10))).join('');
  const count = (claims: readonly Claim[], verdict: Claim['verdict'], about: RegExp) =>
    claims.filter((claim) => claim.verdict === verdict && about.test(claim.about)).length;
  const rows = [...judged].map(([name, claims]) =>
    line([
      name,
      count(claims, 'right', /./),
      count(claims, 'wrong', /./),
      count(claims, 'undecided', /./),
      `${count(claims, 'right', /kind$/)} of 2`,
      `${count(claims, 'right', /function$/)} of 2`,
      count(claims, 'right', / field /),
    ]),
  );
  const wrong = [...judged].flatMap(([name, claims]) =>
    claims
      .filter(({ verdict }) => verdict === 'wrong')
      .map(({ about, said, truth }) => `  ${name}: ${about}: said ${said}, truth ${truth}`),
  );
  const head = line(['claims of the analysis', 'right', 'wrong', 'undecided', 'kinds', 'functions', 'fields']);
  return ['', head, ...rows, ...wrong.slice(0, 40)].join('\n');
}
