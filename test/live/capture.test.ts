import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analysis } from '../../src/document/schema.js';
import { CAPTURES, documentOf, lacpscope, SAMPLE } from '../cli/lacpscope.js';
import { Lab, whyNoLab } from './lab.js';

const reason = whyNoLab();
const PORTS = ['p0', 'p1', 'p2', 'p3'];
const inputs = PORTS.flatMap((port) => ['-i', port]);
const sample = Object.fromEntries(CAPTURES.map((file, n) => [`s${n}`, join(SAMPLE, file)]));
const framesOf = ({ inputs }: Analysis) => inputs.map(({ frames }) => frames);

describe.skipIf(reason !== null)(`capture${reason === null ? '' : ` (${reason})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'lacpscope-live-'));
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.of(4);
  });
  afterAll(() => {
    lab.close();
    rmSync(folder, { recursive: true });
  });

  it('sees every frame on every port, and says of them what the file beside it says', async () => {
    const file = join(folder, 'lag.pcapng');
    const capture = lab.lacpscope('capture', ...inputs, '-w', file, '--analyze', '--json');
    await capture.says('Capturing p0, p1, p2, p3');
    expect(lab.send(sample)).toBe(9132);
    capture.child.kill('SIGINT');
    const outcome = await capture.ended();
    expect(outcome).toMatchObject({ status: 0 });
    const live = JSON.parse(outcome.stdout) as Analysis;
    expect(framesOf(live)).toEqual([433, 1600, 6116, 983]);
    expect(documentOf(lacpscope(['analyze', file, '--json']))).toEqual(live);
  });
});
