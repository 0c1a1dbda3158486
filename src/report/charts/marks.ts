/** How a member port looks, the same in every chart: colour, shape, name; from the ninth on hollow. */
import type { Pen } from './svg.js';

const R = 5;
const polygon = (points: readonly (readonly [number, number])[]) =>
  `M${points.map(([x, y]) => `${x},${y}`).join('L')}Z`;

/** Centred on 0,0, five units in radius. */
const SHAPES: readonly string[] = [
  'M-5,0A5,5 0 1 1 5,0A5,5 0 1 1 -5,0Z',
  polygon([
    [-4.4, -4.4],
    [4.4, -4.4],
    [4.4, 4.4],
    [-4.4, 4.4],
  ]),
  polygon([
    [0, -5.4],
    [5.2, 4.2],
    [-5.2, 4.2],
  ]),
  polygon([
    [0, -5.8],
    [5.8, 0],
    [0, 5.8],
    [-5.8, 0],
  ]),
  polygon([
    [0, 5.4],
    [5.2, -4.2],
    [-5.2, -4.2],
  ]),
  polygon([
    [-1.7, -5],
    [1.7, -5],
    [1.7, -1.7],
    [5, -1.7],
    [5, 1.7],
    [1.7, 1.7],
    [1.7, 5],
    [-1.7, 5],
    [-1.7, 1.7],
    [-5, 1.7],
    [-5, -1.7],
    [-1.7, -1.7],
  ]),
  polygon([
    [-4.9, -2.5],
    [-2.5, -4.9],
    [0, -2.4],
    [2.5, -4.9],
    [4.9, -2.5],
    [2.4, 0],
    [4.9, 2.5],
    [2.5, 4.9],
    [0, 2.4],
    [-2.5, 4.9],
    [-4.9, 2.5],
    [-2.4, 0],
  ]),
  polygon([
    [-5, 0],
    [-2.5, -4.4],
    [2.5, -4.4],
    [5, 0],
    [2.5, 4.4],
    [-2.5, 4.4],
  ]),
];

export const COLOURS = SHAPES.length;
export const fillClass = (port: number) => `f${port % COLOURS}${port >= COLOURS ? ' hollow' : ''}`;
export const strokeClass = (port: number) => `l${port % COLOURS}`;

export function shape(pen: Pen, port: number, x: number, y: number, radius = R): void {
  pen.add('path', {
    d: SHAPES[port % COLOURS] ?? SHAPES[0],
    transform: `translate(${Math.round(x * 100) / 100},${Math.round(y * 100) / 100}) scale(${Math.round((radius / R) * 100) / 100})`,
    class: fillClass(port),
  });
}

/** A port name with its shape in front; the name is text, so it reads without colour. */
export function chip(pen: Pen, port: number, name: string, x: number, y: number): void {
  shape(pen, port, x + R, y - 4.5);
  pen.text(x + 16, y, name, { class: 'pn' });
}

/** The same mark for running text. */
export const chipSvg = (port: number): string =>
  `<svg viewBox="-6 -6 12 12" aria-hidden="true"><path d="${SHAPES[port % COLOURS]}" class="${fillClass(port)}"/></svg>`;

/** Text is not measured outside of a browser: an estimate, on the wide side. */
export const textWidth = (text: string, size: number, mono = false) => text.length * size * (mono ? 0.61 : 0.55);
export const short = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
