/** What `live` shows while it goes on, and to whom: a view on the terminal, a stream of lines, metrics. */

import { isatty } from 'node:tty';
import { Worker } from 'node:worker_threads';
import type { Analysis } from '../document/schema.js';
import { UsageError } from '../errors.js';
import { metricsAddress } from '../live/metrics/address.js';
import { serveMetrics } from '../live/metrics/server.js';
import { checkTextfile, MetricsTextfile } from '../live/metrics/textfile.js';
import type { LiveState } from '../live/state.js';
import { LiveStream } from '../live/stream.js';
import { LiveView } from '../live/view/view.js';
import type { Arguments } from './arguments.js';
import { checkOutputs, OutputError, printWhenTaken, reason, tellNow, writeFile } from './output.js';
import { style } from './style.js';
import { ownTerminal } from './terminal-device.js';

interface Face {
  show(state: LiveState): void;
  /** Safe more than once. */
  end(): void | Promise<void>;
}

export interface LiveFaces {
  show(state: LiveState): void;
  /** Gives the terminal back and ends the rest. @returns what could not be written, if anything */
  end(): Promise<OutputError | null>;
  /** Does standard output take the result? Not behind a stream of lines. */
  readonly showsResult: boolean;
}

/**
 * @param end what `q` and Ctrl-C do, and a reader that went away
 * @throws UsageError, CaptureError before anything is captured
 */
export async function liveFaces(args: Arguments, end: () => void): Promise<LiveFaces> {
  const shown = shownOn(args);
  const [address, textfile] = [args.value('metrics'), args.value('textfile')];
  if (address === null && args.flag('metrics-anywhere')) throw new UsageError('--metrics-anywhere needs --metrics.');
  const at = address === null ? null : metricsAddress(address, args.flag('metrics-anywhere'));
  if (textfile !== null) checkOutputs([checkTextfile(textfile)], []);
  let newest: LiveState | null = null;
  let failure: OutputError | null = null;
  const faces: Face[] = [];
  if (at !== null) {
    const server = await serveMetrics(at, () => newest);
    faces.push({ show: () => undefined, end: () => server.close() });
  }
  if (textfile !== null) faces.push(textfileFace(textfile));
  if (shown === 'ndjson') {
    const fail = (error: unknown) => {
      if (!isGone(error)) failure = new OutputError(`standard output: ${reason(error)}`, { cause: error });
      end();
    };
    const stream = new LiveStream({ write: printWhenTaken }, fail);
    faces.push({ show: (state) => stream.take(state), end: () => stream.end() });
  }
  if (shown === 'text') faces.push(viewFace(args, end, () => newest));
  return {
    showsResult: shown !== 'ndjson',
    show: (state) => {
      newest = state;
      for (const face of faces) face.show(state);
    },
    end: async () => {
      // The terminal first: what is said afterwards is to be read.
      for (const face of faces.splice(0).reverse()) await face.end();
      return failure;
    },
  };
}

const isGone = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EPIPE';

type Shown = 'text' | 'ndjson' | 'nothing';

/** The view where there is a terminal to draw it on, else lines. */
function shownOn(args: Arguments): Shown {
  const format = args.flag('json') ? 'json' : args.value('format');
  if (format === 'ndjson') return 'ndjson';
  if (format === 'json' || format === 'html') return 'nothing';
  const isTerminal = isatty(1) && process.env.TERM !== 'dumb';
  if (format === 'text' && !isTerminal) {
    throw new UsageError('--format text draws on a terminal. Elsewhere: --format ndjson, json or html.');
  }
  if (isTerminal) return 'text';
  return args.value('output') === null ? 'ndjson' : 'nothing';
}

function textfileFace(path: string): Face {
  const file = new MetricsTextfile(path);
  let isTold = false;
  return {
    show: (state) => {
      void file.take(state).then((error) => {
        // Once: a full disk would fill the screen as well.
        if (error !== null && !isTold) tellNow(`lacpscope: ${path}: ${reason(error)}\n`);
        isTold ||= error !== null;
      });
    },
    end: () => file.close(),
  };
}

function viewFace(args: Arguments, end: () => void, newest: () => LiveState | null): Face {
  const terminal = ownTerminal();
  const wishes = {
    end: () => {
      view.say('Ending: what was captured is analysed. Again: quit at once.');
      end();
    },
    write: () => writeNow(args, newest()?.judged?.document ?? null),
  };
  const view = new LiveView(terminal, style(args.value('color') ?? 'auto', true, process.env), wishes);
  const close = () => view.close();
  const suspend = () => view.suspend();
  const resume = () => view.resume();
  let isOpen = false;
  const open = () => {
    isOpen = true;
    // An exception is printed behind the monitor: on the screen as it was before.
    process.on('exit', close).on('uncaughtExceptionMonitor', close).on('SIGTSTP', suspend).on('SIGCONT', resume);
    view.open();
  };
  return {
    show: (state) => {
      if (!isOpen) open(); // not before: ssh asks for a password there, a compiler is waited for
      view.show(state);
    },
    end: () => {
      close();
      process.off('exit', close).off('uncaughtExceptionMonitor', close).off('SIGTSTP', suspend).off('SIGCONT', resume);
      terminal.close();
    },
  };
}

/** Where --report and --save say, else side by side here, named after the time. @returns what is said of it */
async function writeNow(args: Arguments, document: Analysis | null): Promise<string> {
  if (document === null) return 'There is no analysis yet: nothing to write.';
  const [report, save] = [args.value('report'), args.value('save')];
  const stem = `lacpscope-live-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  const isNamed = report !== null || save !== null;
  const [html, json] = isNamed ? [report, save] : [`${stem}.html`, `${stem}.json`];
  if (json !== null) await writeFile(json, `${JSON.stringify(document, null, 2)}\n`);
  if (html !== null) await writeFile(html, await drawnAside(document));
  return isNamed
    ? `Written: ${[html, json].filter((path) => path !== null).join(', ')}`
    : `Written: ${stem}.html and .json`;
}

/** In a thread of its own: drawing takes a second, in which frames would be lost. */
function drawnAside(document: Analysis): Promise<string> {
  const worker = new Worker(new URL('./report-thread.js', import.meta.url), { workerData: document });
  return new Promise<string>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the report could not be drawn')));
  });
}
