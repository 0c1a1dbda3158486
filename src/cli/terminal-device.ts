/** Standard output and input as a terminal, for a view that is drawn again and again. */

import { closeSync, constants, openSync, writeSync } from 'node:fs';
import type { KeySource, TerminalDevice } from '../live/view/screen.js';

const STDOUT = 1;
const USUAL = { columns: 80, rows: 24 };

export interface OwnTerminal extends TerminalDevice {
  close(): void;
}

export function ownTerminal(): OwnTerminal {
  const { stdout, stdin } = process;
  const fd = nonBlocking();
  return {
    size: () => ({ columns: stdout.columns || USUAL.columns, rows: stdout.rows || USUAL.rows }),
    write: (bytes) => writeSome(fd ?? STDOUT, bytes),
    keys: stdin.isTTY === true ? keysOf(stdin) : null,
    onResize: (listener) => {
      stdout.on('resize', listener);
      return () => stdout.off('resize', listener);
    },
    suspend,
    close: () => {
      if (fd !== null) closeSync(fd);
    },
  };
}

// Another description of the same terminal: whether a write to it waits is then our own affair. A window whose program is
// stopped would otherwise stop the capture.
function nonBlocking(): number | null {
  const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  for (const path of process.platform === 'linux' ? ['/proc/self/fd/1', '/dev/tty'] : ['/dev/tty']) {
    try {
      return openSync(path, flags);
    } catch {
      // of another user, or there is none: standard output itself does as well
    }
  }
  return null;
}

function writeSome(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    // A terminal that is gone takes everything; its signal ends the capture.
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : bytes.length;
  }
}

function keysOf(stdin: NodeJS.ReadStream): KeySource {
  stdin.on('error', () => undefined); // as above
  return {
    setRaw: (isRaw) => {
      try {
        stdin.setRawMode(isRaw);
      } catch {
        // as above
      }
    },
    listen: (listener) => {
      stdin.setEncoding('utf8').on('data', listener).resume();
      return () => stdin.off('data', listener).pause();
    },
  };
}

// The kernel stops a job only where a shell could let it go on; without our listeners SIGTSTP does what it does by itself.
function suspend(): void {
  const listeners = process.listeners('SIGTSTP');
  process.removeAllListeners('SIGTSTP');
  process.kill(0, 'SIGTSTP');
  for (const listener of listeners) process.on('SIGTSTP', listener);
}
