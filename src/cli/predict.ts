/** `lacpscope predict`: which link flows will take, by a saved analysis or by a published formula. */

import { readFileSync } from 'node:fs';
import { type AskedFlow, withDefaults } from '../advice/asked-flow.js';
import { bucketOf, directionOf, type Prediction, predict } from '../advice/predict.js';
import type { Analysis, DirectionName } from '../document/schema.js';
import { CaptureError, UsageError } from '../errors.js';
import { policyNamed } from '../policies/catalogue.js';
import { padEnd, width, wrap } from '../report/columns.js';
import { visible } from '../report/visible.js';
import { count, protocolName } from '../report/words.js';
import type { Arguments } from './arguments.js';
import { askedFlows, flowsFromLines } from './asked-flows.js';
import { readDocument } from './document.js';
import { checkOutputs, print, writeFile } from './output.js';
import { EXIT } from './status.js';
import { wholeNumber } from './values.js';

const WIDTH = 80;
const MOST_LINKS = 64;

interface Answer extends Prediction {
  readonly flow: AskedFlow;
  readonly direction: DirectionName | null; // null where a policy was asked, which has none
  readonly bucket: number | null; // of a policy
}

export async function run(args: Arguments): Promise<number> {
  const [from, ...more] = args.words;
  if (more.length > 0 || (from !== undefined && from !== '-')) {
    throw new UsageError('predict reads flows from options, or from standard input where it is given "-".');
  }
  const [rules, policy] = [args.value('rules'), args.value('policy')];
  if ((rules === null) === (policy === null)) {
    throw new UsageError('Give --rules analysis.json, or --policy with --ports: one of them.');
  }
  if (from === '-' && rules === '-') throw new UsageError('Standard input can be the flows or the rules, not both.');
  const output = args.value('output');
  checkOutputs(output === null ? [] : [output], rules === null ? [] : [rules]);
  const answerTo = rules === null ? byPolicy(args, policy!) : byRules(args, readDocument(rules));
  const flows = from === '-' ? flowsFromLines(readFileSync(0, 'utf8'), args) : askedFlows(args);
  if (flows.length === 0) throw new UsageError('No flow is asked about.');
  if (flows.every(({ ipSrc, ipDst, ethSrc, ethDst }) => [ipSrc, ipDst, ethSrc, ethDst].every((end) => end === null))) {
    throw new UsageError('Which flow? Give --src, --dst, --sport and --dport.');
  }
  const answers = flows.map(answerTo);
  const text = args.flag('json')
    ? `${JSON.stringify({ schema: 'lacpscope/prediction@1', flows: answers }, null, 2)}\n`
    : inWords(answers);
  await (output === null ? print(text) : writeFile(output, text));
  return answers.every(({ port, bucket }) => port === null && bucket === null) ? EXIT.nothingToSay : EXIT.done;
}

function byRules(args: Arguments, analysis: Analysis): (flow: AskedFlow) => Answer {
  for (const name of ['policy', 'ports', 'port-order']) {
    if (args.value(name) !== null)
      throw new UsageError(`--${name} is not for --rules: the links are those of the analysis.`);
  }
  const given = args.value('direction');
  return (flow) => {
    const direction = given === null ? directionOf(analysis, flow) : given === 'in' ? 'ingress' : 'egress';
    if (direction === null) {
      throw new UsageError(
        `Who sends ${nameOf(flow)}? The server of the analysis is ${serverOf(analysis)}. Say --direction in or --direction out.`,
      );
    }
    try {
      return { flow, direction, bucket: null, ...predict(analysis, direction, flow) };
    } catch (error) {
      // The flow is understood: what is not is a policy that the document names.
      if (!(error instanceof UsageError)) throw error;
      throw new CaptureError(
        'document-invalid',
        { source: args.value('rules')! },
        error.message,
        'Analyse the captures again.',
      );
    }
  };
}

const serverOf = ({ lag }: Analysis) =>
  visible([...lag.localStation.ips, ...lag.localStation.macs].join(', ') || 'not known');

function byPolicy(args: Arguments, id: string): (flow: AskedFlow) => Answer {
  const policy = policyNamed(id);
  const given = args.value('port-order');
  const names = given === null ? null : given.split(',');
  const links = args.value('ports');
  if (links === null && names === null) throw new UsageError('--policy also takes --ports, the number of links.');
  const ports = links === null ? names!.length : wholeNumber('ports', links, 1, MOST_LINKS);
  if (names !== null && names.length !== ports) {
    throw new UsageError(`--port-order names ${names.length} links, --ports says ${ports}.`);
  }
  const order = names ?? new Array<null>(ports).fill(null);
  return (asked) => {
    const flow = withDefaults(asked);
    const isKeyed = policy.secret === 'seed';
    const { bucket, port, lacks } = isKeyed
      ? {
          bucket: null,
          port: null,
          lacks: `${policy.id} starts from a key that is drawn at random: ${policy.id};key=…`,
        }
      : bucketOf(policy, flow, order);
    const certainty = lacks === null && port !== null ? 'rule' : 'unknown';
    const because =
      lacks ?? (port === null ? 'the order of the links is not known: --port-order names them' : policy.description);
    return { flow, direction: null, bucket, certainty, port, because, score: null, wouldTell: null };
  };
}

function inWords(answers: readonly Answer[]): string {
  const lines = answers.length === 1 ? oneFlow(answers[0]!) : tableOf(answers);
  return `${lines.map((line) => visible(line)).join('\n')}\n`;
}

function oneFlow(answer: Answer): string[] {
  const { flow, direction, because, wouldTell } = answer;
  const way = direction === null ? '' : `, ${direction === 'ingress' ? 'switch -> server' : 'server -> switch'}`;
  return [
    `${linkOf(answer)}, ${sureness(answer)}`,
    ...wrap(`${nameOf(flow)}${way}`, WIDTH - 2).map((line) => `  ${line}`),
    ...wrap(sentence(because), WIDTH - 2).map((line) => `  ${line}`),
    ...(wouldTell === null ? [] : wrap(`What would tell: ${wouldTell}.`, WIDTH - 2).map((line) => `  ${line}`)),
  ];
}

function tableOf(answers: readonly Answer[]): string[] {
  const names = answers.map(({ flow }) => nameOf(flow));
  const links = answers.map(linkOf);
  const wide = Math.max(4, ...names.map(width)) + 2;
  const link = Math.max(4, ...links.map(width)) + 2;
  const reasons = [...new Set(answers.map(({ because }) => because))];
  const numbered = reasons.length > 1;
  const counts = new Map<string, number>();
  for (const name of links) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [
    `${padEnd('FLOW', wide)}${padEnd('LINK', link)}HOW SURE`,
    ...answers.map((answer, i) => {
      const why = numbered ? ` (${reasons.indexOf(answer.because) + 1})` : '';
      return `${padEnd(names[i]!, wide)}${padEnd(links[i]!, link)}${sureness(answer)}${why}`;
    }),
    '',
    ...wrap([...counts].map(([name, n]) => `${name}: ${count(n, 'flow')}`).join(', '), WIDTH),
    ...reasons.slice(0, 9).flatMap((reason, i) => wrap(`${numbered ? `(${i + 1}) ` : ''}${sentence(reason)}`, WIDTH)),
  ];
}

const linkOf = ({ port, bucket }: Answer) => port ?? (bucket === null ? 'unknown' : `bucket ${bucket}`);

function sureness({ certainty, score, bucket, port }: Answer): string {
  if (certainty === 'certain') return 'certain';
  if (certainty === 'unknown') return port === null && bucket !== null ? 'link not known' : 'can’t be told';
  return score === null ? 'by the formula' : `by the rule (${Math.floor(score * 1000) / 10} %)`;
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function nameOf({ ipSrc, ipDst, ethSrc, ethDst, srcPort, dstPort, ipProto }: AskedFlow): string {
  const end = (ip: string | null, mac: string | null, port: number | null) => {
    const host = ip ?? mac ?? '*';
    return port === null ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
  };
  const proto = ipProto === null ? '' : ` ${protocolName(ipProto).toLowerCase()}`;
  return `${end(ipSrc, ethSrc, srcPort)} -> ${end(ipDst, ethDst, dstPort)}${proto}`;
}
