/** Pieces that all sections share: ports, figures, tables, commands. */
import type { Analysis } from '../document/schema.js';
import { chipSvg } from './charts/marks.js';
import { bothWidths } from './charts/svg.js';
import { portsOf } from './names.js';
import { type Html, html, raw } from './template.js';

/** A port name is always shape, colour and name. */
export function port(analysis: Analysis, name: string, big = false): Html {
  const index = portsOf(analysis).indexOf(name);
  return html`<span class="port${big ? ' big' : ''}">${index < 0 ? '' : raw(chipSvg(index))}${name}</span>`;
}

export interface Section {
  readonly number: number;
  readonly title: string;
  /** One line; its first clause stands alone. */
  readonly answer: readonly [bold: string, rest: string];
  readonly body: readonly Html[];
  readonly note?: string;
}

export function section({ number, title, answer, body, note }: Section): Html {
  return html`<section class="s" id="s${number}"><h2><span class="no">${number}</span>${title}</h2>
<p class="ans"><b>${answer[0]}</b>${answer[1] === '' ? '' : ` ${answer[1]}`}</p>
${body}${note === undefined ? '' : html`<aside class="note" aria-label="Note on ${title.toLowerCase()}"><p>${note}</p></aside>`}
</section>
`;
}

export function figure(
  number: number,
  caption: string,
  draw: (width: number, className: string) => string,
  data: Html | null = null,
  wide = 760,
): Html {
  return html`<figure class="chart" id="c${number}">${raw(bothWidths(wide, draw))}<figcaption>${caption}</figcaption></figure>
${data}`;
}

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => Html | string | number | null;
  readonly numeric?: boolean;
  readonly mono?: boolean;
}

export function table<Row>(
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  stack = false,
): Html {
  const classOf = ({ numeric, mono }: Column<Row>) =>
    [numeric ? 'n' : '', mono ? 'mono' : ''].filter(Boolean).join(' ');
  const head = columns.map(
    (column) => html`<th scope="col" role="columnheader" class="${classOf(column)}">${column.head}</th>`,
  );
  const body = rows.map(
    (row) =>
      html`<tr role="row">${columns.map((column, i) => {
        const value = column.cell(row) ?? 'not known';
        const shown = value === 0 ? html`<span class="z">0</span>` : value;
        return i === 0
          ? html`<th scope="row" role="rowheader" class="${classOf(column)}">${shown}</th>`
          : html`<td role="cell" class="${classOf(column)}" data-l="${column.head}">${shown}</td>`;
      })}</tr>
`,
  );
  const text = html`<table role="table"${stack ? raw(' class="stack"') : ''}><caption class="vh">${caption}</caption><thead role="rowgroup"><tr role="row">${head}</tr></thead><tbody role="rowgroup">
${body}</tbody></table>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">${text}</div>`;
}

export const details = (
  summary: string,
  body: Html,
): Html => html`<details><summary>${summary}</summary>${body}</details>
`;

export const command = (text: string): Html => html`<code class="cmd">${text}</code>`;

/** Lines of one command: it is selected, and pasted, as a whole. */
export const commandLines = (lines: readonly string[]): Html =>
  html`<code class="cmd">${lines.map((line, i) => html`${i === 0 ? '' : raw('\n')}${line}`)}</code>`;
