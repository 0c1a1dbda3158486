/** `lacpscope help TOPIC`: what one needs to know where there is no network. */

import { UsageError } from '../errors.js';
import type { Arguments } from './arguments.js';
import { print } from './output.js';
import { EXIT } from './status.js';
import { TOPICS } from './topics.js';

export async function run(args: Arguments): Promise<number> {
  const [topic, ...more] = args.words;
  if (topic === undefined) {
    const names = Object.entries(TOPICS).map(([name, { title }]) => `  ${name.padEnd(14)}${title}`);
    await print(`Topics of lacpscope help TOPIC:\n${names.join('\n')}\n\nlacpscope --help lists the commands.\n`);
    return EXIT.done;
  }
  if (more.length > 0 || !Object.hasOwn(TOPICS, topic)) {
    throw new UsageError(`No help on "${args.words.join(' ')}". Topics: ${Object.keys(TOPICS).join(', ')}.`);
  }
  const { title, text } = TOPICS[topic]!;
  await print(`${title}\n\n${text.replace(/^\n/, '')}`);
  return EXIT.done;
}
