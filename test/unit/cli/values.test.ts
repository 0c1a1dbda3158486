import { describe, expect, it } from 'vitest';
import { damageWarnings, statusOf } from '../../../src/cli/analyze.js';
import { inputSpec, inputSpecs } from '../../../src/cli/inputs.js';
import { autostop, ringBuffer } from '../../../src/cli/limits.js';
import { address, bitsPerSecond, interval, linkRates, seconds, wholeNumber } from '../../../src/cli/values.js';
import type { Analysis, Finding, Input } from '../../../src/document/schema.js';
import { UsageError } from '../../../src/errors.js';

describe('values of options', () => {
  it.each([
    ['1G', 1e9],
    ['2.5G', 2.5e9],
    ['100M', 1e8],
    ['10gbit', 1e10],
    ['10Gbit/s', 1e10],
    ['1000000000', 1e9],
  ])('reads the rate %s', (text, rate) => {
    expect(bitsPerSecond(text)).toBe(rate);
  });

  it.each(['', '0', '-1G', 'fast', '1X', '1e9'])('refuses the rate "%s"', (text) => {
    expect(() => bitsPerSecond(text)).toThrow(UsageError);
  });

  it('tells one rate for all ports from rates by port', () => {
    expect(linkRates([])).toBeUndefined();
    expect(linkRates(['10G'])).toBe(1e10);
    expect(linkRates(['igb0=1G', 'igb1=10G'])).toEqual(
      new Map([
        ['igb0', 1e9],
        ['igb1', 1e10],
      ]),
    );
    expect(() => linkRates(['1G', 'igb0=10G'])).toThrow(UsageError);
  });

  it('reads durations with their unit only', () => {
    expect(seconds('skew', '200us')).toBeCloseTo(2e-4, 12);
    expect(seconds('skew', '5ms')).toBeCloseTo(5e-3, 12);
    expect(() => seconds('skew', '200')).toThrow(UsageError);
  });

  it('keeps counts within their bounds', () => {
    expect(wholeNumber('flows', '1,000', 0, 5000)).toBe(1000);
    for (const text of ['-1', '1.5', '', 'many', '5001']) {
      expect(() => wholeNumber('flows', text, 0, 5000), text).toThrow(UsageError);
    }
  });

  it('takes MAC and IP addresses', () => {
    expect(address('90-E2-BA-7B-0B-38')).toBe('90:e2:ba:7b:0b:38');
    expect(address('2001:DB8::1')).toBe('2001:db8::1');
    expect(() => address('server')).toThrow(UsageError);
  });
});

describe('inputs', () => {
  const nothing = () => false;

  it('splits NAME=FILE', () => {
    expect(inputSpec('igb0=a.pcap', nothing)).toEqual({ name: 'igb0', path: 'a.pcap' });
    expect(inputSpec('Gi1/0/1=-', nothing)).toEqual({ name: 'Gi1/0/1', path: '-' });
    expect(inputSpec('a b=c.pcap', nothing)).toEqual({ name: null, path: 'a b=c.pcap' });
    expect(inputSpec('x=y=z.pcap', nothing)).toEqual({ name: 'x', path: 'y=z.pcap' });
  });

  it('takes a file that has the whole name', () => {
    expect(inputSpec('rate=1G.pcap', (path) => path === 'rate=1G.pcap')).toEqual({ name: null, path: 'rate=1G.pcap' });
  });

  it('takes a command, and names it after its one interface', () => {
    expect(inputSpec('igb0=|ssh x tcpdump', nothing)).toEqual({ name: 'igb0', path: '|ssh x tcpdump' });
    expect(inputSpec('|tcpdump -i igb0 -w -', nothing).name).toBe('igb0');
    expect(inputSpec('|dumpcap -i igb0 -i igb1 -w -', nothing).name).toBeNull();
    expect(inputSpec('|tcpdump -i any -w -', nothing).name).toBeNull();
    expect(() => inputSpec('igb0=|', nothing)).toThrow(UsageError);
  });

  it('refuses what cannot be', () => {
    expect(() => inputSpec('igb0=', nothing)).toThrow(UsageError);
    expect(() => inputSpecs([])).toThrow(UsageError);
    expect(() => inputSpecs(['a=-', 'b=-'])).toThrow(UsageError);
  });
});

describe('the exit status', () => {
  const outcome = (verdict: Analysis['quality']['verdict'], ...severities: Finding['severity'][]) =>
    ({ quality: { verdict }, findings: severities.map((severity) => ({ severity })) }) as unknown as Analysis;

  it('is 0 whatever was found, unless asked to fail', () => {
    expect(statusOf(outcome('good', 'fault'), null)).toBe(0);
    expect(statusOf(outcome('good', 'fault'), 'fault')).toBe(1);
    expect(statusOf(outcome('good', 'warning'), 'fault')).toBe(0);
    expect(statusOf(outcome('limited', 'fault', 'ok'), 'notice')).toBe(1);
    expect(statusOf(outcome('good', 'ok'), 'notice')).toBe(0);
  });

  it('is 4 where nothing can be said', () => {
    expect(statusOf(outcome('unusable', 'fault'), 'fault')).toBe(4);
  });
});

describe('warnings', () => {
  it('name a damaged input once, with the place', () => {
    const damage = { offset: 48, reason: 'the record claims 2 GB.', framesBefore: 7 };
    const inputs = [
      { source: 'a.pcapng', complete: false, damage },
      { source: 'a.pcapng', complete: false, damage },
      { source: 'b.pcap', complete: true, damage: null },
    ] as unknown as Input[];
    expect([...damageWarnings(inputs)]).toEqual([
      'a.pcapng, byte 48: the record claims 2 GB. Analysed up to there: 7 frames.',
    ]);
  });
});

describe('the limits of a capture', () => {
  it('are those of dumpcap', () => {
    expect(autostop(['duration:70', 'filesize:100'], '12')).toEqual({ seconds: 70, octets: 100_000, frames: 12 });
    const ring = { seconds: 60, octets: 1_000_000, files: 4 };
    expect(ringBuffer(['duration:60', 'filesize:1000', 'files:4'], 'x.pcapng', 1)).toEqual(ring);
    expect(ringBuffer([], null, 1)).toBeNull();
  });

  it('are refused where they cannot be', () => {
    expect(() => autostop(['70'], null)).toThrow(/duration:N, filesize:N, packets:N/);
    expect(() => autostop(['duration:0'], null)).toThrow(UsageError);
    expect(() => ringBuffer(['files:4'], 'x', 0)).toThrow(/when a file is full/);
    expect(() => ringBuffer(['filesize:1'], null, 0)).toThrow(/-b needs -w/);
    expect(() => ringBuffer(['filesize:1'], 'x', 1)).toThrow(/at most 32 files/);
    expect(() => ringBuffer(['filesize:1', 'files:9'], 'x-{port}', 4)).toThrow(/at most 32 files/);
  });
});

describe('an interval', () => {
  it.each([
    ['2', 2],
    ['0.5', 0.5],
    ['500ms', 0.5],
    ['10s', 10],
  ])('%s is %d seconds', (text, value) => {
    expect(interval('interval', text)).toBe(value);
  });

  it.each(['0', '0.01', '-1', '1e3', '', 's', '4000', '1m'])('%j is none', (text) => {
    expect(() => interval('interval', text)).toThrow(UsageError);
  });
});
