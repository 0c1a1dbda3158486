/** `lacpscope live`: looks at a capture while it goes on. */
import { UsageError } from '../errors.js';
import { JudgingThread } from '../live/judging.js';
import { runLive } from '../live/session.js';
import { deliver, formatOf, judgingOptions, resultPaths, saveBeside, statusOf } from './analyze.js';
import type { Arguments } from './arguments.js';
import { run as listThem } from './interfaces.js';
import { interruption } from './interruption.js';
import { autostop } from './limits.js';
import { liveFaces } from './live-faces.js';
import { type LivePorts, livePorts } from './live-ports.js';
import { checkOutputs } from './output.js';
import { interval, wholeNumber } from './values.js';

const MOST_LISTED = 10_000;
const ROWS = 4_000_000;

export async function run(args: Arguments): Promise<number> {
  if (args.flag('list-interfaces')) return listThem(args);
  const limits = autostop(args.values('autostop'), null);
  if (limits.octets !== undefined || limits.frames !== undefined) {
    throw new UsageError('-a: live stops after duration:SECONDS.');
  }
  const options = sessionOptions(args);
  checkOutputs(resultPaths(args), []);
  const { stop, quit, end, release } = interruption();
  const thread = new JudgingThread();
  let timer: NodeJS.Timeout | undefined;
  let captured: LivePorts | null = null;
  const faces = await liveFaces(args, end);
  try {
    captured = await livePorts(args);
    if (limits.seconds !== undefined) timer = setTimeout(end, limits.seconds * 1000);
    const session = runLive({
      ...options,
      ports: captured.ports,
      judge: thread.judge,
      ...(captured.skewSeconds === null ? {} : { skewSeconds: captured.skewSeconds }),
      ...(captured.holdMs === null ? {} : { holdMs: captured.holdMs }),
      limits: captured.limits,
      onState: (state) => faces.show(state),
      stop,
    });
    const analysis = await Promise.race([session, quit]);
    const failure = await faces.end();
    if (failure !== null) throw failure;
    if (faces.showsResult) await deliver(analysis, formatOf(args), args);
    else await saveBeside(analysis, args);
    return statusOf(analysis, args.value('fail-on'));
  } finally {
    clearTimeout(timer);
    release();
    thread.close();
    await faces.end();
    captured?.close();
  }
}

function sessionOptions(args: Arguments) {
  const { crossCheck: _, maxFlows, ...judging } = judgingOptions(args);
  const [every, top] = [args.value('interval'), args.value('top')];
  return {
    ...judging,
    ...(maxFlows === undefined ? {} : { maxFlows: Math.min(maxFlows, ROWS) }),
    ...(every === null ? {} : { intervalSeconds: interval('interval', every) }),
    ...(top === null ? {} : { top: wholeNumber('top', top, 0, MOST_LISTED) }),
  };
}
