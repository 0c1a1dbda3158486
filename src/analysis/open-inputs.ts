/** Opens what the user named, and reads the beginning of each: enough to see what it is and who is local. */
import { BLOCK } from '../engine/layout.js';
import { UsageError } from '../errors.js';
import { type OpenedSource, openRepeatable, openSource } from '../sources/open.js';
import { isPipe } from '../sources/pipe.js';
import { type Drops, isCommand, type Source } from '../sources/source.js';
import type { Spool } from '../sources/spool.js';
import type { AnalyzeOptions, InputSpec } from './options.js';

export interface OpenInput {
  readonly portName: string | null;
  readonly name: string;
  /** The end of the path that tells it from the others: documents hold no folders of the machine they were made on. */
  readonly label: string;
  readonly size: number | null;
  /** The first block, or all of a smaller input. */
  head(): Source;
  /** The whole input. A pipe gives it once. */
  whole(): Source;
  readonly repeatable: boolean;
  /** What the program that captured it says it lost. */
  readonly drops: Drops | null;
  /** Its end is where we asked it to end: a record that is cut there is no damage. */
  readonly stopped: boolean;
  close(): void;
}

const MOST_INPUTS = 32;

/** @throws CaptureError for the first input that cannot be read; then nothing is analysed: a missing port would make every claim wrong */
export async function openInputs(
  specs: readonly InputSpec[],
  options: Omit<AnalyzeOptions, 'inputs'> = {},
): Promise<OpenInput[]> {
  if (specs.length === 0) throw new UsageError('no capture given. Try: lacpscope analyze igb0.pcap igb1.pcap');
  if (specs.length > MOST_INPUTS) {
    throw new UsageError(
      `${specs.length} inputs; at most ${MOST_INPUTS} are read at once.\n  Join the files of one port first: mergecap -w igb0.pcapng igb0_*.pcapng`,
    );
  }
  const labels = labelsOf(specs.map(({ path }) => path));
  if (options.follow) await (await import('./collect.js')).whileFilesGrow(specs, options);
  const opened: OpenInput[] = new Array(specs.length);
  const seen = new Map<string, string>();
  try {
    const streams = streamsAmong(specs);
    // Files first: one that cannot be read is known before anything is captured.
    for (const [i, spec] of specs.entries()) {
      if (streams.has(i)) continue;
      const input = await openSource(spec.path);
      opened[i] = await beginning(spec, labels[i]!, input, options.follow === true);
      const identity = input.identity ?? spec.path;
      const twin = seen.get(identity);
      if (twin !== undefined) {
        throw new UsageError(
          `${spec.path} and ${twin} are the same file. Give one capture per member port, each once.`,
        );
      }
      seen.set(identity, spec.path);
    }
    if (streams.size > 0) {
      const { collectStreams } = await import('./collect.js');
      for (const [i, spool] of await collectStreams(specs, streams, options))
        opened[i] = await kept(specs[i]!, labels[i]!, spool);
    }
  } catch (error) {
    for (const input of opened) input?.close();
    throw error;
  }
  return opened;
}

/**
 * Inputs that have to be read at the same time, as they are captured: commands, and pipes if there are several. One behind the
 * other, the writers of the later ones would wait and lose frames until the first has ended.
 */
function streamsAmong(specs: readonly InputSpec[]): ReadonlySet<number> {
  const indexes = [...specs.keys()];
  const commands = indexes.filter((i) => isCommand(specs[i]!.path));
  const pipes = indexes.filter((i) => !commands.includes(i) && isPipe(specs[i]!.path));
  const paths = new Set(pipes.map((i) => specs[i]!.path));
  const isOneTwice = paths.size < pipes.length; // refused where files are opened
  return new Set(commands.length + pipes.length > 1 && !isOneTwice ? [...commands, ...pipes] : commands);
}

async function kept(spec: InputSpec, label: string, spool: Spool): Promise<OpenInput> {
  const input = await beginning(spec, label, await openRepeatable(() => spool.open()));
  return {
    ...input,
    close: () => {
      input.close();
      spool.close();
    },
  };
}

async function beginning(spec: InputSpec, label: string, opened: OpenedSource, grows = false): Promise<OpenInput> {
  const { source, reopen } = opened;
  const block = new Uint8Array(BLOCK);
  let length = 0;
  try {
    while (length < BLOCK) {
      const n = await source.read(block.subarray(length));
      if (n === 0) break;
      length += n;
    }
  } catch (error) {
    source.close();
    throw error;
  }
  const head = block.subarray(0, length);
  const open: Source[] = [source];
  return {
    portName: spec.name,
    name: source.name,
    label: spec.path === '-' ? source.name : label,
    size: source.size,
    head: () => bytesSource(source, head, false),
    whole: () => {
      if (reopen === null) return bytesSource(source, head, true);
      const again = reopen();
      open.push(again);
      return again;
    },
    repeatable: reopen !== null,
    drops: source.drops ?? null,
    stopped: grows || source.stopped === true,
    close: () => {
      for (const each of open) each.close();
    },
  };
}

/** What was read already of a source, then whatever else it gives. */
function bytesSource(source: Source, head: Uint8Array, goesOn: boolean): Source {
  let left = head;
  return {
    name: source.name,
    size: null,
    compression: source.compression ?? null,
    get failure() {
      return source.failure ?? null;
    },
    read(into) {
      if (left.length === 0) return goesOn ? source.read(into) : 0;
      const n = Math.min(left.length, into.length);
      into.set(left.subarray(0, n));
      left = left.subarray(n);
      return n;
    },
    close: () => (goesOn ? source.close() : undefined),
  };
}

/** The last parts of each path, as many as it takes to tell all of them apart. */
export function labelsOf(paths: readonly string[]): string[] {
  return paths.map((path) => {
    if (isCommand(path)) return path;
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    for (let kept = 1; kept < parts.length; kept++) {
      const label = parts.slice(-kept).join('/');
      const alike = paths.filter((other) => other === label || other.endsWith(`/${label}`));
      if (alike.length <= 1) return label;
    }
    return parts.join('/');
  });
}
