/** What the terminal can show. Elsewhere: no colour, ASCII, 80 columns, so that the text of a file never depends on a window. */

import { isatty } from 'node:tty';

const DEFAULT_WIDTH = 80;
const NARROWEST = 40;

export interface Style {
  readonly color: boolean;
  readonly unicode: boolean;
  readonly width: number;
}

export function style(
  when: string,
  toStandardOutput: boolean,
  env: NodeJS.ProcessEnv,
  terminal = { isTerminal: isatty(1), columns: columnsOfTerminal },
): Style {
  const shown = toStandardOutput && terminal.isTerminal;
  const noColor = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  return {
    color: when === 'always' || (when === 'auto' && shown && !noColor),
    unicode: shown && env.TERM !== 'dumb' && /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || ''),
    // A terminal without a window (ssh -tt, script) says 0.
    width: shown ? Math.max(NARROWEST, terminal.columns() || DEFAULT_WIDTH) : DEFAULT_WIDTH,
  };
}

function columnsOfTerminal(): number | undefined {
  return process.stdout.columns;
}
