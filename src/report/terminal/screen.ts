/** What all blocks of the terminal view share: the document made fit to print, the width, colours, port names. */
import type { Analysis, DirectionName } from '../../document/schema.js';
import type { Verdict } from '../../document/verdict.js';
import { clip, padEnd } from '../columns.js';
import { portsOf, shortName } from '../names.js';
import { visible, withTexts } from '../visible.js';
import { ascii } from './ascii.js';
import { colorOf, INK, paint, shapeOf } from './paint.js';

export interface TerminalOptions {
  readonly color: boolean;
  readonly unicode: boolean;
  readonly width?: number;
  readonly verbose?: boolean; // every finding with its reasons, every client
}

const DEFAULT_WIDTH = 80;
const LEAST_WIDTH = 40;

export class Screen<Shown extends Verdict = Analysis> {
  /** Every text in it can be printed as it is, and measured. */
  readonly analysis: Shown;
  readonly width: number;
  readonly verbose: boolean;
  readonly unicode: boolean;
  readonly ports: readonly string[];
  readonly sides: Readonly<Record<DirectionName, string>>;
  readonly #color: boolean;

  constructor(analysis: Shown, { color, unicode, width = DEFAULT_WIDTH, verbose = false }: TerminalOptions) {
    this.analysis = withTexts(analysis, unicode ? visible : (text) => ascii(visible(text)));
    this.width = Math.max(LEAST_WIDTH, width);
    this.verbose = verbose;
    this.unicode = unicode;
    this.ports = portsOf(this.analysis);
    this.#color = color;
    const to = unicode ? '→' : '->';
    this.sides =
      analysis.lag.localStation.basis === 'unknown'
        ? { ingress: `side A${to}side B`, egress: `side B${to}side A` }
        : { ingress: `switch${to}server`, egress: `server${to}switch` };
  }

  #paint(code: number, text: string): string {
    return this.#color ? paint(code, text) : text;
  }

  bold(text: string): string {
    return this.#paint(INK.bold, text);
  }

  dim(text: string): string {
    return this.#paint(INK.dim, text);
  }

  red(text: string): string {
    return this.#paint(INK.red, text);
  }

  /** A port name in its colour, with its shape in front of it. */
  chip(port: string, columns = 0): string {
    const index = this.ports.indexOf(port);
    const room = columns > 0 ? columns - 3 : 16;
    // Wide characters take two columns each: what is short in characters may still be too long.
    const name = clip(shortName(port, this.ports, room, this.unicode ? '…' : '~'), room);
    return this.#paint(colorOf(index), padEnd(`${shapeOf(index)} ${name}`, columns));
  }
}
