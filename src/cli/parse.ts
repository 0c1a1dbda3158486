/**
 * Words of the command line to Arguments. yargs's parser reads them; yargs itself, which takes 0.1 s to load, only
 * comes in where something has to be worded: help, completion, a mistake. Both are fed from the table in commands.ts.
 */

import parser from 'yargs-parser';
import { UsageError } from '../errors.js';
import { Arguments } from './arguments.js';
import { COMMANDS, type CommandSpec, type OptionSpec } from './commands.js';

export interface Parsed {
  readonly command: CommandSpec;
  readonly args: Arguments;
}

/** As yargs takes it too. Numbers stay words (a capture may be called 0x10), an option never swallows the files behind it. */
export const PARSER_CONFIGURATION = {
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'dot-notation': false,
  'camel-case-expansion': false,
  'boolean-negation': false,
  'greedy-arrays': false,
} as const;

// A variadic positional loses a bare "-", so it travels under another name: no file name can hold a NUL.
const STANDARD_INPUT = '\0stdin';
const hideDash = (word: string) => (word === '-' ? STANDARD_INPUT : word);
export const restoreDash = (word: string) => (word === STANDARD_INPUT ? '-' : word);
export const hideDashes = (words: readonly string[]) => words.map(hideDash);

/** null: yargs has to look at it (help, completion, a mistake). */
export function parse(words: readonly string[], env: NodeJS.ProcessEnv): Parsed | null {
  const name = words[0];
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name]! : null;
  if (command === null) return null;
  const { argv, error } = parser.detailed(hideDashes(words.slice(1)), parserOptions(command));
  if (error !== null) return null;
  const { _: positionals, ...typed } = argv;
  const options: Record<string, unknown> = { ...presets(command, env), ...typed };
  for (const [option, value] of Object.entries(options)) {
    const spec = specOf(command, option);
    if (spec === undefined) return null; // unknown, --help or --version
    if (spec.choices !== undefined && !spec.choices.includes(String(value))) return null;
  }
  if (command.positional === null && positionals.length > 0) return null;
  return { command, args: toArguments(command, positionals, options) };
}

export function toArguments(
  command: CommandSpec,
  words: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
): Arguments {
  const clean: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(command.options)) {
    const value = options[name];
    if (value === undefined) continue;
    if (spec.kind === 'value' && Array.isArray(value)) {
      throw new UsageError(`--${name} was given ${value.length} times: ${value.map(String).join(', ')}. Give it once.`);
    }
    clean[name] = Array.isArray(value) ? value.map((v) => restoreDash(String(v))) : restoreIfText(value);
  }
  return new Arguments(
    words.map((word) => restoreDash(String(word))),
    clean,
  );
}

const restoreIfText = (value: unknown) => (typeof value === 'string' ? restoreDash(value) : value);

function specOf(command: CommandSpec, option: string): OptionSpec | undefined {
  if (Object.hasOwn(command.options, option)) return command.options[option];
  return Object.values(command.options).find((spec) => spec.short === option);
}

function parserOptions(command: CommandSpec): parser.Options {
  const names = (kind: OptionSpec['kind']) =>
    Object.keys(command.options).filter((name) => command.options[name]!.kind === kind);
  const alias: Record<string, string[]> = {};
  const narg: Record<string, number> = {};
  for (const [name, { short, kind }] of Object.entries(command.options)) {
    if (short !== undefined) alias[name] = [short];
    if (kind === 'value' || kind === 'values') narg[name] = 1;
  }
  return {
    alias,
    narg,
    boolean: names('flag'),
    count: names('count'),
    string: [...names('value'), ...names('values')],
    array: names('values'),
    configuration: PARSER_CONFIGURATION,
  };
}

/** What LACPSCOPE_* variables preset; the command line wins. Variables that name no option are somebody else's. */
export function presets(command: CommandSpec, env: NodeJS.ProcessEnv): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(command.options)) {
    const text = env[`LACPSCOPE_${name.toUpperCase().replaceAll('-', '_')}`];
    if (spec.env !== true || text === undefined || text === '') continue;
    if (spec.kind === 'flag') given[name] = !/^(0|no|false|off)$/i.test(text);
    else if (spec.kind === 'count') given[name] = /^\d$/.test(text) ? Number(text) : 1;
    else if (spec.kind === 'values') given[name] = text.split(/[\s,]+/).filter((word) => word !== '');
    else given[name] = text;
  }
  return given;
}
