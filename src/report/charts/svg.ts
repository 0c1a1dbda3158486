/** The one place that knows d3-node: a document outside the browser that charts are drawn into. */
import { D3Node } from 'd3-node';
import { visible } from '../visible.js';

type Attributes = Readonly<Record<string, string | number | undefined>>;
type Selection = ReturnType<D3Node['d3']['select']>;

/** Adds elements with attributes and text. Numbers are rounded to 0.01, so that the same figures give the same bytes. */
export class Pen {
  constructor(private readonly selection: Selection) {}

  add(tag: string, attributes: Attributes = {}, text?: string): Pen {
    const child = this.selection.append(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined) child.attr(name, typeof value === 'number' ? round(value) : value);
    }
    if (text !== undefined) child.text(visible(text));
    return new Pen(child);
  }

  text(x: number, y: number, text: string, attributes: Attributes = {}): Pen {
    return this.add('text', { x, y, ...attributes }, text);
  }

  line(x1: number, y1: number, x2: number, y2: number, className: string): Pen {
    return this.add('line', { x1, y1, x2, y2, class: className });
  }

  rect(x: number, y: number, width: number, height: number, className: string): Pen {
    return this.add('rect', { x, y, width: Math.max(0, width), height: Math.max(0, height), class: className });
  }
}

export const round = (value: number) => Math.round(value * 100) / 100;

export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

let page: D3Node | null = null;
let drawn = 0;

/** Numbers of charts count per report, so that the same document gives the same ids. */
export function startReport(): void {
  drawn = 0;
}

/**
 * @param claim what the chart says, for those who do not see it; `figures` its numbers.
 * @returns SVG text. d3-node escapes text and attributes; `visible` shows what would take effect otherwise.
 */
export function drawSvg(
  size: ChartSize,
  className: string,
  claim: string,
  figures: string,
  draw: (pen: Pen) => void,
): string {
  page ??= new D3Node();
  const id = `c${++drawn}`;
  const svg = page.d3
    .select(page.document.body)
    .append('svg')
    .attr('viewBox', `0 0 ${round(size.width)} ${round(size.height)}`)
    .attr('class', className)
    .attr('role', 'img')
    .attr('aria-labelledby', `${id}t ${id}d`);
  const pen = new Pen(svg);
  pen.add('title', { id: `${id}t` }, claim);
  pen.add('desc', { id: `${id}d` }, figures);
  draw(pen);
  const text = svg.node().outerHTML;
  svg.remove();
  return text;
}

/** A chart is drawn twice: for the page, and anew for a narrow screen; the style shows one. */
export function bothWidths(wide: number, draw: (width: number, className: string) => string): string {
  return draw(wide, 'wide') + draw(328, 'narrow');
}
