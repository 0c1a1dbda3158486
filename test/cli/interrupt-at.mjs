/**
 * Loaded before the command (`node --import`): sends itself SIGINT at exact moments. Work lets others have a turn by the promise
 * of setImmediate; which of these turns have a signal is told by INTERRUPT_AT ("2" or "2,3", from 1). The turn then lasts until
 * the signal must have been heard. With INTERRUPT_ALL the whole process group has it, as from a terminal.
 */
import { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { threadId } from 'node:worker_threads';

const { setImmediate: turnOf, setTimeout: wait } = timers;
const at = new Set(process.env.INTERRUPT_AT.split(',').map(Number));
let turns = 0;
timers.setImmediate = async (...given) => {
  if (at.has(++turns)) {
    process.kill(process.env.INTERRUPT_ALL ? 0 : process.pid, 'SIGINT');
    await wait(300);
    writeSync(2, `interrupted at turn ${turns} of thread ${threadId}\n`);
  }
  return turnOf(...given);
};
syncBuiltinESMExports();
