/** Ctrl-C and its like: the first one ends what goes on, and its result is shown; the second one quits. */

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
