/** `lacpscope capture`: takes the capture of the member ports, and says what it shows. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InputSpec } from '../analysis/options.js';
import { UsageError } from '../errors.js';
import { type RecordedPort, type Recording, type RecordingState, record } from '../recording/record.js';
import { grouped } from '../stats/grouped.js';
import { analyzeAndDeliver, formatOf, judgingOptions, resultPaths } from './analyze.js';
import type { Arguments } from './arguments.js';
import { capturePorts } from './capture-ports.js';
import { run as listThem } from './interfaces.js';
import { interruption } from './interruption.js';
import { autostop, ringBuffer } from './limits.js';
import { checkOutputs, OutputError, reason, tell, tellNow } from './output.js';
import { EXIT } from './status.js';

const ERASE = '\r\x1b[K';

export async function run(args: Arguments): Promise<number> {
  if (args.flag('list-interfaces')) return listThem(args);
  const write = args.value('write');
  const analyzes = write === null || args.flag('analyze');
  const judging = judgingOptions(args);
  formatOf(args);
  const atOnce = write?.includes('{port}') ? args.values('interface').length : 1;
  const ring = ringBuffer(args.values('ring-buffer'), write, analyzes ? atOnce : 0);
  const limits = autostop(args.values('autostop'), args.value('count'));
  checkOutputs([...resultPaths(args), ...(write === null ? [] : [write])], []);
  if (write === '-') throw new UsageError('-w -: a capture goes to files. tcpdump -w - writes to standard output.');
  const folder = write === null ? temporaryFolder() : null;
  // Ports in files of their own need no order between them, which the analysis finds anyway.
  const path = write ?? join(folder!, '{port}.pcapng');
  let close: () => void = () => undefined;
  try {
    const captured = await capturePorts(args);
    close = captured.close;
    const { ports, filter, skewSeconds } = captured;
    const recording = await untilStopped(ports, {
      pathOf: (port: string) => path.replaceAll('{port}', port.replaceAll('/', '_')),
      ring,
      limits,
      filter,
      quiet: args.flag('quiet'),
    });
    close();
    const unwritten = await report(recording, write !== null, args.flag('quiet'));
    if (!analyzes) return unwritten ? EXIT.unreadable : EXIT.done;
    const notes = [
      ...recording.failures.map((sentence) => `${sentence}: loads and counts of that port are too low.`),
      ...recording.events.map((sentence) => `${sentence}.`),
    ];
    const known = { ...(skewSeconds === null ? {} : { skewSeconds }), limits: [...captured.limits, ...notes] };
    const status = await analyzeAndDeliver({ ...known, ...judging, inputs: inputsOf(recording) }, args);
    return unwritten ? EXIT.unreadable : status;
  } finally {
    close();
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}

function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'lacpscope-capture-'));
  } catch (error) {
    throw new OutputError(`${tmpdir()}: ${reason(error)} TMPDIR names another folder, -w a file.`, { cause: error });
  }
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
  const { stop, quit, release } = interruption();
  const line = process.stderr.isTTY === true && !quiet;
  const names = ports.map(({ name }) => name).join(', ');
  const onStart = () => (quiet ? undefined : tellNow(`Capturing ${names}. Ctrl-C ends it.\n`));
  const began = performance.now();
  const onTick = (state: RecordingState) => {
    const seconds = Math.floor((performance.now() - began) / 1000);
    if (line) tellNow(`${ERASE}${stateText(state)}, ${seconds} s`);
  };
  const onEvent = (sentence: string) => tellNow(`${line ? ERASE : ''}lacpscope: ${sentence}\n`);
  try {
    const recording = record({ ports, ...options, stop, onStart, onTick, onEvent }).catch((error) => {
      throw isOfSystem(error)
        ? new OutputError(`${error.path ?? 'the capture'}: ${reason(error)}`, { cause: error })
        : error;
    });
    return await Promise.race([recording, quit]);
  } finally {
    if (line) tellNow(ERASE);
    release();
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
  if (failures.length > 0) await tell(`lacpscope: warning: ${failures.join('; ')}. What came before counts.\n`);
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
