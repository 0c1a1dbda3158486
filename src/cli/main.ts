#!/usr/bin/env node
/** The lacpscope command: finds the command, runs it, and turns what went wrong into a message and an exit status. */

import { setFlagsFromString } from 'node:v8';
import { CaptureError, UsageError } from '../errors.js';
import { VERSION } from '../version.js';
import { COMMANDS } from './commands.js';
import { OutputError, print, tell } from './output.js';
import { parse } from './parse.js';
import { EXIT } from './status.js';

async function main(typed: readonly string[]): Promise<number> {
  const words = typed[0] === '-D' ? ['interfaces', ...typed.slice(1)] : typed;
  const plain = parse(words, process.env);
  const wanted = plain ?? (await (await import('./wording.js')).word(words, process.env, VERSION));
  if ('print' in wanted) {
    const show = wanted.status === EXIT.done ? print : tell;
    await show(`${wanted.print.trimEnd()}\n`);
    return wanted.status;
  }
  const { run } = await wanted.command.load();
  return run(wanted.args);
}

async function explain(error: unknown, words: readonly string[]): Promise<number> {
  if (error instanceof UsageError) {
    const command = Object.hasOwn(COMMANDS, words[0] ?? '') ? ` ${words[0]}` : '';
    await tell(`lacpscope: ${error.message}\n  lacpscope${command} --help lists the options.\n`);
    return EXIT.usage;
  }
  if (error instanceof CaptureError || error instanceof OutputError) {
    await tell(`lacpscope: ${error.message}\n`);
    return 'code' in error && error.code === 'capture-permission' ? EXIT.notPermitted : EXIT.unreadable;
  }
  if ((error as Error | null)?.name === 'AbortError') return EXIT.interrupted;
  await tell(`lacpscope: this is a bug of lacpscope, please report it with the lines below.\n${stackOf(error)}\n`);
  return EXIT.bug;
}

const stackOf = (error: unknown) => (error instanceof Error ? error.stack : String(error));

// Much of an analysis runs for milliseconds only, and optimising it takes longer. Node.js 20 has nothing between its interpreter's
// baseline and its slow compiler, which is told to wait, for small functions too; later ones have, and do not know the flag.
// And little of what an analysis makes lives long: to keep three times 16 MiB for it is more than that is worth, and so is to let
// the rest double before it is looked through.
if (process.versions.v8.startsWith('11.')) {
  setFlagsFromString('--interrupt-budget=400000');
  setFlagsFromString('--max-bytecode-size-for-early-opt=0');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=20');
}
const words = process.argv.slice(2);
// All output is written synchronously, so nothing is lost here; a source that still waits for its pipe would not end by itself.
process.exit(await main(words).catch((error) => explain(error, words)));
