/** The answer: one sentence, then the findings. */
import type { Verdict } from '../../document/verdict.js';
import { clip, padEnd, wrap } from '../columns.js';
import { opens } from '../shell.js';
import { glyphOf, number } from '../words.js';
import type { Screen } from './screen.js';

type Finding = Verdict['findings'][number];

const LABEL = 17;
const FINDINGS = 7;

/** The answer. */
export const answer = (screen: Screen<Verdict>): string[] =>
  wrap(screen.analysis.findings[0]?.title ?? 'Nothing to say', screen.width).map((line) => screen.bold(line));

/** The answer, and of what capture it is. */
export function headline(screen: Screen): string[] {
  const { capture, lag, tool, inputs, lacp } = screen.analysis;
  const up = lacp.ports.filter(({ state }) => state === 'aggregated').length;
  const isRead = lacp.ports.some(({ pdus }) => pdus.sent + pdus.received > 0);
  const connections = capture.tcpConversations + capture.udpConversations;
  const facts = [
    `${lag.ports.length} ${lag.ports.length === 1 ? 'port' : 'ports'}`,
    `${capture.duration.toFixed(1)} s`,
    `${number(capture.frames)} frames`,
    `${number(connections)} ${connections === 1 ? 'connection' : 'connections'}`,
    !lacp.present ? 'no LACP seen' : isRead ? `${up} of ${lacp.ports.length} bundled` : 'LACPDUs unreadable',
  ];
  const { macs, ips, basis } = lag.localStation;
  const station =
    basis === 'unknown'
      ? 'local station unknown (--local MAC names it)'
      : `server ${[...ips, ...macs].slice(0, 1).join('')} (by ${basis})`;
  const beside = [
    `lacpscope ${tool.version}  ${facts.join(', ')}`,
    `${station}; inputs: ${inputs.map(({ source, port }) => `${port}=${source.slice(source.lastIndexOf('/') + 1)}`).join(' ')}`,
  ];
  return [...answer(screen), ...beside.flatMap((text) => wrap(text, screen.width).map((line) => screen.dim(line)))];
}

export function verdict(screen: Screen<Verdict>): string[] {
  const { findings } = screen.analysis;
  const most = screen.verbose ? findings.length : FINDINGS;
  const shown = findings.slice(0, most).flatMap((finding, i) => findingLines(screen, finding, i));
  const rest = findings.length - Math.min(most, findings.length);
  return [screen.dim('VERDICT'), ...shown, ...(rest > 0 ? [screen.dim(`  ${rest} more with --verbose`)] : [])];
}

function findingLines(screen: Screen<Verdict>, finding: Finding, index: number): string[] {
  const { severity, title, explanation } = finding;
  const glyph = glyphOf(finding);
  const mark = glyph === '!' ? screen.red(glyph) : glyph;
  const label = padEnd(labelOf(screen, finding), LABEL - 4);
  const text = screen.width - LABEL - 1;
  const whole = screen.verbose || index === 0;
  const heading = index === 0 ? [] : wrap(title, text);
  const reason = wrap(whole ? explanation : firstSentence(explanation), text);
  // What is well or worth knowing takes two lines; the reasons are for --verbose.
  const brief = whole || severity === 'fault' || severity === 'warning' || heading.length + reason.length <= 2;
  const said = brief ? [...heading, ...reason] : heading;
  const [first = '', ...more] = said;
  const where = finding.evidence[0];
  const open =
    where !== undefined && where.frame !== null && (severity === 'fault' || screen.verbose)
      ? wrap(`see: ${opens(where)}`, text)
      : [];
  return [`  ${mark} ${label}${first}`, ...[...more, ...open].map((line) => ' '.repeat(LABEL) + line)];
}

function labelOf(screen: Screen<Verdict>, { id }: Finding): string {
  const sides = screen.sides;
  if (id === 'hash-interrupted') return 'hash';
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

const firstSentence = (text: string) => /^.*?[.](?= [A-Z])/.exec(text)?.[0] ?? text;
