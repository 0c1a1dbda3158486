/** `lacpscope capture`: takes the capture of the member ports, and says what it shows. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InputSpec } from '../analysis/options.js';
import { UsageError } from '../errors.js';
import { type RecordedPort, type Recording, type RecordingState, record } from '../recording/record.js';
import { aggregateOf, membersOf, type NetworkInterface } from '../sources/interfaces/interface.js';
import { listInterfaces } from '../sources/interfaces/list.js';
import { LivePort } from '../sources/live/port.js';
import { grouped } from '../stats/grouped.js';
import { analyzeAndDeliver, formatOf, judgingOptions, resultPaths } from './analyze.js';
import type { Arguments } from './arguments.js';
import { run as listThem } from './interfaces.js';
import { autostop, ringBuffer } from './limits.js';
import { checkOutputs, OutputError, reason, tell, tellNow } from './output.js';
import { EXIT } from './status.js';
import { wholeNumber } from './values.js';

const SNAP_LENGTH = 128;
const LONGEST_SNAP = 262_144;
const BUFFER_MIB = 16;
const MOST_BUFFER_MIB = 2047; // libpcap takes octets in 31 bits
const MIB = 1024 * 1024;
const MOST_PORTS = 32;
const ERASE = '\r\x1b[K';

export async function run(args: Arguments): Promise<number> {
  if (args.flag('list-interfaces')) return listThem(args);
  const write = args.value('write');
  const analyzes = write === null || args.flag('analyze');
  const judging = judgingOptions(args);
  formatOf(args);
  const ring = ringBuffer(args.values('ring-buffer'), write);
  const limits = autostop(args.values('autostop'), args.value('count'));
  checkOutputs([...resultPaths(args), ...(write === null ? [] : [write])], []);
  if (write === '-') throw new UsageError('-w -: a capture goes to files. tcpdump -w - writes to standard output.');
  const names = portsOf(args);
  const folder = write === null ? mkdtempSync(join(tmpdir(), 'lacpscope-capture-')) : null;
  const path = write ?? join(folder!, '{port}.pcapng');
  try {
    const ports = openPorts(names, args);
    const recording = await untilStopped(ports, {
      pathOf: (port: string) => path.replaceAll('{port}', port.replaceAll('/', '_')),
      ring,
      limits,
      filter: args.value('filter') ?? '',
      quiet: args.flag('quiet'),
    });
    const unwritten = await report(recording, write !== null, args.flag('quiet'));
    if (!analyzes) return unwritten ? EXIT.unreadable : EXIT.done;
    const notes = [...recording.failures, ...recording.events].map((sentence) => `${sentence}.`);
    const status = await analyzeAndDeliver({ ...judging, inputs: inputsOf(recording), limits: notes }, args);
    return unwritten ? EXIT.unreadable : status;
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}

/** The member ports: aggregates are expanded, and said to be. */
function portsOf(args: Arguments): string[] {
  const given = args.values('interface');
  if (given.length === 0) {
    throw new UsageError('No member ports given: -i igb0 -i igb1 …, or -i bond0. "lacpscope interfaces" lists them.');
  }
  if (given.includes('any')) {
    throw new UsageError('-i any does not tell the ports apart. Name each member port, or the aggregate.');
  }
  const known = interfacesIfKnown();
  const names = membersOf(given, known);
  for (const name of given) {
    const aggregate = known.find((each) => each.name === name)?.aggregate;
    if (aggregate?.members.length === 0) throw new UsageError(`-i ${name}: the aggregate has no members.`);
  }
  if (names.length > MOST_PORTS) throw new UsageError(`${names.length} ports; at most ${MOST_PORTS} are captured.`);
  const [only] = names;
  const aggregate = names.length === 1 ? aggregateOf(only!, known) : null;
  if (aggregate !== null) {
    tellNow(`lacpscope: ${only} is one member of ${aggregate} only. -i ${aggregate} captures all of them.\n`);
  }
  return names;
}

function interfacesIfKnown(): readonly NetworkInterface[] {
  try {
    return listInterfaces();
  } catch {
    return [];
  }
}

function openPorts(names: readonly string[], args: Arguments): RecordedPort[] {
  const snapLength = numberOf(args, 'snapshot-length', SNAP_LENGTH, 14, LONGEST_SNAP);
  const options = {
    snapLength,
    filter: args.value('filter') ?? '',
    bufferOctets: numberOf(args, 'buffer-size', BUFFER_MIB, 1, MOST_BUFFER_MIB) * MIB,
    promiscuous: args.flag('promiscuous'),
  };
  const building = () => tellNow('lacpscope: compiling native/capture, once …\n');
  const opened: LivePort[] = [];
  try {
    for (const device of names) opened.push(new LivePort(device, { ...options, device }, building));
  } catch (error) {
    for (const port of opened) port.close();
    throw error;
  }
  return opened.map((stream) => ({
    name: stream.name,
    stream,
    drops: () => stream.drops,
    received: () => stream.counters.received,
    events: () => stream.events(),
  }));
}

function numberOf(args: Arguments, name: string, otherwise: number, least: number, most: number): number {
  const given = args.value(name);
  return given === null ? otherwise : wholeNumber(name, given, least, most);
}

interface Capturing {
  readonly pathOf: (port: string) => string;
  readonly ring: ReturnType<typeof ringBuffer>;
  readonly limits: ReturnType<typeof autostop>;
  readonly filter: string;
  readonly quiet: boolean;
}

/** Ctrl-C stops and goes on to the result, a second one quits. */
async function untilStopped(ports: readonly RecordedPort[], { quiet, ...options }: Capturing): Promise<Recording> {
  const stop = new AbortController();
  let quit: (reason: unknown) => void = () => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    quit = reject;
  });
  const end = () => {
    if (stop.signal.aborted) quit(new DOMException('interrupted', 'AbortError'));
    stop.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, end);
  const line = process.stderr.isTTY === true && !quiet;
  if (!quiet) await tell(`Capturing ${ports.map(({ name }) => name).join(', ')}. Ctrl-C ends it.\n`);
  const began = performance.now();
  const onTick = (state: RecordingState) => {
    const seconds = Math.floor((performance.now() - began) / 1000);
    if (line) tellNow(`${ERASE}${stateText(state)}, ${seconds} s`);
  };
  const onEvent = (sentence: string) => tellNow(`${line ? ERASE : ''}lacpscope: ${sentence}\n`);
  try {
    const recording = record({ ports, ...options, stop: stop.signal, onTick, onEvent }).catch((error) => {
      throw isOfSystem(error)
        ? new OutputError(`${error.path ?? 'the capture'}: ${reason(error)}`, { cause: error })
        : error;
    });
    return await Promise.race([recording, interrupted]);
  } finally {
    if (line) tellNow(ERASE);
    for (const signal of signals) process.off(signal, end);
  }
}

const isOfSystem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && 'code' in error;

const stateText = ({ frames, octets, dropped }: RecordingState) =>
  [
    `${grouped(frames)} frames`,
    `${(octets / 1e6).toFixed(1)} MB`,
    dropped === null ? 'drops unknown' : `${grouped(dropped)} dropped`,
  ].join(', ');

/** @returns whether something could not be written */
async function report(recording: Recording, kept: boolean, quiet: boolean): Promise<boolean> {
  const { unwritten, failures, files } = recording;
  for (const sentence of failures) await tell(`lacpscope: warning: ${sentence}. Analysed up to there.\n`);
  if (unwritten !== null) {
    await tell(`lacpscope: ${unwritten.path}: ${reason(unwritten.error)} The capture ended there.\n`);
  }
  if (!quiet) {
    const where = kept ? `, in ${files.flatMap(({ paths }) => paths).join(', ')}` : '';
    await tell(`${stateText(recording)}${where}\n`);
  }
  return unwritten !== null;
}

const inputsOf = ({ files }: Recording): InputSpec[] =>
  files.flatMap(({ port, paths }) => paths.map((path) => ({ name: port, path })));
