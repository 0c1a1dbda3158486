/** The commands and their options: one table that the parser, the help text and the completion are made from. */

import type { Arguments } from './arguments.js';
import { FACES } from './live-options.js';
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

const direction: OptionSpec = {
  kind: 'value',
  takes: 'WAY',
  choices: ['in', 'out'],
  says: 'in: the switch sends; out: the server does. Else by the addresses of the server.',
};

/** How to judge a capture, and where the result goes: of whatever ends in an analysis. */
const judging: Readonly<Record<string, OptionSpec>> = {
  local: { kind: 'values', takes: 'MAC|IP', env: true, says: 'An address of the station that was captured on.' },
  rate: { kind: 'values', takes: 'RATE', env: true, says: 'Link rate: 1G for all ports, igb0=10G for one.' },
  skew: { kind: 'value', takes: 'TIME', env: true, says: 'Greatest clock difference of the inputs, as 200us.' },
  flows: { kind: 'value', takes: 'N', env: true, says: 'Flows listed in the document (1,000).' },
  'max-flows': { kind: 'value', takes: 'N', env: true, says: 'Flows told apart; the rest is one row (2,000,000).' },
  job: { kind: 'value', takes: 'SIZE', says: 'Say how long moving so much would take, as 16TiB or 500GB.' },
  clients: { kind: 'value', takes: 'N', says: 'Clients that share the job (as many as the capture shows).' },
};

const results: Readonly<Record<string, OptionSpec>> = {
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
};

/** How ports are captured. */
const capturing: Readonly<Record<string, OptionSpec>> = {
  interface: { kind: 'values', short: 'i', takes: 'PORT', says: 'A member port, or an aggregate: its members.' },
  filter: { kind: 'value', short: 'f', takes: 'FILTER', says: 'Capture only what this BPF filter lets through.' },
  'snapshot-length': { kind: 'value', short: 's', takes: 'N', env: true, says: 'Bytes of each frame (128).' },
  'buffer-size': {
    kind: 'value',
    short: 'B',
    takes: 'MIB',
    env: true,
    says: 'Buffer of the kernel for each port (16).',
  },
  promiscuous: { kind: 'flag', env: true, says: 'Take in frames to other stations, too.' },
  immediate: { kind: 'flag', env: true, says: 'Hand over each frame at once, not in blocks: costs more.' },
  ssh: { kind: 'value', takes: 'USER@HOST', env: true, says: 'Capture there, with its tcpdump.' },
  become: {
    kind: 'value',
    takes: 'HOW',
    choices: ['sudo', 'doas'],
    env: true,
    says: 'With --ssh: become root by it.',
  },
  tool: {
    kind: 'value',
    takes: 'TOOL',
    choices: ['tcpdump', 'dumpcap'],
    env: true,
    says: 'With --ssh: what captures.',
  },
  'ssh-command': { kind: 'value', takes: 'COMMAND', env: true, says: 'With --ssh: "ssh -p 2222" instead of ssh.' },
  backend: {
    kind: 'value',
    takes: 'WHAT',
    choices: ['libpcap', 'cap'],
    env: true,
    says: 'What captures here: libpcap, or the npm package cap (no time stamps, no drop counts).',
  },
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
      ...judging,
      follow: { kind: 'flag', says: 'The files are still being written: wait for Ctrl-C, then analyse them.' },
      'cross-check': {
        kind: 'flag',
        env: true,
        says: 'Read classic pcap files a second time, with another reader, and compare.',
      },
      ...results,
    },
    examples: [
      ['analyze igb0.pcap igb1.pcap igb2.pcap igb3.pcap', 'one file per port'],
      ['analyze port1=a.pcap port2=b.pcap --report lag.html', 'named ports, and a report'],
      ["analyze igb0='|ssh server tcpdump -U -s 128 -i igb0 -w -' igb1='|ssh server …'", 'until Ctrl-C'],
      ["ssh server 'tcpdump -U -s 128 -i igb2 -w -' | lacpscope analyze igb2=-", 'from a pipe'],
    ],
    load: () => import('./analyze.js'),
  },
  capture: {
    usage: 'capture',
    says: 'Capture the member ports of a LAG, here or over ssh, and analyse what was captured.',
    positional: null,
    options: {
      ...capturing,
      write: {
        kind: 'value',
        short: 'w',
        takes: 'FILE',
        says: 'Write a pcapng of all ports there; with {port} in the name, one for each port.',
      },
      analyze: { kind: 'flag', says: 'Analyse what was captured, also with -w; without -w it always is.' },
      count: { kind: 'value', short: 'c', takes: 'N', says: 'Stop after N frames; the same as -a packets:N.' },
      autostop: {
        kind: 'values',
        short: 'a',
        takes: 'LIMIT',
        says: 'Stop after duration:SECONDS, filesize:KB or packets:N.',
      },
      'ring-buffer': {
        kind: 'values',
        short: 'b',
        takes: 'LIMIT',
        says: 'With -w: a new file after duration:SECONDS or filesize:KB, at most files:N of them kept.',
      },
      'list-interfaces': { kind: 'flag', short: 'D', says: 'The same as lacpscope interfaces.' },
      ...judging,
      ...results,
    },
    examples: [
      ['capture -i bond0 -a duration:70', 'the members of a bond, then the verdict'],
      ['capture -i igb0 -i igb1 -i igb2 -i igb3 -w lag.pcapng', 'until Ctrl-C'],
      ['capture --ssh root@server -i lagg0 -w lag.pcapng --analyze', 'on a server without Node.js'],
    ],
    load: () => import('./capture.js'),
  },
  live: {
    usage: 'live [STREAM...]',
    says: 'Look at the member ports of a LAG while they are captured: load, flows, moves, LACP, the hash.',
    positional: {
      name: 'STREAM',
      says: "In the place of -i: what a program writes that captures, NAME=FIFO, NAME='|COMMAND', or - for standard input.",
    },
    options: {
      ...capturing,
      interval: { kind: 'value', takes: 'SECONDS', env: true, says: 'Between two looks (1).' },
      autostop: { kind: 'values', short: 'a', takes: 'LIMIT', says: 'Stop after duration:SECONDS.' },
      top: { kind: 'value', takes: 'N', env: true, says: 'Connections listed, at most (200).' },
      'list-interfaces': { kind: 'flag', short: 'D', says: 'The same as lacpscope interfaces.' },
      ...judging,
      'max-flows': { kind: 'value', takes: 'N', env: true, says: 'Flows told apart at a time (131,072).' },
      ...results,
      ...FACES,
    },
    examples: [
      ['live -i bond0', 'the members of a bond'],
      ['live -i bond0 --metrics 127.0.0.1:9470 > lag.ndjson', 'for Prometheus, and for jq'],
      ['live --ssh root@server -i lagg0', 'on a server without Node.js'],
    ],
    load: () => import('./live.js'),
  },
  interfaces: {
    usage: 'interfaces',
    says: 'List what can be captured here, which ports are one LAG, and what stands in the way.',
    positional: null,
    options: { json: { kind: 'flag', says: 'As JSON.' } },
    examples: [['interfaces', '']],
    load: () => import('./interfaces.js'),
  },
  report: {
    usage: 'report [DOCUMENT]',
    says: 'Draw the HTML report from a saved analysis document, without the captures.',
    positional: { name: 'DOCUMENT', says: 'What analyze --json or --save wrote; - is standard input.' },
    options: { output, quiet },
    examples: [['report analysis.json -o report.html', 'the report of a saved analysis']],
    load: () => import('./report.js'),
  },
  predict: {
    usage: 'predict [FLOWS]',
    says: 'Say which link flows will take, by a saved analysis or by a policy.',
    positional: { name: 'FLOWS', says: '- reads flows from standard input, one a line: SRC DST SPORT DPORT [PROTO].' },
    options: {
      rules: { kind: 'value', takes: 'FILE', says: 'What analyze --json or --save wrote: the rule is learnt from it.' },
      policy: { kind: 'value', takes: 'ID', says: 'A policy by name, without any capture: linux-layer3+4.' },
      ports: { kind: 'value', takes: 'N', says: 'With --policy: the number of links.' },
      'port-order': { kind: 'value', takes: 'NAMES', says: 'With --policy: links by bucket, igb0,igb1,…' },
      src: { kind: 'values', takes: 'IP', says: 'Source address; 192.168.1.11-14 are four.' },
      dst: { kind: 'values', takes: 'IP', says: 'Destination address.' },
      sport: { kind: 'values', takes: 'PORT', says: 'Source port; 5201-5208 are eight.' },
      dport: { kind: 'values', takes: 'PORT', says: 'Destination port.' },
      proto: {
        kind: 'value',
        takes: 'PROTO',
        says: 'IP protocol: tcp (where ports are given), udp, sctp or a number.',
      },
      smac: { kind: 'values', takes: 'MAC', says: 'Source MAC address, where the capture does not know it.' },
      dmac: { kind: 'values', takes: 'MAC', says: 'Destination MAC address.' },
      vlan: { kind: 'value', takes: 'ID', says: 'VLAN id.' },
      'flow-label': { kind: 'value', takes: 'LABEL', says: 'IPv6 flow label.' },
      direction,
      json: { kind: 'flag', says: 'Answer in JSON.' },
      output,
    },
    examples: [
      ['predict --rules lag.json --src 192.0.2.10 --dst 192.0.2.20 --sport 5201 --dport 50122', 'one flow'],
      ['predict --rules lag.json --src 192.0.2.20 --dst 192.0.2.10 --sport 5301-5308 --dport 5201', 'eight'],
      [
        'predict --policy linux-layer3+4 --ports 4 --src 192.0.2.20-23 --dst 192.0.2.10 --sport 40000 --dport 2049',
        'by a formula',
      ],
    ],
    load: () => import('./predict.js'),
  },
  plan: {
    usage: 'plan',
    says: 'Client addresses or ports that spread best, by the rule of a saved analysis.',
    positional: null,
    options: {
      rules: { kind: 'value', takes: 'FILE', says: 'What analyze --json or --save wrote.' },
      fix: { kind: 'values', takes: 'IP', says: 'A client that must stay as it is; repeatable.' },
      direction,
      json: { kind: 'flag', says: 'Answer in JSON.' },
      output,
    },
    examples: [['plan --rules analysis.json --fix 192.168.1.11', 'all but one client may change']],
    load: () => import('./plan.js'),
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
