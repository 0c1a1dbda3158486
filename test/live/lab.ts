/**
 * A network of its own for one test file: pairs of virtual Ethernet ports in a namespace that ends with this process, so that
 * nothing of the machine's is touched and nothing is left behind. What is sent on s0 is received on p0.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { MAIN } from '../cli/lacpscope.js';

const SEND = join(import.meta.dirname, 'send.py');
const NEEDED = ['ip', 'unshare', 'nsenter', 'setpriv', 'python3', 'tcpdump', 'tshark', 'capinfos', 'dumpcap'];
const missing = NEEDED.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);

const BARE = [
  'mount -t sysfs sysfs /sys',
  // Its own frames would be captured too.
  'if [ -d /proc/sys/net/ipv6 ]; then echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; fi',
  'ip link set lo up',
];

/** As large as frames can be: captures hold what a card has put together. */
export const pair = (n: number) =>
  `ip link add s${n} mtu 65535 type veth peer name p${n} mtu 65535; ip link set s${n} up; ip link set p${n} up`;

/** Why there can be no such network here; null if there can. */
export function whyNoLab(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it needs root on Linux';
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  const made = spawnSync('unshare', ['--net', '--mount', 'sh', '-ec', [...BARE, pair(0)].join('\n')], {
    encoding: 'utf8',
  });
  return made.status === 0 ? null : `no namespace with virtual ports: ${made.stderr.trim().split('\n')[0]}`;
}

export interface Running {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Until standard error says so. */
  says(words: string): Promise<void>;
  /** Until it has ended. */
  ended(): Promise<{ status: number | null; stdout: string; stderr: string }>;
}

export class Lab {
  readonly #holder: ChildProcess;
  readonly #started: ChildProcess[] = [];

  private constructor(
    holder: ChildProcess,
    private readonly temporary: string | null,
  ) {
    this.#holder = holder;
    process.once('exit', () => this.close());
  }

  /** @param temporary where what runs in it puts what is temporary */
  static async of(ports: number, temporary: string | null = null): Promise<Lab> {
    const set = [...BARE, ...Array.from({ length: ports }, (_, n) => pair(n)), 'echo ready', 'exec sleep 1000000'];
    const holder = spawn('unshare', ['--net', '--mount', 'sh', '-ec', set.join('\n')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout!, 'data');
    return new Lab(holder, temporary);
  }

  /** Of a process in the namespace. */
  get pid(): number {
    return this.#holder.pid!;
  }

  #inside(command: readonly string[]): string[] {
    return ['-t', String(this.#holder.pid), '--net', '--mount', ...command];
  }

  /** In the namespace; its standard output. */
  run(...command: readonly string[]): string {
    return execFileSync('nsenter', this.#inside(command), { encoding: 'utf8' });
  }

  start(command: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const child = spawn('nsenter', this.#inside(command), {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#started.push(child);
    const texts = ['', ''];
    for (const [n, stream] of [child.stdout, child.stderr].entries()) {
      stream.setEncoding('utf8').on('data', (text: string) => (texts[n] += text));
    }
    const closed = once(child, 'close');
    return {
      child,
      stdout: () => texts[0]!,
      stderr: () => texts[1]!,
      says: async (words) => {
        while (!texts[1]!.includes(words)) {
          if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${texts[1]}`);
          await wait(10);
        }
      },
      ended: async () => {
        await closed;
        return { status: child.exitCode, stdout: texts[0]!, stderr: texts[1]! };
      },
    };
  }

  lacpscope(...args: readonly string[]): Running {
    return this.start([process.execPath, MAIN, ...args], this.temporary === null ? {} : { TMPDIR: this.temporary });
  }

  /** The frames of captures, on ports; how many were sent. */
  send(files: Readonly<Record<string, string>>, times = 1): number {
    const words = Object.entries(files).map(([port, file]) => `${port}=${file}`);
    return Number(this.run('python3', SEND, ...words, `--times=${times}`));
  }

  /** Processes of this namespace by their command line, at once. Some of them may end with the first. */
  kill(pattern: RegExp): void {
    for (const pid of this.processes(pattern)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }

  /** Processes of this namespace by their command line: others may run the same beside it. */
  processes(pattern: RegExp): number[] {
    const own = readlinkSync(`/proc/${this.pid}/ns/net`);
    return readdirSync('/proc').flatMap((name) => {
      try {
        const words = /^\d+$/.test(name) ? readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') : '';
        return pattern.test(words) && readlinkSync(`/proc/${name}/ns/net`) === own ? [Number(name)] : [];
      } catch {
        return []; // it has ended
      }
    });
  }

  close(): void {
    for (const child of [...this.#started, this.#holder]) child.kill('SIGKILL');
  }
}

const ENHANCED_PACKET = 6;

/** Until a pcapng that is being written has so many frames. */
export async function written(path: string, frames: number): Promise<void> {
  for (let found = 0; found < frames; await wait(50)) {
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    found = 0;
    for (let at = 0; at + 8 <= bytes.length; at += bytes.readUInt32LE(at + 4)) {
      if (bytes.readUInt32LE(at) === ENHANCED_PACKET) found++;
    }
  }
}
