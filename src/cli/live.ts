/** `lacpscope live`: looks at a capture while it goes on. */
import type { Analysis } from '../document/schema.js';
import { UsageError } from '../errors.js';
import { JudgingThread } from '../live/judging.js';
import { runLive } from '../live/session.js';
import type { LiveState } from '../live/state.js';
import { deliver, formatOf, judgingOptions, resultPaths, statusOf } from './analyze.js';
import type { Arguments } from './arguments.js';
import { run as listThem } from './interfaces.js';
import { autostop } from './limits.js';
import { livePorts } from './live-ports.js';
import { checkOutputs } from './output.js';
import { seconds, wholeNumber } from './values.js';

const MOST_LISTED = 10_000;
const ROWS = 4_000_000;

/** Where a state goes: a screen, a stream, a file, somebody who asks. */
export interface Face {
  show(state: LiveState): void;
  /** Before the result is printed. */
  end(): void | Promise<void>;
}

export async function run(args: Arguments): Promise<number> {
  if (args.flag('list-interfaces')) return listThem(args);
  const { crossCheck: _, ...judging } = judgingOptions(args);
  const format = formatOf(args);
  const limits = autostop(args.values('autostop'), null);
  if (limits.octets !== undefined || limits.frames !== undefined)
    throw new UsageError('-a: live stops after duration:SECONDS.');
  const interval = args.value('interval');
  const top = args.value('top');
  const maxFlows = args.value('max-flows');
  checkOutputs(resultPaths(args), []);
  const captured = await livePorts(args);
  const thread = new JudgingThread();
  const stop = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const faces: Face[] = [];
  const end = () => stop.abort();
  for (const signal of signals) process.once(signal, end);
  const timer = limits.seconds === undefined ? null : setTimeout(end, limits.seconds * 1000);
  let analysis: Analysis;
  try {
    analysis = await runLive({
      ...judging,
      ports: captured.ports,
      judge: thread.judge,
      ...(captured.skewSeconds === null ? {} : { skewSeconds: captured.skewSeconds }),
      ...(captured.holdMs === null ? {} : { holdMs: captured.holdMs }),
      ...(interval === null ? {} : { intervalSeconds: seconds('interval', interval) }),
      ...(top === null ? {} : { top: wholeNumber('top', top, 0, MOST_LISTED) }),
      ...(maxFlows === null ? {} : { maxFlows: wholeNumber('max-flows', maxFlows, 1, ROWS) }),
      limits: captured.limits,
      onState: (state) => {
        for (const face of faces) face.show(state);
      },
      stop: stop.signal,
    });
  } finally {
    if (timer !== null) clearTimeout(timer);
    for (const signal of signals) process.off(signal, end);
    thread.close();
    for (const face of faces) await face.end();
    captured.close();
  }
  await deliver(analysis, format, args);
  return statusOf(analysis, args.value('fail-on'));
}
