/** A program that writes a capture to its standard output: tcpdump, dumpcap, or ssh that runs one of them elsewhere. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { PipeSource } from './pipe.js';
import type { Drops, Source } from './source.js';

const KEPT_OF_STDERR = 4096;
/** After it was told to end: programs that do not (behind a shell that does) are cut off. Scripts wait for late frames first. */
const GRACE_MS = 3000;
const SCRIPT_GRACE_MS = 8000;

/** What tcpdump and dumpcap say where all is well. */
const NO_COMPLAINT = /^((tcpdump: )?listening on |tcpdump: verbose output|Capturing on |File: |Packets |\d+ packets? )/;

export interface CommandOptions {
  /** Words of a program; else the name is a line for the shell, behind a "|". */
  readonly words?: readonly string[];
  /**
   * What the program, a shell, is to do. It ends itself when its standard input does, which we close and nobody else can; so it
   * is in a session of its own, where Ctrl-C at the terminal does not reach it. Without: it may ask at the terminal.
   */
  readonly script?: string;
}

export class CommandSource implements Source {
  readonly size = null;
  /** Why the bytes ended early: the program failed, or was ended by somebody else. */
  failure: string | null = null;
  readonly #child: ChildProcess;
  readonly #pipe: PipeSource;
  readonly #ended: Promise<unknown>;
  readonly #isScript: boolean;
  #stderr = '';
  #problem: string | null = null;
  #stopped = false;
  #grace: NodeJS.Timeout | null = null;

  constructor(
    readonly name: string,
    { words = ['/bin/sh', '-c', name.slice(1)], script }: CommandOptions = {},
  ) {
    this.#isScript = script !== undefined;
    this.#child = spawn(words[0]!, words.slice(1), {
      stdio: [this.#isScript ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      detached: this.#isScript,
    });
    this.#child.once('error', (error) => {
      this.#problem = error.message;
    });
    this.#child.stdin?.on('error', () => undefined); // it ended before us
    if (script !== undefined) this.#child.stdin!.write(script);
    this.#ended = once(this.#child, 'close').catch(() => undefined);
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_OF_STDERR);
    });
    // Node.js throws away what a child that ended wrote, unless somebody listens by then.
    this.#child.stdout!.on('readable', () => undefined);
    this.#pipe = new PipeSource(name, this.#child.stdout!);
  }

  /** What tcpdump says at its end, and dumpcap, which writes it into a pcapng as well. */
  get drops(): Drops | null {
    const [, ofDumpcap] = /received\/dropped on interface .*: \d+\/(\d+)/.exec(this.#stderr) ?? [];
    if (ofDumpcap !== undefined) return { kernel: Number(ofDumpcap), interface: null };
    const [, kernel] = /^(\d+) packets? dropped by kernel/m.exec(this.#stderr) ?? [];
    const [, byInterface] = /^(\d+) packets? dropped by interface/m.exec(this.#stderr) ?? [];
    if (kernel === undefined) return null;
    return { kernel: Number(kernel), interface: byInterface === undefined ? null : Number(byInterface) };
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** What it says of itself, for a person: its last lines. */
  get complaint(): string {
    const lines = this.#stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '' && !NO_COMPLAINT.test(line));
    return lines.slice(-2).join('; ').trim();
  }

  async read(into: Uint8Array): Promise<number> {
    let octets = 0;
    try {
      octets = await this.#pipe.read(into);
    } catch (error) {
      if (!this.#stopped) throw error; // cut off by us
    }
    if (octets === 0) await this.#finish();
    return octets;
  }

  async #finish(): Promise<void> {
    await this.#ended;
    if (this.#grace !== null) clearTimeout(this.#grace);
    const { exitCode, signalCode } = this.#child;
    if (this.#stopped || exitCode === 0) return;
    const how =
      this.#problem !== null
        ? `could not be started (${this.#problem})`
        : signalCode !== null
          ? `was ended by ${signalCode}`
          : `ended with status ${exitCode}`;
    const said = this.complaint;
    this.failure = said === '' ? `the command ${how}` : `the command ${how}: ${said.replace(/[.\s]+$/, '')}`;
  }

  /** Tells the program to end. What it has written until then still comes. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#isScript) this.#child.stdin!.end();
    else this.#signal('SIGTERM');
    this.#grace = setTimeout(
      () => {
        this.#signal('SIGTERM');
        this.#child.stdout!.destroy();
        this.#child.stderr!.destroy();
      },
      this.#isScript ? SCRIPT_GRACE_MS : GRACE_MS,
    );
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      this.#child.kill(signal);
    } catch {
      // it runs as somebody else (sudo): the closed pipe ends it
    }
  }

  close(): void {
    this.stop();
    this.#pipe.close();
    this.#child.stderr!.destroy();
    if (this.#grace !== null) clearTimeout(this.#grace);
  }
}
