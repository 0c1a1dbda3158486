import { describe, expect, it } from 'vitest';
import type { HashRow } from '../../../src/flows/rows.js';
import { fieldBit } from '../../../src/inference/fields/hypotheses.js';
import {
  bitsNeverExercised,
  bitsNeverVaried,
  columnsOf,
  differences,
} from '../../../src/inference/fields/key-columns.js';
import { observe } from '../../../src/inference/fields/observations.js';
import type { View } from '../../../src/inference/fields/views.js';
import { ip, row } from './rows.js';

const MASK = fieldBit('ip.src') | fieldBit('l4.srcport');
const neverVaried = (rows: readonly HashRow[], view: View) => bitsNeverVaried(observe(rows, [4]), MASK, view);

function neverExercised(rows: readonly HashRow[]) {
  const observed = observe(rows, [4]);
  const columns = columnsOf(observed, MASK);
  return bitsNeverExercised(differences(observed, [...rows.keys()], columns), columns, 'outer');
}

describe('bits of the key', () => {
  // Address and port change together first; then bit 1 of the port alone.
  const rows = [
    row({ srcIp: ip('10.0.0.1'), srcPort: 40_000 }),
    row({ srcIp: ip('10.0.0.3'), srcPort: 40_001 }),
    row({ srcIp: ip('10.0.0.1'), srcPort: 40_002 }),
  ];

  it('that are the same in all flows are named', () => {
    expect(neverVaried(rows, 'outer')).toEqual({ 'ip.src': '0, 2-31', 'l4.srcport': '2-15' });
  });

  it('that no flows tried alone are named: those that changed only with others too', () => {
    expect(neverExercised(rows)).toEqual({ 'ip.src': '0-31', 'l4.srcport': '0, 2-15' });
  });

  it('of IPv6 addresses are 128', () => {
    const six = { etherType: 0x86dd, dstIp: ip('fd00::1') };
    const two = [row({ ...six, srcIp: ip('fd00::2') }), row({ ...six, srcIp: ip('fd01::2') })];
    expect(neverVaried(two, 'outer')['ip.src']).toBe('0-111, 113-127');
  });

  it('inside of tunnels have the names of the inner fields', () => {
    expect(Object.keys(neverVaried(rows, 'inner'))).toEqual(['inner.ip.src', 'inner.l4.srcport']);
  });
});
