/** What `live` looks at: ports that are captured here or over ssh, or streams that other programs write. */
import { UsageError } from '../errors.js';
import type { RecordedPort } from '../recording/record.js';
import { CommandSource } from '../sources/command.js';
import { isPipe, PipeStream } from '../sources/pipe.js';
import { isCommand } from '../sources/source.js';
import type { Stream } from '../sources/spool.js';
import type { Arguments } from './arguments.js';
import { type CapturePorts, capturePorts } from './capture-ports.js';
import { inputSpecs } from './inputs.js';

/** Programs hand over frames of a quiet port in portions of a second (tcpdump), and the network adds to that. */
const STREAM_HOLD_MS = 1500;

export interface LivePorts extends Pick<CapturePorts, 'limits' | 'skewSeconds' | 'close'> {
  readonly ports: readonly (RecordedPort & { readonly holdsSeveral?: boolean })[];
  readonly holdMs: number | null;
}

export async function livePorts(args: Arguments): Promise<LivePorts> {
  if (args.words.length === 0) {
    const holdMs = args.value('ssh') === null ? null : STREAM_HOLD_MS;
    return { ...(await capturePorts(args)), holdMs };
  }
  const mixed = ['interface', 'filter', 'ssh'].find((name) => args.values(name).length > 0);
  if (mixed !== undefined) throw new UsageError(`--${mixed} is for ports that lacpscope captures, not for streams.`);
  const ports: LivePorts['ports'][number][] = [];
  try {
    for (const { name, path } of inputSpecs(args.words)) {
      const stream = opened(path);
      ports.push({ name: name ?? stream.name, stream, holdsSeveral: name === null });
    }
  } catch (error) {
    for (const { stream } of ports) stream.close();
    throw error;
  }
  return { ports, limits: [], skewSeconds: null, holdMs: STREAM_HOLD_MS, close: () => undefined };
}

function opened(path: string): Stream {
  if (isCommand(path)) return new CommandSource(path);
  if (isPipe(path)) return PipeStream.open(path);
  throw new UsageError(`${path} is a file: lacpscope analyze reads it, with --follow while it grows.`);
}
