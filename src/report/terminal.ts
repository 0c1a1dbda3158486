/** The verdict in a terminal: 80 columns, answer first. A view of the document and of nothing else. */
import type { Analysis } from '../document/schema.js';
import type { Verdict } from '../document/verdict.js';
import { asciiDrawing } from './terminal/ascii.js';
import { clients } from './terminal/clients.js';
import { footer, next } from './terminal/closing.js';
import { fields } from './terminal/fields.js';
import { links, strips } from './terminal/links.js';
import { phases } from './terminal/phases.js';
import { plan } from './terminal/plan.js';
import { Screen, type TerminalOptions } from './terminal/screen.js';
import { answer, headline, verdict } from './terminal/verdict.js';
import { job, whatIf } from './terminal/what-if.js';

export type { TerminalOptions };

const MOST_LINES = 60;

/** What may go when the lines run out, first to last; --verbose has it all. What the fields come to is in the verdict. */
const DISPENSABLE: readonly Block[] = [plan, clients, fields, whatIf, phases];
const BLOCKS: readonly Block[] = [
  headline,
  verdict,
  links,
  phases,
  strips,
  clients,
  fields,
  whatIf,
  plan,
  job,
  next,
  footer,
];

type Block = (screen: Screen) => readonly string[];

export function renderTerminal(analysis: Analysis, options: TerminalOptions): string {
  const screen = new Screen(analysis, options);
  let blocks = BLOCKS;
  let lines = linesOf(blocks, screen);
  for (const block of DISPENSABLE) {
    if (options.verbose || lines.length <= MOST_LINES) break;
    blocks = blocks.filter((each) => each !== block);
    lines = linesOf(blocks, screen);
  }
  return drawn(lines, options);
}

/** The answer and the findings alone. */
export function renderVerdict(found: Verdict, options: TerminalOptions): string {
  const screen = new Screen(found, options);
  return drawn(linesOf([answer, verdict], screen), options);
}

function drawn(lines: readonly string[], { unicode }: TerminalOptions): string {
  const text = lines.join('\n');
  return `${unicode ? text : asciiDrawing(text)}\n`;
}

/** Blocks with an empty line between them. */
function linesOf<S>(blocks: readonly ((screen: S) => readonly string[])[], screen: S): string[] {
  const filled = blocks.map((block) => block(screen)).filter((lines) => lines.length > 0);
  return filled.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}
