/** Opens what the user named, and reads the beginning of each: enough to see what it is and who is local. */
import { BLOCK } from '../engine/layout.js';
import { UsageError } from '../errors.js';
import { openSource } from '../sources/open.js';
import type { Source } from '../sources/source.js';
import type { InputSpec } from './options.js';

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
  close(): void;
}

const MOST_INPUTS = 32;

/** @throws CaptureError for the first input that cannot be read; then nothing is analysed: a missing port would make every claim wrong */
export async function openInputs(specs: readonly InputSpec[]): Promise<OpenInput[]> {
  if (specs.length === 0) throw new UsageError('no capture given. Try: lacpscope analyze igb0.pcap igb1.pcap');
  if (specs.length > MOST_INPUTS) {
    throw new UsageError(
      `${specs.length} inputs; at most ${MOST_INPUTS} are read at once.\n  Join the files of one port first: mergecap -w igb0.pcapng igb0_*.pcapng`,
    );
  }
  const labels = labelsOf(specs.map(({ path }) => path));
  const opened: OpenInput[] = [];
  const seen = new Map<string, string>();
  try {
    for (const [i, spec] of specs.entries()) {
      const input = openSource(spec.path);
      opened.push(await beginning(spec, labels[i]!, input));
      const identity = input.identity ?? spec.path;
      const twin = seen.get(identity);
      if (twin !== undefined) {
        throw new UsageError(
          `${spec.path} and ${twin} are the same file. Give one capture per member port, each once.`,
        );
      }
      seen.set(identity, spec.path);
    }
  } catch (error) {
    for (const input of opened) input.close();
    throw error;
  }
  return opened;
}

async function beginning(spec: InputSpec, label: string, opened: ReturnType<typeof openSource>): Promise<OpenInput> {
  const { source, reopen } = opened;
  const block = new Uint8Array(BLOCK);
  let length = 0;
  while (length < BLOCK) {
    const n = await source.read(block.subarray(length));
    if (n === 0) break;
    length += n;
  }
  const head = block.subarray(0, length);
  const open: Source[] = [source];
  return {
    portName: spec.name,
    name: source.name,
    label: spec.path === '-' ? source.name : label,
    size: source.size,
    head: () => bytesSource(source.name, [head]),
    whole: () => {
      if (reopen === null) return bytesSource(source.name, [head], source);
      const again = reopen();
      open.push(again);
      return again;
    },
    repeatable: reopen !== null,
    close: () => {
      for (const each of open) each.close();
    },
  };
}

/** Bytes that were read already, then whatever `rest` gives. */
function bytesSource(name: string, chunks: readonly Uint8Array[], rest?: Source): Source {
  const left = [...chunks];
  return {
    name,
    size: null,
    read(into) {
      while (left.length > 0 && left[0]!.byteLength === 0) left.shift();
      const chunk = left[0];
      if (chunk === undefined) return rest === undefined ? 0 : rest.read(into);
      const n = Math.min(chunk.byteLength, into.byteLength);
      into.set(chunk.subarray(0, n));
      left[0] = chunk.subarray(n);
      return n;
    },
    close: () => rest?.close(),
  };
}

/** The last parts of each path, as many as it takes to tell all of them apart. */
export function labelsOf(paths: readonly string[]): string[] {
  return paths.map((path) => {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    for (let kept = 1; kept < parts.length; kept++) {
      const label = parts.slice(-kept).join('/');
      const alike = paths.filter((other) => other === label || other.endsWith(`/${label}`));
      if (alike.length <= 1) return label;
    }
    return parts.join('/');
  });
}
