import { describe, expect, it } from 'vitest';
import type { Arguments } from '../../../src/cli/arguments.js';
import { COMMANDS } from '../../../src/cli/commands.js';
import { parse } from '../../../src/cli/parse.js';
import { word } from '../../../src/cli/wording.js';
import { UsageError } from '../../../src/errors.js';

const NAMES = Object.keys(COMMANDS.analyze!.options);

function meaning(args: Arguments) {
  const options = NAMES.map((name) => [name, args.flag(name), args.count(name), args.value(name), args.values(name)]);
  return { words: args.words, options };
}

const parsed = (line: string, env: NodeJS.ProcessEnv = {}) => parse(line.split(' '), env)?.args;

describe('the command line', () => {
  it('keeps a bare dash, wherever it stands', () => {
    expect(parsed('analyze a.pcap - b.pcap')?.words).toEqual(['a.pcap', '-', 'b.pcap']);
    expect(parsed('analyze a.pcap -o -')?.value('output')).toBe('-');
    expect(parsed('analyze -r - a.pcap')?.values('read')).toEqual(['-']);
  });

  it('never takes a file for the value of an option before it', () => {
    const args = parsed('analyze --rate 1G a.pcap --local 192.0.2.1 b.pcap -q c.pcap');
    expect(args?.words).toEqual(['a.pcap', 'b.pcap', 'c.pcap']);
    expect(args?.values('rate')).toEqual(['1G']);
  });

  it('leaves names that look like numbers as they are', () => {
    expect(parsed('analyze 007 0x10 1e3')?.words).toEqual(['007', '0x10', '1e3']);
  });

  it('takes everything behind -- as files', () => {
    expect(parsed('analyze -- -q --json')?.words).toEqual(['-q', '--json']);
  });

  it('refuses an option given twice that takes one value', () => {
    expect(() => parsed('analyze -o a -o b')).toThrow(UsageError);
  });

  it.each(['', 'foo', 'analyze --bogus x', 'analyze --rate', 'analyze --color pink a', 'analyze -h', 'analyze -o -q'])(
    'leaves "%s" to yargs',
    (line) => {
      expect(parse(line.split(' '), {})).toBeNull();
    },
  );

  it.each([
    'analyze a.pcap b.pcap',
    'analyze - p=b.pcap -vv --json -o out.json',
    'analyze --rate igb0=10G --rate igb1=1G -r x.pcap y.pcap --fail-on warning',
    'analyze --max-flows=5 -q --color never z.pcap',
  ])('reads "%s" as yargs does', async (line) => {
    const words = line.split(' ');
    const env = { LACPSCOPE_SKEW: '5ms', LACPSCOPE_RATE: '2G' };
    const slow = await word(words, env, '0');
    if ('print' in slow) throw new Error(`yargs printed: ${slow.print}`);
    expect(meaning(parse(words, env)!.args)).toEqual(meaning(slow.args));
  });
});

describe('LACPSCOPE_ variables', () => {
  it('preset options, and the command line wins', () => {
    const env = { LACPSCOPE_LOCAL: '192.0.2.1, 192.0.2.2', LACPSCOPE_QUIET: '1', LACPSCOPE_RATE: '1G' };
    const args = parsed('analyze --rate 10G a', env);
    expect(args?.values('local')).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(args?.flag('quiet')).toBe(true);
    expect(args?.values('rate')).toEqual(['10G']);
  });

  it('never name a file to write, and others are left alone', () => {
    const args = parsed('analyze a', { LACPSCOPE_OUTPUT: '/tmp/x', LACPSCOPE_SHARED: '/tmp', LACPSCOPE_QUIET: '0' });
    expect(args?.value('output')).toBeNull();
    expect(args?.flag('quiet')).toBe(false);
  });

  it('are checked like options', () => {
    expect(parse(['analyze', 'a'], { LACPSCOPE_COLOR: 'pink' })).toBeNull();
  });
});
