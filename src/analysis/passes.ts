/** From the inputs to one pass with the right directions: who is local is guessed from the beginning, then checked. */
import { parseIp } from '../control/addresses.js';
import type { InputSummary, Pass } from '../engine/pass.js';
import { numberedNameOfFile } from '../engine/ports.js';
import { runPass } from '../engine/run-pass.js';
import { type CopiedPort, findCopies, isAggregate } from '../flows/copies.js';
import { measureSkew, type SkewBound } from '../flows/skew.js';
import { findStation, type LocalStation, sendersOf } from '../flows/station.js';
import type { OpenInput } from './open-inputs.js';
import type { AnalyzeOptions } from './options.js';

export interface PassAndStation {
  readonly pass: Pass;
  /** Inputs that show the aggregate itself beside its members: their frames are counted, and otherwise left out of the pass. */
  readonly aggregates: readonly CopiedPort[];
  /** What the clocks of the ports were found to differ; null where nothing contradicts what was assumed. */
  readonly skew: SkewBound | null;
  /** Frames of members that those repeat. */
  readonly repeated: number;
  readonly station: LocalStation;
  /** A sentence where the whole capture says otherwise about the local station or the order of frames, and was not read again. */
  readonly contradiction: string | null;
}

const ROWS = 2_000_000;
const ROWS_OF_A_BEGINNING = 50_000;
/** Clocks of separate captures on one host; a given `skewSeconds` replaces it. */
const ASSUMED_SKEW_SECONDS = 0.001;
/** Ports of one capture are stamped by one program. */
const ONE_CAPTURE_SKEW_SECONDS = 0.00005;

export async function passWithDirections(
  inputs: readonly OpenInput[],
  options: AnalyzeOptions,
): Promise<PassAndStation> {
  let skewSeconds = options.skewSeconds ?? (inputs.length === 1 ? ONE_CAPTURE_SKEW_SECONDS : ASSUMED_SKEW_SECONDS);
  const beginning = await runPass({
    inputs: inputs.map((input) => ({
      portName: input.portName,
      label: input.label,
      source: input.head(),
      partial: true,
    })),
    localMacs: [],
    maxFlows: ROWS_OF_A_BEGINNING,
    skewSeconds,
  });
  let station = findStation(beginning, options.local);
  const bytesTotal = inputs.every((input) => input.size !== null)
    ? inputs.reduce((sum, input) => sum + (input.size ?? 0), 0)
    : null;
  const ignoredPorts = new Set<string>();
  const read = async (enough?: AbortSignal): Promise<Pass> => {
    const pass = await runPass({
      inputs: inputs.map((input) => ({
        portName: input.portName,
        label: input.label,
        source: input.whole(),
        partial: false,
      })),
      localMacs: station.macs,
      localIps: station.ips.flatMap((ip) => parseIp(ip) ?? []),
      ignoredPorts,
      maxFlows: options.maxFlows ?? ROWS,
      skewSeconds,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(enough === undefined ? {} : { enough }),
      onProgress: (bytesRead, frames) => options.onProgress?.({ bytesRead, bytesTotal, frames }),
    });
    return { ...pass, inputs: pass.inputs.map((input) => withWhatIsKnown(input, inputs)) };
  };
  let pass = await read(options.enough);
  let repeatable = inputs.every((input) => input.repeatable) && options.enough?.aborted !== true;
  const wasRepeatable = repeatable;
  /** False where that was interrupted: then what was read first stands, as with inputs that can be read once. */
  const readAgain = async () => {
    const { totals } = pass; // of all ports, ignored ones too
    const again = await read(options.enough);
    repeatable = options.enough?.aborted !== true;
    if (repeatable) pass = { ...again, totals };
    return repeatable;
  };

  const renamed = repeatable ? namedApart(inputs, pass) : null;
  if (renamed !== null) return passWithDirections(renamed, options);
  let aggregates = repeatable ? findCopies(pass).filter(isAggregate) : [];
  let repeated = 0;
  if (aggregates.length > 0) {
    for (const { port } of aggregates) ignoredPorts.add(pass.ports[port]!);
    repeated = pass.inputs.reduce((sum, { port, frames }) => sum + (ignoredPorts.has(port) ? frames : 0), 0);
    if (!(await readAgain())) [aggregates, repeated] = [[], 0];
  }
  const skew = options.skewSeconds === undefined ? measureSkew(pass.turnarounds, skewSeconds) : null;
  if (skew !== null) {
    // What was counted with clocks that were thought to agree is counted again; a pipe cannot be, and its flows are judged with care.
    skewSeconds = skew.seconds;
    if (!repeatable || !(await readAgain())) pass = { ...pass, skewBound: skewSeconds };
  }
  const guessed = station;
  const whole = findStation(pass, options.local);
  const known = { aggregates, repeated, skew };
  const interrupted = () => (wasRepeatable && !repeatable ? SECOND_READING : null);
  if (sameDirections(pass, guessed, whole)) return { pass, ...known, station: whole, contradiction: interrupted() };
  if (repeatable) {
    station = whole;
    if (await readAgain()) return { pass, ...known, station, contradiction: null };
  }
  const contradiction =
    'The local station was taken from the beginning of the capture; the whole of it points to another one. ' +
    `Name it with --local, or ${options.enough?.aborted ? 'let it be read to its end' : 'give files instead of a pipe'}.`;
  return { pass, ...known, station: { ...guessed, ambiguous: guessed.ambiguous ?? contradiction }, contradiction };
}

const SECOND_READING =
  'The second reading was interrupted, which tells more of flows on several ports: they are judged with more care.';

/** What the bytes do not say: what their program lost, and that they end where they were asked to. */
function withWhatIsKnown(input: InputSummary, inputs: readonly OpenInput[]): InputSummary {
  const opened = inputs.find(({ label }) => label === input.source);
  if (opened === undefined) return input;
  const { drops, damage } = input;
  const cutAtItsEnd = opened.stopped && damage !== null && ENDS_INSIDE.test(damage.reason);
  return {
    ...input,
    drops: drops.kernel === null && drops.interface === null ? (opened.drops ?? drops) : drops,
    damage: cutAtItsEnd ? null : damage,
  };
}

const ENDS_INSIDE = /^the file ends inside a (record|block)/;

export function sameDirections(pass: Pass, a: LocalStation, b: LocalStation): boolean {
  const changed = [...a.macs, ...b.macs].filter((mac) => a.macs.has(mac) !== b.macs.has(mac));
  if (changed.length === 0) return a.macs.size > 0 || a.ips.join() === b.ips.join();
  const senders = sendersOf(pass);
  return !changed.some((mac) => senders.has(mac));
}

/** Files of one ring follow each other; files of one name that ran side by side for longer than this are two ports. */
const SIDE_BY_SIDE = 0.1;

/**
 * Captures of several machines may all call their interface eth0. Inputs whose port has one name although they were taken
 * at the same time are named after their files; null where there is no such case.
 */
function namedApart(inputs: readonly OpenInput[], pass: Pass): OpenInput[] | null {
  const clashes = new Set<string>();
  for (const a of pass.inputs) {
    for (const b of pass.inputs) {
      if (a.port === b.port && a.source !== b.source && sideBySide(a, b)) clashes.add(a.source).add(b.source);
    }
  }
  const unnamed = (input: OpenInput) => input.portName === null && clashes.has(input.label);
  if (inputs.filter(unnamed).length < 2) return null;
  return inputs.map((input) => (unnamed(input) ? { ...input, portName: nameOfLabel(input.label) } : input));
}

function sideBySide(a: InputSummary, b: InputSummary): boolean {
  if (a.firstNs === null || a.lastNs === null || b.firstNs === null || b.lastNs === null) return false;
  const from = a.firstNs > b.firstNs ? a.firstNs : b.firstNs;
  const to = a.lastNs < b.lastNs ? a.lastNs : b.lastNs;
  const shorter = Math.min(Number(a.lastNs - a.firstNs), Number(b.lastNs - b.firstNs));
  return Number(to - from) > SIDE_BY_SIDE * shorter;
}

/** With as many folders as it takes to tell the files apart. */
function nameOfLabel(label: string): string {
  const folders = label.slice(0, label.lastIndexOf('/') + 1);
  return folders + numberedNameOfFile(label);
}
