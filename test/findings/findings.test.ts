import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import type { Direction, Finding } from '../../src/document/schema.js';
import { type Draft, type Facts, judgeAll } from '../../src/findings/rule.js';
import { RULES } from '../../src/findings/rules.js';
import { at, list, odds, percent } from '../../src/findings/words.js';
import type { LacpFault } from '../../src/lacp/faults.js';
import { sampleAnalysis } from '../helpers/sample-analysis.js';

const NONE = { tooShort: 0, ambiguousClock: 0, unnumbered: new Map(), notFollowed: 0 };

async function judged(
  sample: string,
  change: (draft: Draft) => Draft = (draft) => draft,
  facts: Partial<Facts> = {},
): Promise<Finding[]> {
  const { findings: _, ...draft } = await sampleAnalysis(sample);
  return judgeAll(RULES, {
    draft: change(structuredClone(draft)),
    lacpFaults: [],
    lacpAbsence: null,
    portNames: draft.lag.ports,
    evidence: (input, frame, filter) => ({ source: `input ${input}`, frame, filter }),
    stationDoubt: null,
    crossChecks: [],
    unjudged: NONE,
    oneSided: null,
    ...facts,
  });
}

const FULL: Direction['saturation'] = {
  verdict: 'full',
  window: 1,
  interval: 0.1,
  ports: [{ port: 'igb2', busiestWindow: 0.99, busiestInterval: 1, fullSeconds: 12, spans: [], flows: [] }],
  sumAtOneLink: null,
};

const byId = (findings: readonly Finding[], id: string) => findings.find((each) => each.id === id);

describe('findings', () => {
  it('put faults first, then warnings; the first is the verdict', async () => {
    for (const sample of ['sf-l23-four-clients', 'rr-pingpong', 'linkfail-l34']) {
      const { findings } = await sampleAnalysis(sample);
      const weights = findings
        .map(({ severity }) => ['fault', 'warning'].indexOf(severity))
        .map((weight) => (weight < 0 ? 2 : weight));
      expect(weights).toEqual([...weights].sort());
    }
    expect((await sampleAnalysis('sf-l23-four-clients')).findings[0]!.id).toBe('load-one-link');
    expect((await sampleAnalysis('rr-pingpong')).findings[0]!.id).toBe('pingpong-round-robin');
    expect((await sampleAnalysis('linkfail-l34')).findings[0]!.id).toBe('flows-failover');
  });

  it('never call a link full whose speed is only assumed', async () => {
    const loaded = (basis: 'assumed' | 'given') => (draft: Draft) => {
      for (const port of draft.directions.ingress.ports)
        Object.assign(port, { linkBitsPerSecond: 1e9, linkRateBasis: basis, utilisation: 0.99 });
      if (basis === 'given') draft.directions.ingress.saturation = FULL;
      return draft;
    };
    const said = async (basis: 'assumed' | 'given') =>
      byId(await judged('sf-l23-four-clients', loaded(basis)), 'load-one-link')!.explanation;
    expect(await said('assumed')).toContain('can’t tell whether it is full');
    expect(await said('given')).toContain('igb2 was full for 12.0 s');
  });

  it('warn of one link only where it may be the limit', async () => {
    const severity = async (change: (draft: Draft) => void) =>
      byId(
        await judged('sf-l23-four-clients', (draft) => {
          change(draft);
          return draft;
        }),
        'load-one-link',
      )!.severity;
    expect(await severity(() => {})).toBe('warning');
    expect(
      await severity(({ directions }) =>
        Object.assign(directions.ingress.saturation, { ...FULL, verdict: 'none-full' }),
      ),
    ).toBe('notice');
    expect(await severity(({ directions }) => Object.assign(directions.egress.ports[0]!, { octets: 50e6 }))).toBe(
      'notice',
    );
  });

  it('say of one link without LACP that there may be no trunk', async () => {
    const without = (draft: Draft) => ({ ...draft, lacp: { present: false, ports: [], aggregates: [] } });
    const findings = await judged('sf-l23-four-clients', without, { lacpAbsence: 'no-lacp' });
    expect(byId(findings, 'load-one-link')!.advice).toMatch(
      /^First make sure that the switch has these ports in one trunk/,
    );
    expect(byId(findings, 'lacp-none-seen')!.explanation).toContain('no LAG to the other end');
    expect(byId(await judged('sf-l23-four-clients'), 'load-one-link')!.advice).not.toContain('trunk');
  });

  it('call connections what is counted as such', async () => {
    const title = async (flows: number) =>
      byId(
        await judged('sf-l23-four-clients', (draft) => {
          draft.directions.ingress.flows = flows;
          return draft;
        }),
        'load-one-link',
      )!.title;
    expect(await title(2)).toBe('Both connections arrive on one link: igb2');
    expect(await title(40)).toBe('All 40 flows arrive on one link: igb2'); // 24 connections
  });

  it('say of the other flows what they do, where several habits show', async () => {
    const findings = await judged('rr-pingpong', (draft) => {
      draft.directions.ingress.pingPong.slice(0, 5).forEach((entry) => {
        Object.assign(entry, { kind: 'oscillating', class: 'P8' });
      });
      return draft;
    });
    expect(byId(findings, 'pingpong-oscillating')!.explanation).toMatch(/\d+ flows more changed links back and forth/);
    expect(byId(findings, 'pingpong-round-robin')!.explanation).toContain('5 flows more changed links');
  });

  it('do not count changes of link in an order that the clocks made up', async () => {
    const findings = await judged(
      'rr-pingpong',
      (draft) => {
        for (const entry of draft.directions.ingress.pingPong) entry.switches = 1;
        return draft;
      },
      { unjudged: { ...NONE, ambiguousClock: 3 } },
    );
    const { explanation } = byId(findings, 'pingpong-round-robin')!;
    expect(explanation).toContain('all along by the numbers');
    expect(explanation).not.toMatch(/1 time|late/);
  });

  it('call nobody server where the local station is not known', async () => {
    const findings = await judged('sf-l23-four-clients', (draft) => {
      draft.lag.localStation = { macs: [], ips: [], basis: 'unknown' };
      return draft;
    });
    const text = findings
      .filter(({ id }) => !id.startsWith('capture-') && !id.startsWith('lacp-'))
      .map((each) => each.title + each.explanation);
    expect(text.join(' ')).not.toMatch(/server →|→ server|The switch|The server /);
    expect(byId(findings, 'capture-station-unknown')!.severity).toBe('warning');
  });

  it('say that nothing ping-pongs only where every flow could be judged', async () => {
    expect(byId(await judged('linkfail-l34'), 'pingpong-none')).toMatchObject({
      severity: 'ok',
      title: 'No flow ping-pongs',
    });
    const open = byId(
      await judged('linkfail-l34', undefined, { unjudged: { ...NONE, ambiguousClock: 2 } }),
      'pingpong-none',
    )!;
    expect(open.severity).toBe('notice');
    expect(open.title).toContain('2 flows');
    const unnumbered = new Map([['constant', 2]] as const);
    const why = await judged('linkfail-l34', undefined, { unjudged: { ...NONE, ambiguousClock: 2, unnumbered } });
    expect(byId(why, 'pingpong-none')!.explanation).toContain('all have one IP id (2 flows)');
    expect(byId(await judged('rr-pingpong'), 'pingpong-none')).toBeUndefined();
  });

  it('keep a flow that moved with a link apart from ping-pong', async () => {
    const { findings } = await sampleAnalysis('linkfail-l34');
    expect(findings.some(({ id, severity }) => id.startsWith('pingpong-') && severity === 'fault')).toBe(false);
    expect(byId(findings, 'flows-failover')!.explanation).toMatch(
      /At 16\.5 s igb2 came back; 28 of 32 flows from before and after moved \(75 % if the hash is divided/,
    );
    expect(byId(findings, 'flows-failover')!.title).toMatch(
      /^Switch → server: between 5\.7 s and 7\.2 s igb2 left and at 16\.\d s igb2 came back$/,
    );
  });

  it('name a function alone only where no other agrees with it', async () => {
    const named = (alternatives: string[]) => (draft: Draft) => {
      draft.directions.egress.hash!.function!.alternatives = alternatives;
      return draft;
    };
    const title = async (alternatives: string[]) =>
      byId(await judged('sf-l23-four-clients', named(alternatives)), 'hash-function-egress')!.title;
    expect(await title(['linux-encap3+4'])).toBe('The server chooses links as linux-layer3+4 does');
    expect(await title(['xor-bytes:l3+l4'])).toContain('fits 2 known functions');
  });

  it('word every trouble of LACP, one finding for ports with the same', async () => {
    const pdus = [{ input: 0, frame: 7, timeNs: 1e9 }];
    const faults: LacpFault[] = [
      { kind: 'no-partner', port: 2, distributing: false, pdus },
      { kind: 'no-partner', port: 3, distributing: false, pdus },
      {
        kind: 'key-mismatch',
        side: 'partner',
        groups: [
          { value: 1, ports: [0] },
          { value: 2, ports: [1, 2] },
        ],
        pdus,
      },
      {
        kind: 'two-partners',
        groups: [
          { value: 0x001c73801001, ports: [0] },
          { value: 0x001c73801002, ports: [1] },
        ],
        pdus,
      },
      { kind: 'went-silent', port: 1, lastNs: 2.5e9, pdus },
      { kind: 'partner-not-captured', ports: [0, 1], pdus },
      { kind: 'unread', ports: [0, 3], count: 7, reason: '20 of the 52 bytes needed', pdus },
      { kind: 'churn', port: 1, side: 'local', fromNs: 0, toNs: 61e9, pdus },
      { kind: 'churn', port: 2, side: 'local', fromNs: 0.3e9, toNs: 61.3e9, pdus },
      { kind: 'partner-changed', port: 0, from: 0x001c73801001, to: 0x001c73801002, pdus },
      { kind: 'same-port-twice', ports: [0, 1], pdus },
      { kind: 'same-port-twice', ports: [2, 3], pdus },
    ];
    const findings = await judged('sf-l23-four-clients', undefined, { lacpFaults: faults });
    expect(byId(findings, 'lacp-no-partner')).toMatchObject({
      severity: 'fault',
      ports: ['igb2', 'igb3'],
      title: 'igb2 and igb3: sends LACPDUs and hears no partner',
    });
    expect(byId(findings, 'lacp-no-partner')!.evidence).toHaveLength(2);
    expect(byId(findings, 'lacp-key-mismatch')!.explanation).toContain('key 2 on igb1 and igb2');
    expect(byId(findings, 'lacp-two-partners')!.explanation).toContain('00:1c:73:80:10:02 on igb1');
    expect(byId(findings, 'lacp-went-silent')!.explanation).toContain('2.5 s');
    expect(findings.filter(({ id }) => id === 'lacp-churn')).toMatchObject([
      { severity: 'warning', ports: ['igb1', 'igb2'] },
    ]);
    expect(byId(findings, 'lacp-partner-changed')!.explanation).toContain('00:1c:73:80:10:01, then 00:1c:73:80:10:02');
    expect(findings.filter(({ id }) => id === 'lacp-same-port').map(({ ports }) => ports)).toEqual([
      ['igb0', 'igb1'],
      ['igb2', 'igb3'],
    ]);
    expect(byId(findings, 'lacp-partner-not-captured')!.severity).toBe('notice');
    expect(byId(findings, 'lacp-unread')!.title).toBe('igb0 and igb3: 7 LACPDUs could not be read');
    expect(byId(findings, 'lacp-healthy')).toBeUndefined();
  });
});

describe('a member port without a capture', () => {
  const C = join(import.meta.dirname, '../../samples/sf-l23-four-clients');
  const of = (...ports: string[]) =>
    analyze({ inputs: ports.map((port) => ({ name: null, path: join(C, `${port}.pcap`) })) });

  it('shows in connections that have one direction alone, and no function is named', async () => {
    const { findings, directions, quality } = await of('igb1', 'igb2');
    expect(byId(findings, 'capture-port-missing')!.severity).toBe('warning');
    expect(directions.egress.hash!.function).toBeNull();
    expect(quality.verdict).toBe('limited');
  });

  it('is not suspected where all ports are there', async () => {
    const { findings, directions } = await of('igb0', 'igb1', 'igb2', 'igb3');
    expect(byId(findings, 'capture-port-missing')).toBeUndefined();
    expect(directions.egress.hash!.function!.id).toBe('linux-layer3+4');
  });
});

describe('words', () => {
  it.each([
    [1 / 64, '1 in 64'],
    [1 / 1048576, '1 in 1 million'],
    [1.4210854715202004e-14, '1 in 70 trillion'],
    [1e-40, '1 in 10^40'],
    [0.5, '50 %'],
  ])('odds of %s: %s', (chance, words) => expect(odds(chance)).toBe(words));

  it.each([
    [0, '0 %'],
    [0.0003, 'less than 0.1 %'],
    [0.096, '9.6 %'],
    [0.9999, 'more than 99.9 %'],
    [1, '100 %'],
  ])('share %s: %s', (share, words) => expect(percent(share)).toBe(words));

  it('lists with "and", and not without end', () => {
    expect(list(['a'])).toBe('a');
    expect(list(['a', 'b', 'c'])).toBe('a, b and c');
    expect(list(['a', 'b', 'c', 'd'], 3)).toBe('a, b and 2 more');
  });

  it('counts time from the first frame', async () => {
    const draft = await sampleAnalysis('linkfail-l34');
    expect(at(draft.capture.firstTime!, draft)).toBe('0.0 s');
  });
});
