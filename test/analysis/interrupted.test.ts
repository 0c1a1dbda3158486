/** An analysis that is asked to conclude says what it knows, and of everything else that it was not worked out. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { planFor } from '../../src/advice/plan.js';
import { predict } from '../../src/advice/predict.js';
import { analyze } from '../../src/analysis/analyze.js';
import type { Work } from '../../src/analysis/options.js';
import { type Analysis, analysisSchema } from '../../src/document/schema.js';
import { renderReport } from '../../src/report/html.js';
import { renderTerminal, renderVerdict } from '../../src/report/terminal.js';

const folder = join(import.meta.dirname, '../../samples/sf-l23-four-clients');
const inputs = readdirSync(folder)
  .filter((file) => file.endsWith('.pcap'))
  .map((file) => ({ name: null, path: join(folder, file) }));

/** Asked to conclude at the first word of a piece of work. */
function concludedAt(work: Work): Promise<Analysis> {
  const conclude = new AbortController();
  const onWork = (at: Work) => (at === work ? conclude.abort() : undefined);
  return analyze({ inputs, job: { octets: 1e12, clients: 4 }, conclude: conclude.signal, onWork });
}

const textOf = (analysis: Analysis) => renderTerminal(analysis, { color: false, unicode: true, verbose: true });
const NOT_HASHED = /hash-(fields|function)-/;
const asked = {
  ethSrc: null,
  ethDst: null,
  vlan: 0,
  etherType: 0x0800,
  flowLabel: null,
  ipProto: 6,
  id: null,
  inner: null,
};
const unseen = { ...asked, ipSrc: '10.20.30.200', ipDst: '10.20.30.10', srcPort: 7, dstPort: 5201 };

let whole: Analysis;
let early: Analysis;
let halfway: Analysis;
let late: Analysis;
beforeAll(async () => {
  whole = await analyze({ inputs });
  early = await concludedAt('flows');
  halfway = await concludedAt('egress hash');
  late = await concludedAt('advice');
});

describe('an analysis that is asked to conclude', () => {
  it('lacks nothing where it is not asked', () => {
    expect(whole.interrupted).toEqual([]);
    expect(whole.findings.map(({ id }) => id)).not.toContain('hash-interrupted');
  });

  it('before any inference: counts and verdicts on flows as ever, nothing of a hash', () => {
    expect(early.interrupted).toEqual([
      'directions.ingress.hash',
      'experiments',
      'whatIf.ingress',
      'directions.egress.hash',
      'whatIf.egress',
      'plan',
    ]);
    const counted = ({ capture, directions: { ingress, egress }, directionSplit, lacp, inputs: of }: Analysis) => {
      const ofDirection = ({ ports, peers, topFlows, pingPong, series }: typeof ingress) => ({
        ...{ ports, peers, topFlows, pingPong, series },
      });
      return { capture, directionSplit, lacp, of, ingress: ofDirection(ingress), egress: ofDirection(egress) };
    };
    expect(counted(early)).toEqual(counted(whole));
    expect([early.directions.ingress.hash, early.directions.egress.hash]).toEqual([null, null]);
    expect(early.whatIf).toEqual({ ingress: [], egress: [] });
    expect([early.experiments, early.plan]).toEqual([[], null]);
    expect(early.planRefused).toMatch(/interrupted/);
    expect(early.job?.rows.length).toBeGreaterThan(2); // takes no time: who asked gets it
    expect(analysisSchema.safeParse(early).success).toBe(true);
  });

  it('in between: one direction is judged to its end, the other not at all', () => {
    expect(halfway.directions.ingress.hash).toEqual(whole.directions.ingress.hash);
    expect(halfway.directions.egress.hash).toBeNull();
    expect(halfway.whatIf.ingress).toEqual(whole.whatIf.ingress);
    expect(halfway.interrupted).toEqual(['directions.egress.hash', 'experiments', 'whatIf.egress', 'plan']);
    const ids = halfway.findings.map(({ id }) => id);
    expect(ids).toContain('hash-fields-ingress');
    expect(ids).not.toContain('hash-fields-egress');
  });

  it('after the inference: all that was inferred, without advice', () => {
    const { ingress } = whole.directions;
    expect(late.directions.ingress.hash?.fields).toEqual(ingress.hash?.fields);
    expect(late.interrupted).toEqual([
      'experiments',
      'whatIf.ingress',
      'directions.egress.hash',
      'whatIf.egress',
      'plan',
    ]);
  });

  it('wherever it comes, says of each direction what it lacks', async () => {
    for (const turns of [2, 4, 8]) {
      const conclude = new AbortController();
      let left = turns;
      const onWork = () => (--left <= 0 ? conclude.abort() : undefined);
      const { directions, interrupted } = await analyze({ inputs, conclude: conclude.signal, onWork });
      for (const name of ['ingress', 'egress'] as const) {
        const { hash } = directions[name];
        const lacks = (what: '' | '.function' | '.families') => interrupted.includes(`directions.${name}.hash${what}`);
        expect(hash === null).toBe(lacks(''));
        if (hash === null) continue;
        const all = whole.directions[name].hash!;
        expect(hash).toEqual(lacks('.function') ? { ...all, function: null, families: null } : all);
      }
    }
  });

  it('finds nothing that only an inference allows, and says what was not worked out', () => {
    for (const { findings } of [early, halfway, late]) {
      expect(findings.filter(({ id }) => id === 'hash-interrupted')).toHaveLength(1);
    }
    expect(early.findings.filter(({ id }) => NOT_HASHED.test(id))).toEqual([]);
    const said = (analysis: Analysis) => analysis.findings.find(({ id }) => id === 'hash-interrupted')!;
    expect(said(early)).toMatchObject({
      severity: 'notice',
      title: 'Interrupted: what the switch and the server hash on was not worked out',
      explanation: expect.stringContaining(
        'what other policies would give, what to send next and which addresses spread.',
      ),
    });
    expect(said(halfway).title).toBe('Interrupted: what the server hashes on was not worked out');
    // What is said besides is said of the whole capture, too.
    const others = ({ findings }: Analysis) =>
      findings.filter(({ id }) => !id.startsWith('hash-')).map(({ title }) => title);
    expect(others(early)).toEqual(others(whole));
  });

  it('is told in the terminal', () => {
    expect(textOf(early)).toContain('Interrupted: what the switch and the server hash on');
    expect(textOf(early)).not.toMatch(/WHAT IF|FIELDS|PLAN/);
    expect(textOf(early)).toContain('JOB');
    expect(textOf(halfway)).toMatch(/source port +not used.* interrupted/);
    expect(renderVerdict(early, { color: false, unicode: true })).toContain('Interrupted:');
  });

  it('is told in the report, nowhere as if nothing were there to see', async () => {
    const page = await renderReport(early);
    expect(page).toContain('was not reached before the interruption');
    expect(page).toContain('Not worked out:');
    expect(page).toContain('The search for an exact function was interrupted');
    expect(page).not.toMatch(
      /Nothing to lay over|No exact function is identified|No field can be judged:[^<]*per-flow-hash/,
    );
    const half = await renderReport(halfway);
    expect(half).toContain('the server was not judged before the interruption');
    expect(half).toContain('server → switch was not reached before the interruption');
  });

  it('is no document to predict or plan from, and says why', () => {
    expect(predict(early, 'ingress', unseen)).toMatchObject({
      certainty: 'unknown',
      because: expect.stringContaining('interrupted'),
      wouldTell: 'an analysis that is left to finish',
    });
    expect(planFor(early, 'egress', [])).toEqual({ plan: null, refused: expect.stringContaining('interrupted') });
  });
});
