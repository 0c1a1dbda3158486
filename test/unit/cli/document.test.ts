/** `older-document.json` was written by the version that knew no losses, phases, limits, advice or jobs; lists in it are shortened. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bestPlan } from '../../../src/advice/plan.js';
import { readDocument } from '../../../src/cli/document.js';
import { CaptureError } from '../../../src/errors.js';
import { renderReport } from '../../../src/report/html.js';
import { renderTerminal } from '../../../src/report/terminal.js';
import { withFiles } from '../../helpers/temporary-files.js';

const OLDER = join(import.meta.dirname, 'older-document.json');

const refused = (document: object) =>
  withFiles({ 'a.json': Buffer.from(JSON.stringify(document)) }, async ([path]) => {
    try {
      readDocument(path!);
      return null;
    } catch (error) {
      return error;
    }
  });

describe('a document that an older version saved', () => {
  it('is read; what it lacks is not known', () => {
    const { directions, quality, job, plan } = readDocument(OLDER);
    expect({ job, plan, flooded: quality.flooded, echoes: quality.echoes }).toEqual({
      ...{ job: null, plan: null, flooded: null, echoes: [] },
    });
    const { saturation, limits, phases, ports, distribution, luck } = directions.ingress;
    expect(saturation).toMatchObject({ verdict: 'unknown', ports: [] });
    expect([limits, phases.list, distribution.epochs[0]!.remapping]).toEqual([[], [], null]);
    expect(ports.find(({ tcp }) => tcp !== null)!.tcp).toMatchObject({
      overtaken: null,
      missed: null,
      lossyFlows: null,
    });
    expect(luck[0]).toMatchObject({ busyChances: [], fullest: null });
  });

  it('keeps what it has, in its order', () => {
    const written = JSON.parse(readFileSync(OLDER, 'utf8')) as Record<string, unknown>;
    const read: Record<string, unknown> = { ...readDocument(OLDER) };
    expect(Object.keys(read).slice(0, Object.keys(written).length)).toEqual(Object.keys(written));
    expect(read).toMatchObject(written);
  });

  it('can be drawn and planned from', async () => {
    const html = await renderReport(readDocument(OLDER));
    expect(html).toContain('igb2');
    expect(html).not.toMatch(/undefined|NaN/);
    expect(renderTerminal(readDocument(OLDER), { width: 80, color: false, unicode: true })).not.toMatch(
      /undefined|NaN/,
    );
    expect(bestPlan(readDocument(OLDER))).toMatchObject({ plan: null, refused: expect.any(String) });
  });
});

it('what every version wrote must be there', async () => {
  const { lag: _, ...document } = JSON.parse(readFileSync(OLDER, 'utf8')) as { lag: object };
  expect(await refused(document)).toBeInstanceOf(CaptureError);
});

describe('a document that cannot be read', () => {
  it('says of one that is not there what is said of a capture that is not there', () => {
    expect(() => readDocument('/nowhere/analysis.json')).toThrow(
      /^\/nowhere\/analysis.json: no such file\n {2}Check the name/,
    );
  });
});
