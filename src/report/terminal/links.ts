/** Load per link, and the flow that changes its link most. */
import type { Direction, PingPong } from '../../document/schema.js';
import { clip, padEnd, padStart, width } from '../columns.js';
import { bytes, number, share } from '../words.js';
import type { Screen } from './screen.js';

export function links(screen: Screen): string[] {
  const { ingress, egress } = screen.analysis.directions;
  const sides = screen.sides;
  const half = Math.floor((screen.width - 16) / 2);
  const rows = ingress.ports.map((port) => {
    const out = egress.ports.find((each) => each.port === port.port);
    return `  ${screen.chip(port.port, 12)}  ${padEnd(loadText(screen, port, half), half)}${out === undefined ? '' : loadText(screen, out, half)}`.trimEnd();
  });
  return [screen.dim(`${padEnd('LINKS', 16)}${padEnd(sides.ingress, half)}${sides.egress}`), ...rows];
}

function loadText(
  screen: Screen,
  { octets, octetShare, utilisation, linkRateBasis }: Direction['ports'][number],
  columns: number,
): string {
  const known = utilisation !== null && linkRateBasis !== 'assumed' ? ` peak ${Math.round(utilisation * 100)} %` : '';
  const figures = `${padStart(bytes(octets), 8)} ${padStart(share(octetShare), 7)}`;
  const drawn =
    octets === 0
      ? '·'
      : bar(screen, octetShare, Math.max(4, Math.min(10, columns - width(figures) - width(known) - 3)));
  return `${figures}  ${drawn}${known}`;
}

/** Eighths of a cell; at least one, for what is not nothing. */
function bar(screen: Screen, part: number, cells: number): string {
  if (!screen.unicode) return '#'.repeat(Math.max(1, Math.round(part * cells)));
  const eighths = Math.max(1, Math.round(part * cells * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? '');
}

/** The flow that changes its link most, frame by frame. */
export function strips(screen: Screen): string[] {
  const worst = [screen.analysis.directions.ingress, screen.analysis.directions.egress]
    .flatMap(({ pingPong }) => pingPong.filter((entry) => /^P[5-8]$/.test(entry.class)))
    .sort((a, b) => b.switches - a.switches)[0];
  if (worst === undefined) return [];
  const name = clip(
    `${worst.flow.ipSrc}:${worst.flow.srcPort} → ${worst.flow.ipDst}:${worst.flow.dstPort}`,
    screen.width - 14,
  );
  return [
    screen.dim(`RUNS          ${name}`),
    ...strip(screen, worst),
    screen.dim(
      `  ${padEnd('', 12)}${number(worst.switches)} changes in ${number(worst.frames)} frames, a run of ${worst.meanRunLength.toFixed(1)} frames on average`,
    ),
  ];
}

function strip(screen: Screen, { runs, ports }: PingPong): string[] {
  const frames = runs
    .flatMap(({ port, frames: n }) => new Array<string>(Math.min(n, 200)).fill(port))
    .slice(0, screen.width - 15);
  const names = [...screen.ports].filter((port) => ports.some((each) => each.port === port));
  return names.map(
    (name) =>
      `  ${screen.chip(name, 12)}${frames
        .map((port) => (port === name ? '▏' : ' '))
        .join('')
        .trimEnd()}`,
  );
}
