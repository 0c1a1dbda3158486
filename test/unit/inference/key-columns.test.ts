import { describe, expect, it } from 'vitest';
import { fieldBit } from '../../../src/inference/fields/hypotheses.js';
import {
  bitsNeverExercised,
  bitsNeverVaried,
  columnsOf,
  differences,
} from '../../../src/inference/fields/key-columns.js';
import { observe } from '../../../src/inference/fields/observations.js';
import { ip, row } from './rows.js';

function tried(rows: ReturnType<typeof row>[]) {
  const observed = observe(rows, [4]);
  const columns = columnsOf(observed, fieldBit('ip.src') | fieldBit('l4.srcport'));
  return [differences(observed, [...rows.keys()], columns), columns] as const;
}

describe('bits of the key', () => {
  // Address and port change together first; then bit 1 of the port alone.
  const rows = [
    row({ srcIp: ip('10.0.0.1'), srcPort: 40_000 }),
    row({ srcIp: ip('10.0.0.3'), srcPort: 40_001 }),
    row({ srcIp: ip('10.0.0.1'), srcPort: 40_002 }),
  ];

  it('that are the same in all flows are named', () => {
    expect(bitsNeverVaried(...tried(rows), 'outer')).toEqual({ 'ip.src': '0, 2-31', 'l4.srcport': '2-15' });
  });

  it('that no flows tried alone are named: those that changed only with others too', () => {
    expect(bitsNeverExercised(...tried(rows), 'outer')).toEqual({ 'ip.src': '0-31', 'l4.srcport': '0, 2-15' });
  });

  it('of IPv6 addresses are 128', () => {
    const six = { etherType: 0x86dd, dstIp: ip('fd00::1') };
    const made = tried([row({ ...six, srcIp: ip('fd00::2') }), row({ ...six, srcIp: ip('fd01::2') })]);
    expect(bitsNeverVaried(...made, 'outer')['ip.src']).toBe('0-111, 113-127');
  });

  it('inside of tunnels have the names of the inner fields', () => {
    expect(Object.keys(bitsNeverVaried(...tried(rows), 'inner'))).toEqual(['inner.ip.src', 'inner.l4.srcport']);
  });
});
