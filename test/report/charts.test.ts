import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../src/document/schema.js';
import { analysisSchema } from '../../src/document/schema.js';
import { clientRows, constantLowBits } from '../../src/report/charts/clients.js';
import { loadChart } from '../../src/report/charts/load.js';
import { loadOverTimeChart } from '../../src/report/charts/load-over-time.js';
import { matrixChart } from '../../src/report/charts/matrix.js';
import { pairSquares } from '../../src/report/charts/pairs.js';
import { runStripChart, steadyChart } from '../../src/report/charts/run-strip.js';
import { staffChart } from '../../src/report/charts/staff.js';
import { strandsChart } from '../../src/report/charts/strands.js';
import { width } from '../../src/report/columns.js';
import { renderReport } from '../../src/report/html.js';
import { namesOf, shortName } from '../../src/report/names.js';
import { renderTerminal } from '../../src/report/terminal.js';
import { alternating, fixtureAnalysis, type Shape, withAbsence, withDirection } from '../helpers/fixture-analysis.js';

const ALL = { ingress: 'all', egress: 'all' } as const;
const ONE_IN = { ingress: 'one', egress: 'all' } as const;
const SHAPES: readonly (Shape & { readonly name: string })[] = [
  { name: 'the starting case', ports: 4, clients: 4, connections: 6, spread: ONE_IN },
  { name: 'one port', ports: 1, clients: 3, connections: 2, spread: ALL },
  { name: 'no port', ports: 0, clients: 0, connections: 0, spread: ALL },
  {
    name: 'sixteen ports',
    ports: 16,
    clients: 12,
    connections: 40,
    spread: ALL,
    portName: (i) => `ethernet1/1/${i + 1}`,
  },
  { name: 'one connection', ports: 2, clients: 1, connections: 1, spread: ALL },
  { name: 'no traffic', ports: 4, clients: 0, connections: 0, spread: ALL },
  { name: 'two hundred clients', ports: 4, clients: 200, connections: 1, spread: ALL, ipv6: true },
  { name: 'nobody known', ports: 2, clients: 2, connections: 3, spread: ALL, localKnown: false },
  {
    name: 'a thousand steps',
    ports: 4,
    clients: 4,
    connections: 2,
    spread: ALL,
    seriesLength: 1000,
    linkBitsPerSecond: 1e9,
  },
];

const texts = (svg: string) =>
  [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/g)].map(([, text]) =>
    text!.replace(/<[^>]*>/g, '').replaceAll('&nbsp;', ' '),
  );
const count = (svg: string, part: RegExp) => svg.match(part)?.length ?? 0;
const curves = (svg: string) =>
  [...svg.matchAll(/<path d="([^"]*)" class="l\d"/g)].reduce((sum, [, d]) => sum + d!.split('M').length - 1, 0);

describe.each(SHAPES)('$name', (shape) => {
  const analysis = fixtureAnalysis(shape);
  const names = namesOf(analysis);

  it('is a document', () => {
    expect(analysisSchema.parse(analysis)).toEqual(analysis);
  });

  it.each([1290, 760, 328])('every chart has numbers only, %i wide', (wide) => {
    for (const chart of [strandsChart, loadChart, loadOverTimeChart, matrixChart]) {
      if (chart === matrixChart && shape.clients === 0) continue; // a sentence stands in its place
      const svg = chart(analysis, names, wide, 'wide');
      expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
      for (const [, x] of svg.matchAll(/ x="([^"]*)"/g)) {
        expect(Number(x)).toBeGreaterThanOrEqual(0);
        expect(Number(x)).toBeLessThanOrEqual(wide);
      }
      for (const [, size] of svg.matchAll(/ (?:width|height)="([^"]*)"/g))
        expect(Number(size)).toBeGreaterThanOrEqual(0);
    }
  });

  it('is a page with every section, and a screen of 80 columns', () => {
    const page = renderReport(analysis);
    for (let section = 1; section <= 13; section++) expect(page).toContain(`id="s${section}"`);
    expect(page).not.toMatch(/NaN|Infinity|\bundefined\b|\[object/);
    const text = renderTerminal(analysis, { color: false, unicode: false });
    expect(text).not.toMatch(/NaN|Infinity|undefined|null/);
    expect(Math.max(...text.split('\n').map(width))).toBeLessThanOrEqual(80);
  });
});

describe('the strands', () => {
  const start = fixtureAnalysis({ ports: 4, clients: 4, connections: 6, spread: ONE_IN });
  const draw = (analysis: Analysis, wide = 1290) => strandsChart(analysis, namesOf(analysis), wide, 'wide');

  it('are one line a connection, and counted beside each port', () => {
    const svg = draw(start);
    expect(curves(svg)).toBe(2 * 24);
    const figures = texts(svg).filter((text) => /^\d+$/.test(text));
    expect(figures).toEqual(['0', '0', '24', '0', '6', '6', '6', '6']);
    expect(texts(svg)).toEqual(expect.arrayContaining(['1 of 4 links', '4 of 4 links', 'the switch chooses the link']));
    expect(count(svg, /class="empty"/g)).toBe(3);
    const ownAddresses = start.lag.ports.map((port, i) => ({ port, mac: `02:00:00:00:00:0${i}` }));
    expect(texts(draw({ ...start, lag: { ...start.lag, ownAddresses } }))).toContain('the address decides');
  });

  it('never overlap at an end', () => {
    const ends = [...draw(start).matchAll(/M([\d.]+) ([\d.]+)C[^M"]* ([\d.]+) ([\d.]+)(?=M|")/g)];
    const spots = ends.flatMap(([, x1, y1, x2, y2]) => [`${x1} ${y1}`, `${x2} ${y2}`]);
    expect(spots).toHaveLength(2 * 48);
    expect(new Set(spots).size).toBe(spots.length);
  });

  it('become ribbons above 60 connections', () => {
    const many = fixtureAnalysis({ ports: 4, clients: 3, connections: 40, spread: ALL });
    expect(curves(draw(many))).toBe(2 * 3 * 4);
  });

  it('name the sides neutrally where nobody knows them', () => {
    const svg = draw(fixtureAnalysis({ ports: 2, clients: 2, connections: 3, spread: ALL, localKnown: false }));
    expect(svg).not.toMatch(/server|switch/);
    expect(texts(svg)).toContain('side A → side B');
  });
});

describe('clients', () => {
  const many = fixtureAnalysis({ ports: 4, clients: 40, connections: 2, spread: ALL });

  it('beyond those shown are one row, and no connection is lost', () => {
    const rows = clientRows(many, many.lag.ports, 12);
    expect(rows).toHaveLength(12);
    expect(rows.at(-1)!.name).toBe('29 others');
    const sum = rows.flatMap(({ cells }) => cells.egress).reduce((total, { flows }) => total + flows, 0);
    expect(sum).toBe(80);
  });

  it('that the document has in one row stay "all others"', () => {
    const rest = { mac: null, ip: null, flows: 7, ports: [{ port: 'igb0', flows: 7, frames: 7, octets: 700 }] };
    const peers = [...many.directions.ingress.peers.slice(0, 3), rest];
    const rows = clientRows(withDirection(many, 'ingress', { peers }), many.lag.ports, 100);
    expect(rows.at(-1)).toMatchObject({ name: 'all others' });
    expect(rows.at(-1)!.cells.ingress[0]).toEqual({ flows: 7, octets: 700 });
  });

  it.each([
    [['01100101', '01101001', '01101101'], 2],
    [['00000001', '00000010'], 0],
    [['01100101'], 0],
    [['01100101', ''], 0],
  ])('%j share %i low bits', (bits, same) => {
    expect(constantLowBits(bits)).toBe(same);
  });
});

describe('the time line', () => {
  const quiet = fixtureAnalysis({ ports: 3, clients: 3, connections: 2, spread: ALL });
  const draw = (analysis: Analysis) => loadOverTimeChart(analysis, namesOf(analysis), 1290, 'wide');

  it('has no brackets without a change of members', () => {
    expect(draw(quiet)).not.toMatch(/bracket|class="hatch"|class="ref"/);
  });

  it('hatches a port that was away, in the direction that left it out, and says how long', () => {
    const svg = draw(withAbsence(quiet, 'ingress', 'igb1', 5, 12));
    expect(count(svg, /class="hatch"/g)).toBe(1);
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['not in the bundle for 7 s', expect.stringContaining('2 links')]),
    );
    expect(count(svg, /class="inkl bracket"/g)).toBe(3);
    expect(count(svg, /class="ref"/g)).toBe(2);
  });

  it('says once what both directions show', () => {
    const both = withAbsence(withAbsence(quiet, 'ingress', 'igb1', 5, 12), 'egress', 'igb1', 5.01, 12);
    const svg = draw(both);
    expect(count(svg, /class="hatch"/g)).toBe(2);
    expect(texts(svg).filter((text) => text.startsWith('not in the bundle'))).toHaveLength(1);
    expect(count(svg, /class="inkl bracket"/g)).toBe(3);
  });

  it('never cuts a peak off where steps are joined', () => {
    const spiky = fixtureAnalysis({ ports: 2, clients: 2, connections: 2, spread: ALL, seriesLength: 1000 });
    const values = new Array<number>(1000).fill(0);
    values[501] = 8e8;
    const series = { ...spiky.directions.ingress.series, bitsPerSecond: { igb0: values, igb1: [] } };
    const svg = loadOverTimeChart(withDirection(spiky, 'ingress', { series }), namesOf(spiky), 328, 'narrow');
    expect(texts(svg)[0]).toMatch(/^Mbit\/s, highest of \d+ × /);
    const [, strip] = /<path d="M[\d.]+ ([\d.]+)V/.exec(svg)!;
    const [, top] = /<path d="M[\d.]+ [\d.]+V([\d.]+)H/.exec(svg)!;
    expect(Number(strip) - Number(top)).toBeGreaterThan(20);
  });
});

describe('load', () => {
  it('says how full a link was only where its speed is known', () => {
    const shape = { ports: 2, clients: 2, connections: 2, spread: ONE_IN } as const;
    const draw = (analysis: Analysis) => loadChart(analysis, namesOf(analysis), 760, 'wide');
    expect(texts(draw(fixtureAnalysis({ ...shape, linkBitsPerSecond: 1e6 })))).toContain('peak 8.0 % of 1.00 Mbit/s');
    expect(draw(fixtureAnalysis(shape))).not.toContain('peak');
  });
});

describe('names of ports', () => {
  const sixteen = fixtureAnalysis({ ...SHAPES[3]!, spread: ONE_IN });

  it.each([
    ['igb0', ['igb0', 'igb1'], 'igb0'],
    ['enp1s0f0np0', ['enp1s0f0np0', 'igb1'], 'enp1s…'],
    ['ethernet1/1/12', ['ethernet1/1/1', 'ethernet1/1/12'], '…/1/12'],
  ])('%s among %j in six characters', (name, all, short) => {
    expect(shortName(name, all, 6)).toBe(short);
  });

  it('that begin alike differ in every chart and in a terminal', () => {
    const names = namesOf(sixteen);
    for (const wide of [1290, 328])
      for (const chart of [strandsChart, loadChart, loadOverTimeChart]) {
        const shown = texts(chart(sixteen, names, wide, 'wide')).filter((text) => /\/\d+$/.test(text));
        expect(new Set(shown).size).toBe(16);
      }
    const rows = renderTerminal(sixteen, { color: false, unicode: true }).match(/^ {2}\S …\S+/gm) ?? [];
    expect(new Set(rows.map((row) => row.slice(4))).size).toBe(16);
  });
});

describe('clients in a terminal', () => {
  it('are told by link where there is room, and summed up where there is none', () => {
    const text = (ports: number) =>
      renderTerminal(fixtureAnalysis({ ports, clients: 2, connections: 40, spread: ONE_IN }), {
        color: false,
        unicode: true,
      });
    expect(text(4)).toMatch(/10\.20\.30\.1 +…000001 +· +· +40 +· +10 10 10 10/);
    expect(text(16)).toMatch(/10\.20\.30\.1 +…000001 +40 on igb2 +40 on 16 links$/m);
  });
});

describe('the staff', () => {
  it.each([
    [1290, 64],
    [328, 24],
  ])('%i wide shows %i frames, one mark each', (wide, frames) => {
    const analysis = fixtureAnalysis({ ports: 4, clients: 1, connections: 4, spread: ALL });
    const svg = staffChart(analysis, namesOf(analysis), alternating(analysis, 187), wide, 'wide');
    const marks = count(svg, /<path [^>]*class="f\d"/g) - 8; // the names have theirs
    expect(marks).toBe(frames + Math.min(frames, 40)); // and the answers, of 40 frames
    expect(texts(svg)).toEqual(expect.arrayContaining(['186 changes in 187 frames', '0 changes in 40 frames']));
  });

  it('says nothing of answers whose sender may move flows as well', () => {
    const analysis = fixtureAnalysis({ ports: 4, clients: 1, connections: 4, spread: ALL });
    const { distribution } = analysis.directions.egress;
    const sprayed = withDirection(analysis, 'egress', { distribution: { ...distribution, kind: 'round-robin' } });
    const svg = staffChart(sprayed, namesOf(sprayed), alternating(sprayed, 187), 1290, 'wide');
    expect(texts(svg).join()).not.toContain('0 changes');
  });
});

describe('pairs', () => {
  const squares = (differing: number, moved: number) => {
    const { svg, scale } = pairSquares(differing, moved);
    return { filled: count(svg, /class="moved"/g), open: count(svg, /class="kept"/g), scale };
  };

  it('are a square each, filled where they moved', () => {
    expect(squares(60, 47)).toEqual({ filled: 47, open: 13, scale: null });
  });

  it('share squares above a hundred, and one that moved stays visible', () => {
    expect(squares(4321, 1)).toEqual({ filled: 1, open: 43, scale: 'one square is 100 pairs' });
    expect(squares(101, 101)).toEqual({ filled: 11, open: 0, scale: 'one square is 10 pairs' });
  });
});

describe('strips', () => {
  const analysis = fixtureAnalysis({ ports: 4, clients: 1, connections: 4, spread: ALL });

  it.each([
    [120, '119 changes · median run 1 · longest 1'],
    [500, '499 changes · mean run 1.0 · first 200 of 500 frames'],
  ])('of %i frames say what they show', (frames, said) => {
    const svg = runStripChart(analysis, alternating(analysis, frames), 760, 'wide');
    expect(texts(svg)).toContain(said);
    expect(count(svg, /<rect/g)).toBe(Math.min(frames, 200));
  });

  it('of a flow that keeps its link are one bar', () => {
    const svg = steadyChart(analysis, analysis.directions.ingress.topFlows[0]!, 760, 'wide');
    expect(count(svg, /<rect/g)).toBe(1);
    expect(texts(svg)).toContain('40 frames · 0 changes');
  });

  it('promise nothing where flows do move', () => {
    const moving = withDirection(analysis, 'ingress', { pingPong: [alternating(analysis, 20)] });
    expect(renderReport(moving)).not.toContain('an unbroken bar');
    expect(renderReport(analysis)).toContain('an unbroken bar');
  });
});
