/** What needs yargs itself: help, the version, shell completion, and the wording of mistakes. */

import yargs, { type Argv, type Options } from 'yargs';
import { UsageError } from '../errors.js';
import { COMMANDS, type CommandSpec, type OptionSpec } from './commands.js';
import { hideDashes, PARSER_CONFIGURATION, type Parsed, presets, restoreDash, toArguments } from './parse.js';

export type Worded = { readonly print: string; readonly status: number } | Parsed;

/** What the completion script asks with; after it: the command line so far. */
const COMPLETE = '--get-yargs-completions';

const EPILOGUE =
  '"lacpscope help capture" says how to take the captures, "lacpscope help exit" what the exit status means.';

export async function word(words: readonly string[], env: NodeJS.ProcessEnv, version: string): Promise<Worded> {
  let found: Parsed | null = null;
  const program = yargs()
    .scriptName('lacpscope')
    .usage('$0 COMMAND\n\nSays what the links of a LAG really did, from captures of its member ports.')
    .parserConfiguration(PARSER_CONFIGURATION)
    .locale('en')
    .strict()
    .wrap(80)
    .exitProcess(false)
    .help()
    .alias('help', 'h')
    .version(version)
    .option('completion', { type: 'boolean', describe: 'Print the completion script for bash or zsh.' })
    .epilogue(EPILOGUE);
  for (const [name, spec] of Object.entries(COMMANDS)) {
    const keep = (argv: Record<string, unknown>) => {
      found = { command: spec, args: toArguments(spec, positionals(spec.positional?.name, argv), argv) };
    };
    program.command(spec.usage, spec.says, (command) => describe(command, name, spec, env), keep);
  }
  if (words[0] === '--completion') return { print: await completionScript(program), status: 0 };
  if (words[0] === COMPLETE) return { print: completions(words.slice(2)).join('\n'), status: 0 };
  if (words.length === 0) return { print: await program.getHelp(), status: 2 };
  refuseUnknownCommand(words);
  const output = await new Promise<string>((resolve, reject) => {
    const done = (mistake: Error | undefined | null, _: unknown, text: string) =>
      mistake
        ? reject(mistake instanceof UsageError ? mistake : new UsageError(sentence(mistake.message)))
        : resolve(text);
    Promise.resolve(program.parse(hideDashes(words), done)).catch(reject);
  });
  return found ?? { print: output, status: 0 };
}

const positionals = (name: string | undefined, argv: Record<string, unknown>): readonly unknown[] => {
  const given = name === undefined ? [] : argv[name];
  return Array.isArray(given) ? given : given === undefined ? [] : [given];
};

function describe(command: Argv, name: string, spec: CommandSpec, env: NodeJS.ProcessEnv): Argv {
  command.usage(`$0 ${spec.usage}\n\n${spec.says}`).config(presets(spec, env));
  if (spec.positional !== null) {
    command.positional(spec.positional.name, { type: 'string', describe: spec.positional.says });
  }
  for (const [option, optionSpec] of Object.entries(spec.options)) command.option(option, yargsOption(optionSpec));
  for (const [line, says] of spec.examples) command.example(line.startsWith('ssh ') ? line : `$0 ${line}`, says);
  return command.hide('completion').group(Object.keys(spec.options), `Options of ${name}:`);
}

function yargsOption({ kind, short, choices, says, takes }: OptionSpec): Options {
  const takesValue = kind === 'value' || kind === 'values';
  return {
    ...(short === undefined ? {} : { alias: short }),
    ...(kind === 'count' ? { count: true } : { type: kind === 'flag' ? 'boolean' : 'string' }),
    ...(kind === 'values' ? { array: true } : {}),
    ...(takesValue ? { nargs: 1, requiresArg: true } : {}),
    ...(choices === undefined ? {} : { choices }),
    describe: takes === undefined ? says : `${takes}: ${says}`,
  };
}

// yargs would look at process.argv for it, and knows nothing of file names: none offered here lets the shell offer them.
function completions(line: readonly string[]): readonly string[] {
  const command = COMMANDS[line[0] ?? ''];
  if (command === undefined || line.length < 2) return Object.keys(COMMANDS);
  return line.at(-1)!.startsWith('-') ? Object.keys(command.options).map((name) => `--${name}`) : [];
}

async function completionScript(program: Argv): Promise<string> {
  const lines: string[] = [];
  const log = console.log; // yargs has no other way to give the script
  console.log = (text: unknown) => lines.push(String(text));
  try {
    program.completion('completion', false).showCompletionScript();
  } finally {
    console.log = log;
  }
  return lines.join('\n');
}

const isGeneral = (option: string) => /^(-h|--help|--version|--completion)$/.test(option);

const LATER = ['check', 'explain'];

function refuseUnknownCommand(words: readonly string[]): void {
  const first = words.find((entry) => !entry.startsWith('-'));
  if (first !== undefined && first !== words[0] && Object.hasOwn(COMMANDS, first) && !isGeneral(words[0]!)) {
    throw new UsageError(`The command comes first: lacpscope ${first} ${words[0]} …`);
  }
  if (first === undefined || Object.hasOwn(COMMANDS, first)) return;
  if (LATER.includes(first)) {
    throw new UsageError(
      `"${first}" is not in this version. Take captures with tcpdump or dumpcap ("lacpscope help capture") and give them to "lacpscope analyze".`,
    );
  }
  throw new UsageError(
    `"${first}" is not a command (${Object.keys(COMMANDS).join(', ')}). To analyse captures: lacpscope analyze FILE...`,
  );
}

const sentence = (message: string) =>
  `${restoreDash(message.trim().replaceAll(/\s*\n\s*/g, ' '))}`.replace(/([^.?!])$/, '$1.');
