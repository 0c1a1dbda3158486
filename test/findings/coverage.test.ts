import { describe, expect, it } from 'vitest';
import { type Draft, judgeAll } from '../../src/findings/rule.js';
import { RULES } from '../../src/findings/rules.js';
import { sampleAnalysis } from '../helpers/sample-analysis.js';

async function judged(sample: string, change: (draft: Draft) => void, portNames?: readonly string[]) {
  const { findings: _, ...full } = await sampleAnalysis(sample);
  const draft: Draft = structuredClone(full);
  change(draft);
  return judgeAll(RULES, {
    draft,
    lacpFaults: [],
    lacpAbsence: null,
    portNames: portNames ?? draft.lag.ports,
    evidence: (input, frame, filter) => ({ source: `input ${input}`, frame, filter }),
    stationDoubt: null,
    crossChecks: [],
    unjudged: { tooShort: 0, ambiguousClock: 0, unnumbered: new Map(), notFollowed: 0 },

    oneSided: null,
  });
}

/** igb2 leaves and does not come back; `seenLater` says whether it has a frame after that. */
function leaves(draft: Draft, seenLater: boolean) {
  for (const direction of [draft.directions.ingress, draft.directions.egress]) {
    direction.distribution.epochs = direction.distribution.epochs.slice(0, 2);
    direction.pingPong = [];
    const { start } = direction.distribution.epochs[1]!;
    for (const input of draft.inputs) if (input.port === 'igb2' && !seenLater) input.lastTime = start;
  }
}

describe('findings about what a capture covers', () => {
  it('do not say that a link left where only its capture may have ended', async () => {
    const ids = (await judged('linkfail-l34', (draft) => leaves(draft, false))).map(({ id }) => id);
    expect(ids).toContain('capture-ends-apart');
    expect(ids).not.toContain('flows-failover');
    const seen = (await judged('linkfail-l34', (draft) => leaves(draft, true))).map(({ id }) => id);
    expect(seen).toContain('flows-failover');
    expect(seen).not.toContain('capture-ends-apart');
  });

  it('say of flows that moved that they did', async () => {
    const ids = (
      await judged('linkfail-l34', (draft) => {
        const moved = draft.directions.ingress.pingPong;
        leaves(draft, false);
        const { start } = draft.directions.ingress.distribution.epochs[1]!;
        draft.directions.ingress.pingPong = moved
          .filter(({ ports }) => ports.some(({ port }) => port === 'igb2'))
          .map((flow) => ({ ...flow, firstSwitch: start }));
      })
    ).map(({ id }) => id);
    expect(ids).toContain('flows-failover');
  });

  it('do not call a port without a frame outside of the LAG', async () => {
    const findings = await judged(
      'linkfail-l34',
      (draft) => {
        draft.lag.ports = draft.lag.ports.filter((port) => port !== 'igb3');
        for (const input of draft.inputs) if (input.port === 'igb3') input.frames = 0;
      },
      ['igb0', 'igb1', 'igb2', 'igb3'],
    );
    expect(findings.find(({ id }) => id === 'capture-port-empty')).toMatchObject({
      severity: 'warning',
      ports: ['igb3'],
    });
    expect(findings.some(({ id }) => id === 'lacp-not-a-member')).toBe(false);
  });

  it('are of one port where the other is a copy of it', async () => {
    const findings = await judged('rr-pingpong', (draft) => {
      draft.lag.ports = ['igb0', 'igb1'];
      draft.quality.copies = [{ ports: ['igb0', 'igb1'], aggregate: null, share: 1, alone: null }];
      draft.quality.verdict = 'unusable';
    });
    expect(findings.some(({ id }) => id === 'capture-one-port')).toBe(true);
  });

  it('say that one way is missing', async () => {
    const said = async (change: (draft: Draft) => void) =>
      (await judged('linkfail-l34', change)).find(({ id }) => id === 'capture-one-direction');
    const none = ({ directions }: Draft) => Object.assign(directions.egress, { frames: 0, flows: 0 });
    expect((await said(none))?.title).toBe('Nothing of server → switch was captured');
    expect(await said(() => {})).toBeUndefined();
    expect(
      await said((draft) => {
        none(draft);
        draft.capture.tcp = 0; // nobody need answer
      }),
    ).toBeUndefined();
  });

  it('say that half of all segments came again, where that is so of every port', async () => {
    const said = async (repeated: (port: number) => number) =>
      (
        await judged('linkfail-l34', ({ directions }) => {
          for (const { ports } of [directions.ingress, directions.egress])
            ports.forEach((load, port) => {
              if (load.tcp !== null) Object.assign(load.tcp, { segments: 400, repeated: repeated(port) });
            });
        })
      ).find(({ id }) => id === 'capture-doubled');
    expect((await said(() => 198))?.title).toBe('The capture seems to show every frame twice');
    expect(await said((port) => (port === 1 ? 20 : 198))).toBeUndefined();
    expect(await said(() => 390)).toBeUndefined(); // keep-alives
  });
});
