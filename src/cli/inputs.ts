/** NAME=FILE to what the analysis takes. */

import { existsSync } from 'node:fs';
import type { InputSpec } from '../analysis/options.js';
import { UsageError } from '../errors.js';
import { isCommand } from '../sources/source.js';

const NAMED = /^([A-Za-z0-9_.:/-]+)=(.*)$/s;

export function inputSpec(word: string, exists: (path: string) => boolean = existsSync): InputSpec {
  const [, name, path] = NAMED.exec(word) ?? [];
  if (name === undefined || exists(word)) return checked(null, word); // a file may have '=' in its name
  return checked(name, path!);
}

function checked(name: string | null, path: string): InputSpec {
  if (path === '') throw new UsageError(`${name === null ? 'An input' : `${name}=`} has no file name behind it.`);
  if (!isCommand(path)) return { name, path };
  if (path.slice(1).trim() === '') throw new UsageError(`${path}: there is no command behind the "|".`);
  return { name: name ?? onlyInterface(path), path };
}

/** Of a command without a name. With several interfaces it writes pcapng, which names them. */
function onlyInterface(command: string): string | null {
  const interfaces = [...command.matchAll(/\s-i\s*([\w.:-]+)/g)].map(([, name]) => name!);
  return interfaces.length === 1 && interfaces[0] !== 'any' ? interfaces[0]! : null;
}

export function inputSpecs(words: readonly string[]): readonly InputSpec[] {
  if (words.length === 0) {
    throw new UsageError(
      'No captures given. lacpscope analyze igb0.pcap igb1.pcap …: one file per member port, or one pcapng.',
    );
  }
  const inputs = words.map((word) => inputSpec(word));
  if (inputs.filter(({ path }) => path === '-').length > 1) {
    throw new UsageError('Standard input (-) can be one input only. Give the other streams as /dev/fd/3, /dev/fd/4 …');
  }
  return inputs;
}
