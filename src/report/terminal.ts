/** The verdict in a terminal: 80 columns, answer first. A view of the document and of nothing else. */
import type {
  Analysis,
  Direction,
  DirectionName,
  FieldVerdict,
  Finding,
  HeaderField,
  PingPong,
} from '../document/schema.js';
import { clip, padEnd, padStart, width, wrap } from './columns.js';
import { visible, withTexts } from './visible.js';

export interface TerminalOptions {
  readonly color: boolean;
  readonly unicode: boolean;
  readonly width?: number;
  readonly quiet?: boolean; // the verdict only
  readonly verbose?: boolean; // every finding with its reasons, every field
}

const LABEL = 17;
const DEFAULT_WIDTH = 80;

const MOST_LINES = 60;

export function renderTerminal(analysis: Analysis, options: TerminalOptions): string {
  const screen = new Screen(analysis, options);
  const blocks = options.quiet
    ? [screen.headline(), screen.verdict()]
    : [
        screen.headline(),
        screen.verdict(),
        screen.links(),
        screen.strips(),
        screen.clients(),
        screen.fields(),
        screen.next(),
        screen.footer(),
      ];
  const filled = blocks.filter((block) => block.length > 0);
  // What is longest and least urgent goes first; --verbose has it all.
  const dispensable = [screen.clients, screen.fields].map((of) => of.call(screen)[0]);
  while (!options.verbose && linesOf(filled) > MOST_LINES && dispensable.length > 0) {
    const heading = dispensable.shift();
    const at = filled.findIndex(([first]) => first === heading);
    if (at >= 0) filled.splice(at, 1);
  }
  const text = filled.map((block) => block.join('\n')).join('\n\n');
  return `${options.unicode ? text : ascii(text)}\n`;
}

const linesOf = (blocks: readonly (readonly string[])[]) => blocks.reduce((sum, block) => sum + block.length + 1, -1);

const ASCII: Readonly<Record<string, string>> = {
  '✓': '+',
  '→': '->',
  '’': "'",
  '“': '"',
  '”': '"',
  '…': '...',
  '·': '.',
  '–': '-',
  '●': 'o',
  '■': '#',
  '▲': '^',
  '◆': '*',
  '▼': 'v',
  '✚': '+',
  '✖': 'x',
  '⬢': 'H',
  '○': 'O',
  '▏': '|',
  '\u00a0': ' ',
};

/** Nothing is lost, only drawn with fewer characters. */
function ascii(text: string): string {
  return text.replace(/[^\n -~]/gu, (char) => ASCII[char] ?? `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

const SHAPES = ['●', '■', '▲', '◆', '▼', '✚', '✖', '⬢'];
// The 16 base colours only, and no red: they are readable on light and dark, whatever the terminal's background.
const COLORS = [34, 33, 32, 35, 36, 94, 93, 92];

class Screen {
  readonly #analysis: Analysis;
  readonly #options: TerminalOptions;
  readonly #width: number;

  constructor(analysis: Analysis, options: TerminalOptions) {
    this.#analysis = withTexts(analysis, options.unicode ? visible : (text) => ascii(visible(text)));
    this.#options = options;
    this.#width = Math.max(40, options.width ?? DEFAULT_WIDTH);
  }

  #paint(code: number, text: string): string {
    return this.#options.color ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  #bold = (text: string) => this.#paint(1, text);
  #dim = (text: string) => this.#paint(2, text);

  #allPorts(): string[] {
    const others = this.#analysis.inputs
      .map(({ port }) => port)
      .filter((port) => !this.#analysis.lag.ports.includes(port));
    return [...this.#analysis.lag.ports, ...new Set(others)];
  }

  #chip(port: string, columns = 0): string {
    const index = this.#allPorts().indexOf(port);
    const shape = SHAPES[index % SHAPES.length] ?? '○';
    return this.#paint(
      COLORS[index % COLORS.length] ?? 39,
      padEnd(`${shape} ${clip(port, columns > 0 ? columns - 3 : 16)}`, columns),
    );
  }

  #sides(): Record<DirectionName, string> {
    const known = this.#analysis.lag.localStation.basis !== 'unknown';
    const to = this.#options.unicode ? '→' : '->';
    return known
      ? { ingress: `switch${to}server`, egress: `server${to}switch` }
      : { ingress: `side A${to}side B`, egress: `side B${to}side A` };
  }

  headline(): string[] {
    const { findings, capture, lag, tool, inputs, lacp } = this.#analysis;
    const title = findings[0]?.title ?? 'Nothing to say';
    const up = lacp.ports.filter(({ state }) => state === 'aggregated').length;
    const facts = [
      `${lag.ports.length} ${lag.ports.length === 1 ? 'port' : 'ports'}`,
      `${capture.duration.toFixed(1)} s`,
      `${number(capture.frames)} frames`,
      `${number(capture.tcpConversations + capture.udpConversations)} connections`,
      lacp.present ? `${up} of ${lacp.ports.length} ports bundled` : 'no LACP seen',
    ];
    const { macs, ips, basis } = lag.localStation;
    const station =
      basis === 'unknown'
        ? 'local station unknown (--local MAC names it)'
        : `server ${[...ips, ...macs].slice(0, 1).join('')} (by ${basis})`;
    return [
      ...wrap(title, this.#width).map(this.#bold),
      ...(this.#options.quiet
        ? []
        : [
            ...wrap(`lacpscope ${tool.version}  ${facts.join(', ')}`, this.#width).map(this.#dim),
            ...wrap(
              `${station}; inputs: ${inputs.map(({ source, port }) => `${port}=${source.slice(source.lastIndexOf('/') + 1)}`).join(' ')}`,
              this.#width,
            ).map(this.#dim),
          ]),
    ];
  }

  verdict(): string[] {
    const { findings } = this.#analysis;
    const most = this.#options.verbose ? findings.length : 7;
    const shown = findings.slice(0, most).flatMap((finding, i) => this.#finding(finding, i));
    const rest = findings.length - Math.min(most, findings.length);
    return [this.#dim('VERDICT'), ...shown, ...(rest > 0 ? [this.#dim(`  ${rest} more with --verbose`)] : [])];
  }

  #finding(finding: Finding, index: number): string[] {
    const { severity, title, explanation } = finding;
    const glyph = glyphOf(finding);
    const mark = glyph === '!' ? this.#paint(31, glyph) : glyph;
    const label = padEnd(this.#label(finding), LABEL - 4);
    const text = this.#width - LABEL - 1;
    const whole = this.#options.verbose || index === 0;
    const heading = index === 0 ? [] : wrap(title, text);
    const reason = wrap(whole ? explanation : firstSentence(explanation), text);
    // What is well or worth knowing takes two lines; the reasons are for --verbose.
    const brief = whole || severity === 'fault' || severity === 'warning' || heading.length + reason.length <= 2;
    const said = brief ? [...heading, ...reason] : heading;
    const [first = '', ...more] = said;
    const where = finding.evidence[0];
    const open =
      where !== undefined && where.frame !== null && (severity === 'fault' || this.#options.verbose)
        ? wrap(`see: wireshark -r ${where.source} -g ${where.frame}`, text)
        : [];
    return [`  ${mark} ${label}${first}`, ...[...more, ...open].map((line) => ' '.repeat(LABEL) + line)];
  }

  #label({ id }: Finding): string {
    const sides = this.#sides();
    if (id.startsWith('hash-')) return id.endsWith('egress') ? 'hash out' : 'hash in';
    const area = id.slice(0, id.indexOf('-'));
    const names: Readonly<Record<string, string>> = {
      pingpong: 'ping-pong',
      lacp: 'LACP',
      capture: 'capture',
      load: 'load',
      flows: 'flows',
    };
    return clip(names[area] ?? sides.ingress, LABEL - 5);
  }

  links(): string[] {
    const { ingress, egress } = this.#analysis.directions;
    const sides = this.#sides();
    const half = Math.floor((this.#width - 16) / 2);
    const rows = ingress.ports.map((port) => {
      const out = egress.ports.find((each) => each.port === port.port);
      return `  ${this.#chip(port.port, 12)}  ${padEnd(this.#load(port, half), half)}${out === undefined ? '' : this.#load(out, half)}`.trimEnd();
    });
    return [this.#dim(`${padEnd('LINKS', 16)}${padEnd(sides.ingress, half)}${sides.egress}`), ...rows];
  }

  #load({ octets, octetShare, utilisation, linkRateBasis }: Direction['ports'][number], columns: number): string {
    const known = utilisation !== null && linkRateBasis !== 'assumed' ? ` ${Math.round(utilisation * 100)} % full` : '';
    const figures = `${padStart(size(octets), 8)} ${padStart(share(octetShare), 7)}`;
    const bar =
      octets === 0
        ? '·'
        : this.#bar(octetShare, Math.max(4, Math.min(10, columns - width(figures) - width(known) - 3)));
    return `${figures}  ${bar}${known}`;
  }

  /** Eighths of a cell; at least one, for what is not nothing. */
  #bar(part: number, cells: number): string {
    if (!this.#options.unicode) return '#'.repeat(Math.max(1, Math.round(part * cells)));
    const eighths = Math.max(1, Math.round(part * cells * 8));
    return '█'.repeat(Math.floor(eighths / 8)) + (['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? '');
  }

  /** The flow that changes its link most, frame by frame. */
  strips(): string[] {
    const worst = [this.#analysis.directions.ingress, this.#analysis.directions.egress]
      .flatMap(({ pingPong }) => pingPong.filter((entry) => /^P[5-8]$/.test(entry.class)))
      .sort((a, b) => b.switches - a.switches)[0];
    if (worst === undefined) return [];
    const name = clip(
      `${worst.flow.ipSrc}:${worst.flow.srcPort} → ${worst.flow.ipDst}:${worst.flow.dstPort}`,
      this.#width - 14,
    );
    return [
      this.#dim(`RUNS          ${name}`),
      ...this.#strip(worst),
      this.#dim(
        `  ${padEnd('', 12)}${number(worst.switches)} changes in ${number(worst.frames)} frames, a run of ${worst.meanRunLength.toFixed(1)} frames on average`,
      ),
    ];
  }

  #strip({ runs, ports }: PingPong): string[] {
    const frames = runs
      .flatMap(({ port, frames: n }) => new Array<string>(Math.min(n, 200)).fill(port))
      .slice(0, this.#width - 15);
    const names = this.#allPorts().filter((port) => ports.some((each) => each.port === port));
    return names.map(
      (name) =>
        `  ${this.#chip(name, 12)}${frames
          .map((port) => (port === name ? '▏' : ' '))
          .join('')
          .trimEnd()}`,
    );
  }

  clients(): string[] {
    const { ingress, egress } = this.#analysis.directions;
    const peers = (ingress.peers.length > 0 ? ingress.peers : egress.peers).filter(({ flows }) => flows > 0);
    if (peers.length === 0) return [];
    const most = this.#options.verbose ? peers.length : 4;
    const names = this.#allPorts();
    const cell = (direction: Direction, peer: (typeof peers)[number]) => {
      const found = direction.peers.find(({ mac, ip }) => mac === peer.mac && ip === peer.ip);
      const flows = names.map((name) => found?.ports.find(({ port }) => port === name)?.flows ?? 0);
      return found === undefined ? '-' : flows.map((n) => padStart(n === 0 ? '·' : `${n}`, digits)).join(' ');
    };
    const largest = Math.max(
      0,
      ...[ingress, egress].flatMap((d) => d.peers.flatMap(({ ports }) => ports.map(({ flows }) => flows))),
    );
    const digits = `${largest}`.length;
    const wide = Math.max(8, (digits + 1) * names.length + 2);
    const rows = peers.slice(0, most).map((peer) => {
      const name = peer.ip ?? peer.mac ?? 'others';
      return `  ${padEnd(clip(name, 27), 28)}${padEnd(lowBits(peer.ip), 10)}${padEnd(cell(ingress, peer), wide)}${cell(egress, peer)}`.trimEnd();
    });
    const more = peers.length - Math.min(most, peers.length);
    return [
      this.#dim(
        `${padEnd('CLIENTS', 30)}${padEnd('low bits', 10)}${padEnd('in', wide)}out   (flows on ${names.length > 4 ? `${names.length} ports` : names.map((n) => clip(n, 6)).join(' ')})`.slice(
          0,
          this.#width,
        ),
      ),
      ...rows.map((row) => clip(row, this.#width)),
      ...(more > 0 ? [this.#dim(`  ${more} more clients`)] : []),
    ];
  }

  fields(): string[] {
    const { ingress, egress } = this.#analysis.directions;
    if (ingress.hash === null && egress.hash === null) return [];
    const sides = this.#sides();
    const half = Math.floor((this.#width - 18) / 2);
    const of = (direction: Direction) => new Map((direction.hash?.fields ?? []).map((field) => [field.field, field]));
    const [left, right] = [of(ingress), of(egress)];
    const varied = [...new Set([...left.keys(), ...right.keys()])].filter((field) =>
      [left.get(field), right.get(field)].some((verdict) => verdict !== undefined && verdict.verdict !== 'untested'),
    );
    const rows = varied.map((field) =>
      `  ${padEnd(FIELD_WORDS[field], 16)}${padEnd(clip(verdictWord(left.get(field)), half - 1), half)}${clip(verdictWord(right.get(field)), half)}`.trimEnd(),
    );
    return [this.#dim(`${padEnd('FIELDS', 18)}${padEnd(sides.ingress, half)}${sides.egress}`), ...rows];
  }

  next(): string[] {
    const { experiments, findings } = this.#analysis;
    const advice = findings
      .filter(({ severity, advice: text }) => text !== null && severity !== 'ok')
      .map(({ advice: text }) => text ?? '');
    const steps =
      experiments.length > 0
        ? experiments.map(({ command, reason }) => `${command}  (${reason})`)
        : [...new Set(advice)];
    const most = this.#options.verbose ? steps.length : 3;
    if (steps.length === 0) return [];
    return [
      this.#dim('NEXT'),
      ...steps
        .slice(0, most)
        .flatMap((step, i) =>
          wrap(step, this.#width - 5).map((line, k) => `  ${k === 0 ? `${i + 1}  ` : '   '}${line}`),
        ),
    ];
  }

  footer(): string[] {
    const { quality } = this.#analysis;
    const said = [
      `capture quality: ${quality.verdict}`,
      quality.droppedFrames === null ? 'drops not recorded' : `${number(quality.droppedFrames)} frames dropped`,
      quality.skew.bound === null ? '' : `clocks within ${micro(quality.skew.bound)} (${quality.skew.basis})`,
      ...quality.limits,
    ].filter((part) => part !== '');
    return wrap(`${said.join('; ')}.`, this.#width).concat(
      this.#dim('details: --verbose   report: --report lag.html   document: --json'),
    );
  }
}

function glyphOf({ severity, id, title }: Finding): string {
  if (severity === 'fault' || severity === 'warning') return '!';
  if (id.startsWith('pingpong-')) return '=';
  if (severity === 'ok') return '✓';
  return /can’t be told/.test(title) ? '?' : '=';
}

const firstSentence = (text: string) => /^.*?[.](?= [A-Z])/.exec(text)?.[0] ?? text;

const number = (n: number) => n.toLocaleString('en-US');
const micro = (seconds: number) =>
  seconds < 0.001 ? `${Math.round(seconds * 1e6)} µs` : `${(seconds * 1e3).toFixed(0)} ms`;

function share(part: number): string {
  return part === 0 ? '0 %' : `${(part * 100).toFixed(1)} %`;
}

/** SI, as traffic is counted: kB is 1000. */
function size(octets: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = octets;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** The last six bits of an address: close addresses collide in a short XOR hash, and only they show it. */
function lowBits(ip: string | null): string {
  const last =
    ip === null
      ? null
      : ip.includes(':')
        ? Number.parseInt(ip.slice(ip.lastIndexOf(':') + 1) || '0', 16)
        : Number(ip.slice(ip.lastIndexOf('.') + 1));
  return last === null || Number.isNaN(last) ? '' : `…${(last & 63).toString(2).padStart(6, '0')}`;
}

const FIELD_WORDS: Readonly<Record<HeaderField, string>> = {
  'eth.src': 'source MAC',
  'eth.dst': 'dest MAC',
  'eth.type': 'EtherType',
  'vlan.id': 'VLAN',
  'ip.src': 'source IP',
  'ip.dst': 'dest IP',
  'ip.proto': 'IP protocol',
  'l4.srcport': 'source port',
  'l4.dstport': 'dest port',
  'ipv6.flow': 'IPv6 flow label',
  'mpls.label': 'MPLS label',
  'inner.ip.src': 'inner source',
  'inner.ip.dst': 'inner dest',
  'inner.ip.proto': 'inner protocol',
  'inner.l4.srcport': 'inner src port',
  'inner.l4.dstport': 'inner dst port',
};

function alternatives(others: readonly HeaderField[]): string {
  const [first] = others;
  return first === undefined
    ? 'another field'
    : `${FIELD_WORDS[first]}${others.length > 1 ? ` +${others.length - 1}` : ''}`;
}

function verdictWord(field: FieldVerdict | undefined): string {
  if (field === undefined) return '-';
  const { pairsDiffering, pairsMoved } = field.evidence;
  const pairs = pairsDiffering > 0 ? `, ${pairsMoved} of ${pairsDiffering} pairs moved` : '';
  switch (field.verdict) {
    case 'used':
      return `USED${pairs}`;
    case 'unused':
      return `not used${pairs}`;
    case 'confounded':
      return `can’t separate: ${alternatives(field.confoundedWith)}`;
    case 'undetermined':
      return 'not enough evidence';
    case 'untested':
      return 'never varied';
  }
}
