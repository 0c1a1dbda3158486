/** One connection for all ports: host key and password are asked once, everything else goes through it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaptureError } from '../../errors.js';
import { CommandSource } from '../command.js';

const LONGEST_FOLDER = 60; // the name of a socket has 104 octets at most
const END_MS = 2000;

export interface SshOptions {
  /** user@host, as ssh takes it. */
  readonly host: string;
  /** ssh itself, with options: "ssh -p 2222". */
  readonly command: readonly string[];
  /** Becomes root over there: sudo or doas. */
  readonly become: 'sudo' | 'doas' | null;
}

export class SshConnection {
  readonly #options: SshOptions;
  readonly #folder: string;
  readonly #master: ChildProcess;

  private constructor(options: SshOptions) {
    this.#options = options;
    this.#folder = mkdtempSync(join(tmpdir().length > LONGEST_FOLDER ? '/tmp' : tmpdir(), 'lacpscope-ssh-'));
    const [program, ...words] = options.command;
    // It asks at the terminal, so it stays in this session, and must not end before the ports at Ctrl-C. It ends with its
    // standard input, so that it never outlives this process.
    const args = [
      '-M',
      ...this.#through(),
      '-o',
      'ServerAliveInterval=15',
      options.host,
      'echo connected; exec cat >/dev/null',
    ];
    this.#master = spawn('/bin/sh', ['-c', 'trap "" INT; exec "$@"', 'sh', program!, ...words, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#master.stdin!.on('error', () => undefined);
  }

  /** @throws CaptureError where it does not come about; ssh itself has said why */
  static async to(options: SshOptions): Promise<SshConnection> {
    const connection = new SshConnection(options);
    const master = connection.#master;
    const said = once(master.stdout!, 'data').then(() => true);
    const ended = once(master, 'exit').then(() => false);
    if (await Promise.race([said, ended]).catch(() => false)) return connection;
    connection.close();
    throw new CaptureError(
      'ssh-failed',
      { source: options.host },
      `no connection: ssh ended with status ${master.exitCode ?? master.signalCode}`,
      `Try it by itself: ${options.command.join(' ')} ${options.host} true`,
    );
  }

  #through(): string[] {
    return ['-S', join(this.#folder, 'master')];
  }

  /** A script that runs over there, as this user or as root; its standard output is the source. */
  start(name: string, script: string, asRoot = true): CommandSource {
    const { command, host, become } = this.#options;
    const shell = asRoot && become !== null ? `${become} -n sh -s` : 'sh -s';
    return new CommandSource(name, {
      words: [...command, ...this.#through(), '-o', 'ControlMaster=no', '-o', 'BatchMode=yes', host, shell],
      script,
    });
  }

  /** What a script prints. @throws CaptureError where it fails */
  async output(script: string): Promise<string> {
    const source = this.start(this.#options.host, script, false);
    const chunks: Uint8Array[] = [];
    const block = new Uint8Array(64 * 1024);
    for (;;) {
      const octets = await source.read(block);
      if (octets === 0) break;
      chunks.push(block.slice(0, octets));
    }
    source.close();
    if (source.failure === null) return Buffer.concat(chunks).toString('utf8');
    throw new CaptureError('ssh-failed', { source: this.#options.host }, source.failure, 'Try it by itself with ssh.');
  }

  close(): void {
    this.#master.stdin!.end();
    const late = setTimeout(() => this.#master.kill(), END_MS);
    late.unref();
    this.#master.once('exit', () => clearTimeout(late));
    this.#master.stdout!.destroy();
    this.#master.unref();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
