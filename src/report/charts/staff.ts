/** One flow that goes back and forth, frame by frame: ports as lines, frames as their shapes; below it, how it is answered. */
import type { Analysis, DirectionName, Flow, PingPong } from '../../document/schema.js';
import { type Names, portsOf, shortName } from '../names.js';
import { count } from '../words.js';
import { chip, shape, short, textWidth } from './marks.js';
import { drawSvg, type Pen, round } from './svg.js';

const FRAMES = 64;
const FRAMES_NARROW = 24;
const NAME = 10; // characters of a port name

interface Stave {
  readonly direction: string;
  readonly flow: string;
  readonly said: string;
  readonly frames: readonly string[]; // the port of each, in order of capture
}

export function staffChart(
  analysis: Analysis,
  names: Names,
  entry: PingPong,
  width: number,
  className: string,
): string {
  const narrow = width < 500;
  const most = narrow ? FRAMES_NARROW : FRAMES;
  const from = analysis.directions.egress.pingPong.includes(entry) ? 'egress' : 'ingress';
  const answer = answerOf(analysis, entry.flow, from === 'ingress' ? 'egress' : 'ingress');
  const staves: Stave[] = [
    {
      direction: names[from].arrow,
      flow: nameOf(entry),
      said: `${count(entry.switches, 'change')} in ${count(entry.frames, 'frame')}`,
      frames: firstFrames(entry.runs, most),
    },
    ...(answer === null
      ? []
      : [
          {
            direction: names[from === 'ingress' ? 'egress' : 'ingress'].arrow,
            flow: nameOf(answer),
            said: `0 changes in ${count(answer.frames, 'frame')}`,
            frames: firstFrames([answer], most),
          },
        ]),
  ];
  const ports = portsOf(analysis);
  const row = ports.length > 8 ? 20 : 28;
  const high = 56 + ports.length * row + 14;
  const claim = staves.map(({ direction, flow, said }) => `${direction}, ${flow}: ${said}`).join('. ');
  const figures = staves.map(({ frames }) => `First ${frames.length} frames: ${frames.join(' ')}`).join('. ');
  return drawSvg({ width, height: staves.length * high }, className, claim, figures, (pen) => {
    staves.forEach((stave, i) => {
      drawStave(pen, stave, ports, { y: i * high, width, row, most, narrow });
    });
  });
}

function firstFrames(runs: readonly { readonly port: string; readonly frames: number }[], most: number): string[] {
  return runs.flatMap(({ port, frames }) => new Array<string>(Math.min(frames, most)).fill(port)).slice(0, most);
}

/** The other direction of the connection, where its sender is known to keep flows on their links. */
function answerOf({ directions }: Analysis, flow: Flow, name: DirectionName) {
  const { distribution, topFlows, pingPong } = directions[name];
  if (distribution.kind !== 'per-flow-hash' && distribution.kind !== 'single-port') return null;
  const isAnswer = (other: Flow) =>
    other.ipSrc === flow.ipDst &&
    other.ipDst === flow.ipSrc &&
    other.ipProto === flow.ipProto &&
    other.srcPort === flow.dstPort &&
    other.dstPort === flow.srcPort;
  if (pingPong.some((entry) => isAnswer(entry.flow))) return null;
  return topFlows.find((each) => isAnswer(each.flow) && (each.onPorts ?? 1) === 1) ?? null;
}

interface Place {
  readonly y: number;
  readonly width: number;
  readonly row: number;
  readonly most: number;
  readonly narrow: boolean;
}

function drawStave(pen: Pen, stave: Stave, ports: readonly string[], { y, width, row, most, narrow }: Place): void {
  const left = 30 + Math.max(0, ...ports.map((port) => textWidth(shortName(port, ports, NAME), 13, true)));
  const step = (width - left - 16) / Math.max(1, most - 1);
  const top = y + 56;
  const yOf = (port: string) => top + (ports.indexOf(port) + 0.5) * row;
  const end = { 'text-anchor': 'end' };
  pen.text(0, y + 18, stave.direction, { class: narrow ? 'h' : 'H2' });
  pen.text(width, y + 18, stave.said, { class: narrow ? 'b xs' : 'H2', ...end });
  pen.text(0, y + 38, short(stave.flow, narrow ? 34 : 80), { class: 'm q xs' });
  pen.text(width, y + 38, `first ${count(stave.frames.length, 'frame')}`, { class: 'q xs', ...end });
  ports.forEach((port, index) => {
    pen.line(left, yOf(port), width, yOf(port), 'gr');
    chip(pen, index, shortName(port, ports, NAME), 0, yOf(port) + 4.5);
  });
  const points = stave.frames.map((port, i) => `${round(left + 8 + i * step)} ${round(yOf(port))}`);
  if (points.length > 1) pen.add('path', { d: `M${points.join('L')}`, class: 'thread' });
  stave.frames.forEach((port, i) => {
    shape(pen, ports.indexOf(port), left + 8 + i * step, yOf(port), narrow ? 4 : 5.5);
  });
}

export function nameOf({ flow }: Pick<PingPong, 'flow'>): string {
  const end = (ip: string | null, port: number | null) =>
    port === null ? `${ip}` : `${ip?.includes(':') ? `[${ip}]` : ip}:${port}`;
  return `${end(flow.ipSrc, flow.srcPort)} → ${end(flow.ipDst, flow.dstPort)}`;
}
