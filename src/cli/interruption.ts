/** Ctrl-C and its like: the first one ends what goes on, and its result is shown; the second one quits. */

const GRACE_MS = 200;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interruption {
  /** Aborts with the first one. */
  readonly stop: AbortSignal;
  /** Rejects with an AbortError at the second one. */
  readonly quit: Promise<never>;
  /** What a signal does, for a key that means the same. */
  end(): void;
  /** Signals do again what they did before. */
  release(): void;
}

export function interruption(): Interruption {
  const stop = new AbortController();
  let refuse: (reason: unknown) => void = () => undefined;
  const quit = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  quit.catch(() => undefined); // nobody may be waiting for it
  const end = () => {
    if (stop.signal.aborted) refuse(new DOMException('interrupted', 'AbortError'));
    stop.abort();
  };
  for (const signal of SIGNALS) process.on(signal, end);
  const release = () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
  return { stop: stop.signal, quit, end, release };
}

/** What an interruption of an analysis ends, in turn: capturing, reading, working out. */
export interface AnalysisInterruption {
  readonly stop: AbortSignal;
  readonly enough: AbortSignal;
  readonly conclude: AbortSignal;
  readonly quit: AbortSignal;
  /** From now on it is not reading that is ended. */
  allIsRead(): void;
  /** What the work comes to; rejects with an AbortError as soon as it is to quit. */
  orQuit<T>(work: Promise<T>): Promise<T>;
  release(): void;
}

/**
 * The first one ends what goes on, and what is known then is the result; the second one quits. To end a capture that would go on
 * for ever is no impatience, so the one that does is not counted.
 *
 * @param about.waits a pipe that says nothing never ends the read that waits for it: until all is read the first one quits
 */
export function interruptionOfAnalysis(about: {
  readonly captures: boolean;
  readonly waits: boolean;
}): AnalysisInterruption {
  const [stop, enough, conclude, quit] = Array.from({ length: 4 }, () => new AbortController()) as [
    AbortController,
    AbortController,
    AbortController,
    AbortController,
  ];
  let isRead = false;
  let refuse: (reason: unknown) => void = () => undefined;
  const quitted = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  quitted.catch(() => undefined); // nobody may be waiting for it
  const next = (): AbortController => {
    if (about.captures && !isRead) return stop.signal.aborted || about.waits ? quit : stop;
    if (enough.signal.aborted || conclude.signal.aborted) return quit;
    return isRead ? conclude : about.waits ? quit : enough;
  };
  const interrupt = () => {
    const ended = next();
    ended.abort();
    if (ended !== quit) return;
    // Commands are ended by who started them, which may be another thread.
    setTimeout(() => refuse(new DOMException('interrupted', 'AbortError')), about.captures ? GRACE_MS : 0);
  };
  const signals = about.captures ? (['SIGINT', 'SIGTERM'] as const) : (['SIGINT'] as const);
  for (const signal of signals) process.on(signal, interrupt);
  return {
    stop: stop.signal,
    enough: enough.signal,
    conclude: conclude.signal,
    quit: quit.signal,
    allIsRead: () => {
      isRead = true;
    },
    orQuit: (work) => Promise.race([work, quitted]),
    release: () => {
      for (const signal of signals) process.off(signal, interrupt);
    },
  };
}
