/** `lacpscope analyze`: captures in, verdict out. */

import type { Found } from '../analysis/analyze.js';
import type { AnalyzeOptions, Work } from '../analysis/options.js';
import type { Analysis, Input } from '../document/schema.js';
import type { Verdict } from '../document/verdict.js';
import { STOPPED } from '../engine/pass.js';
import { UsageError } from '../errors.js';
import { visible } from '../report/visible.js';
import { isCommand } from '../sources/source.js';
import { analyzeAside } from './analyze-aside.js';
import type { Arguments } from './arguments.js';
import { inputSpecs } from './inputs.js';
import { type AnalysisInterruption, interruptionOfAnalysis } from './interruption.js';
import { checkOutputs, print, tell, writeFile } from './output.js';
import { progressLine } from './progress.js';
import { EXIT } from './status.js';
import { style } from './style.js';
import { address, linkRates, octets, SEVERITIES, seconds, wholeNumber } from './values.js';

const MOST_CLIENTS = 500;
const MOST_FLOWS_LISTED = 10_000_000;
const ROWS_OF_THE_ENGINE = 16_000_000; // 24-bit row numbers

type Format = 'text' | 'json' | 'html';

export async function run(args: Arguments): Promise<number> {
  const inputs = inputSpecs([...args.values('read'), ...args.words]);
  const options = { ...judgingOptions(args), inputs, follow: args.flag('follow') };
  checkOutputs(
    resultPaths(args),
    inputs.map(({ path }) => path).filter((path) => !isCommand(path)),
  );
  return analyzeAndDeliver(options, args);
}

/** Where results go beside standard output. */
export const resultPaths = (args: Arguments): string[] =>
  ['output', 'save', 'report'].map((name) => args.value(name)).filter((path) => path !== null);

export async function analyzeAndDeliver(options: AnalyzeOptions, args: Arguments): Promise<number> {
  const format = formatOf(args);
  const interruption = interruptionOfAnalysis({
    captures: options.follow === true || options.inputs.some(({ path }) => isCommand(path)),
    waits: options.inputs.some(({ path }) => path === '-'),
  });
  const found = <Wanted extends keyof Found>(wanted: Wanted) =>
    analyzed(wanted, options, interruption, args.flag('quiet'));
  const isBrief =
    format === 'text' && args.flag('quiet') && args.value('save') === null && args.value('report') === null;
  const work = isBrief
    ? async () => concluded(await found('verdict'), deliverVerdict, args)
    : async () => concluded(await found('document'), (analysis) => deliver(analysis, format, args), args);
  try {
    return await interruption.orQuit(work());
  } finally {
    interruption.release();
  }
}

async function concluded<T extends Verdict>(
  found: T,
  handOver: (found: T, args: Arguments) => Promise<void>,
  args: Arguments,
): Promise<number> {
  for (const warning of [...damageWarnings(found.inputs), ...unknownPorts(args, found.inputs)])
    await tell(`lacpscope: warning: ${visible(warning)}\n`);
  await handOver(found, args);
  return statusOf(found, args.value('fail-on'));
}

/** How to judge, whatever the inputs are. */
export function judgingOptions(args: Arguments): Omit<AnalyzeOptions, 'inputs'> {
  const rate = linkRates(args.values('rate'));
  const skew = args.value('skew');
  const flows = args.value('flows');
  const maxFlows = args.value('max-flows');
  return {
    local: args.values('local').map(address),
    ...(rate === undefined ? {} : { rate }),
    ...(skew === null ? {} : { skewSeconds: seconds('skew', skew) }),
    ...(flows === null ? {} : { flowsListed: wholeNumber('flows', flows, 0, MOST_FLOWS_LISTED) }),
    ...jobOf(args),
    crossCheck: args.flag('cross-check'),
    ...(maxFlows === null ? {} : { maxFlows: wholeNumber('max-flows', maxFlows, 1, ROWS_OF_THE_ENGINE) }),
  };
}

function jobOf(args: Arguments): Pick<AnalyzeOptions, 'job'> {
  const [job, clients] = [args.value('job'), args.value('clients')];
  if (job === null) {
    if (clients !== null) throw new UsageError('--clients is about a job: give --job SIZE as well.');
    return {};
  }
  const n = clients === null ? null : wholeNumber('clients', clients, 1, MOST_CLIENTS);
  return { job: { octets: octets('job', job), clients: n } };
}

export function formatOf(args: Arguments): Format {
  const given = args.value('format') as Format | null;
  if (args.flag('json')) {
    if (given !== null && given !== 'json') throw new UsageError(`--json and --format ${given} contradict each other.`);
    return 'json';
  }
  if (given !== null) return given;
  const suffix = /\.(json|html)$/.exec(args.value('output') ?? '');
  return suffix === null ? 'text' : (suffix[1] as Format);
}

async function analyzed<Wanted extends keyof Found>(
  wanted: Wanted,
  options: AnalyzeOptions,
  { stop, enough, conclude, quit, allIsRead }: AnalysisInterruption,
  quiet: boolean,
): Promise<Found[Wanted]> {
  const isWatched = process.stderr.isTTY === true;
  const line = progressLine(!quiet && isWatched);
  const onWork = (work: Work) => {
    allIsRead();
    line.work(work);
  };
  try {
    const heard = { signal: quit, stop, enough, conclude };
    return await analyzeAside(wanted, { ...options, onProgress: line.update, onWork, ...heard }, isWatched);
  } finally {
    line.clear();
  }
}

export async function deliver(analysis: Analysis, format: Format, args: Arguments): Promise<void> {
  await saveBeside(analysis, args);
  const text =
    format === 'html' ? await toHtml(analysis) : format === 'json' ? toJson(analysis) : await toText(analysis, args);
  await handOut(text, args);
}

const deliverVerdict = async (found: Verdict, args: Arguments) => handOut(await verdictText(found, args), args);

async function handOut(text: string, args: Arguments): Promise<void> {
  const output = args.value('output');
  await (output === null ? print(text) : writeFile(output, text));
}

/** What is asked for beside standard output. */
export async function saveBeside(analysis: Analysis, args: Arguments): Promise<void> {
  const [save, report] = [args.value('save'), args.value('report')];
  if (save !== null) await writeFile(save, toJson(analysis));
  if (report !== null) await writeFile(report, await toHtml(analysis));
}

const toJson = (analysis: Analysis) => `${JSON.stringify(analysis, null, 2)}\n`;

// Loaded when needed: drawing takes longer to load than a small capture takes to analyse.
const toHtml = async (analysis: Analysis) => (await import('../report/html.js')).renderReport(analysis);

async function toText(analysis: Analysis, args: Arguments): Promise<string> {
  if (args.flag('quiet')) return verdictText(analysis, args);
  return (await terminal()).renderTerminal(analysis, terminalOptions(args));
}

const verdictText = async (found: Verdict, args: Arguments) =>
  (await terminal()).renderVerdict(found, terminalOptions(args));

const terminal = () => import('../report/terminal.js');

const terminalOptions = (args: Arguments) => ({
  ...style(args.value('color') ?? 'auto', args.value('output') === null, process.env),
  verbose: args.count('verbose') > 0,
});

/** One line per damaged input: where, what, and how much of it counts. A pcapng of four ports is one input. */
export function* damageWarnings(inputs: readonly Input[]): Iterable<string> {
  const told = new Set<string>();
  for (const { source, complete, damage, frames } of inputs) {
    if (complete || told.has(source) || damage?.reason === STOPPED) continue;
    told.add(source);
    if (damage === null) yield `${source}: incomplete after ${frames} frames. Analysed up to there.`;
    else {
      const reason = damage.reason.replace(/[.\s]+$/, '');
      yield `${source}, byte ${damage.offset}: ${reason}. Analysed up to there: ${damage.framesBefore} frames.`;
    }
  }
}

/** Rates of ports that are not there: none of the ports has them. */
function* unknownPorts(args: Arguments, inputs: readonly Input[]): Iterable<string> {
  const rates = linkRates(args.values('rate'));
  if (rates === undefined || typeof rates === 'number') return;
  const ports = [...new Set(inputs.map(({ port }) => port))];
  for (const name of rates.keys())
    if (!ports.includes(name)) yield `--rate ${name}=…: there is no such port, but ${ports.join(', ')}.`;
}

/** Most severe first, as far as --fail-on goes. */
export function statusOf({ quality, findings }: Pick<Verdict, 'quality' | 'findings'>, failOn: string | null): number {
  if (quality.verdict === 'unusable') return EXIT.nothingToSay;
  const bySeverity: readonly string[] = SEVERITIES;
  const failing = bySeverity.slice(0, bySeverity.indexOf(failOn ?? '') + 1);
  return findings.some(({ severity }) => failing.includes(severity)) ? EXIT.conditionNotMet : EXIT.done;
}
