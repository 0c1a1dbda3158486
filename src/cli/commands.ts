/** The commands and their options: one table that the parser, the help text and the completion are made from. */

import type { Arguments } from './arguments.js';
import { SEVERITIES } from './values.js';

export interface OptionSpec {
  /** `value` takes one word and may be given once, `values` takes one word and may be given often. */
  readonly kind: 'flag' | 'count' | 'value' | 'values';
  readonly short?: string;
  readonly takes?: string; // placeholder in the help text
  readonly choices?: readonly string[];
  readonly says: string;
  /** May LACPSCOPE_NAME preset it? Never what names a file to read or to write. */
  readonly env?: boolean;
}

export interface CommandSpec {
  readonly usage: string;
  readonly says: string;
  readonly positional: { readonly name: string; readonly says: string } | null;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly (readonly [string, string])[];
  readonly load: () => Promise<{ run(args: Arguments): Promise<number> }>;
}

const quiet: OptionSpec = { kind: 'flag', short: 'q', env: true, says: 'Print the verdict only, and no progress.' };
const output: OptionSpec = {
  kind: 'value',
  short: 'o',
  takes: 'FILE',
  says: 'Write there instead of standard output.',
};

export const COMMANDS: Readonly<Record<string, CommandSpec>> = {
  analyze: {
    usage: 'analyze [FILE...]',
    says: 'Say what the links of a LAG did, from captures of its member ports.',
    positional: {
      name: 'FILE',
      says: "A capture of one member port, or a pcapng of several; NAME=FILE names the port, - is standard input, NAME='|COMMAND' what a command writes.",
    },
    options: {
      read: { kind: 'values', short: 'r', takes: 'FILE', says: 'The same as FILE, for who is used to tcpdump.' },
      local: { kind: 'values', takes: 'MAC|IP', env: true, says: 'An address of the station that was captured on.' },
      rate: { kind: 'values', takes: 'RATE', env: true, says: 'Link rate: 1G for all ports, igb0=10G for one.' },
      skew: { kind: 'value', takes: 'TIME', env: true, says: 'Greatest clock difference of the inputs, as 200us.' },
      flows: { kind: 'value', takes: 'N', env: true, says: 'Flows listed in the document (1,000).' },
      'max-flows': { kind: 'value', takes: 'N', env: true, says: 'Flows told apart; the rest is one row (2,000,000).' },
      follow: { kind: 'flag', says: 'The files are still being written: wait for Ctrl-C, then analyse them.' },
      'cross-check': {
        kind: 'flag',
        env: true,
        says: 'Read classic pcap files a second time, with another reader, and compare.',
      },
      format: {
        kind: 'value',
        takes: 'FORMAT',
        choices: ['text', 'json', 'html'],
        env: true,
        says: 'What to write: text, json or html; else by the suffix of -o, else text.',
      },
      json: { kind: 'flag', says: 'The same as --format json.' },
      output,
      save: { kind: 'value', takes: 'FILE', says: 'Write the analysis document (JSON) there as well.' },
      report: { kind: 'value', takes: 'FILE', says: 'Write the HTML report there as well.' },
      quiet,
      verbose: { kind: 'count', short: 'v', env: true, says: 'Print more; twice for everything.' },
      color: {
        kind: 'value',
        takes: 'WHEN',
        choices: ['auto', 'always', 'never'],
        env: true,
        says: 'Colour: auto (on a terminal, without NO_COLOR), always or never.',
      },
      'fail-on': {
        kind: 'value',
        takes: 'SEVERITY',
        choices: SEVERITIES,
        env: true,
        says: 'Exit with 1 if a finding is that severe or worse: fault, warning or notice.',
      },
    },
    examples: [
      ['analyze igb0.pcap igb1.pcap igb2.pcap igb3.pcap', 'one file per port'],
      ['analyze port1=a.pcap port2=b.pcap --report lag.html', 'named ports, and a report'],
      ["analyze igb0='|ssh server tcpdump -U -s 128 -i igb0 -w -' igb1='|ssh server …'", 'until Ctrl-C'],
      ["ssh server 'tcpdump -U -s 128 -i igb2 -w -' | lacpscope analyze igb2=-", 'from a pipe'],
    ],
    load: () => import('./analyze.js'),
  },
  report: {
    usage: 'report [DOCUMENT]',
    says: 'Draw the HTML report from a saved analysis document, without the captures.',
    positional: { name: 'DOCUMENT', says: 'What analyze --json or --save wrote; - is standard input.' },
    options: { output, quiet },
    examples: [['report analysis.json -o report.html', 'the report of a saved analysis']],
    load: () => import('./report.js'),
  },
  help: {
    usage: 'help [TOPIC]',
    says: 'Explain a term or a method; without TOPIC: list the topics.',
    positional: { name: 'TOPIC', says: 'One of the listed topics.' },
    options: {},
    examples: [],
    load: () => import('./help.js'),
  },
};
