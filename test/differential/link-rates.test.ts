import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { rateOfMauType } from '../../src/control/mau.js';
import { noTshark } from '../helpers/tshark.js';

describe('rateOfMauType', () => {
  it.each([
    [16, 100e6], // 100BASE-TX
    [30, 1e9], // 1000BASE-T
    [36, 10e9], // 10GBASE-SR
    [54, 10e9], // 10GBASE-T
    [71, 40e9], // 40GBASE-CR4
    [93, 25e9], // 25GBASE-SR
    [102, 100e9], // 100GBASE-SR4
    [103, 2.5e9], // 2.5GBASE-T
    [104, 5e9], // 5GBASE-T
  ])('type %i runs at %d bit/s', (type, rate) => expect(rateOfMauType(type)).toBe(rate));

  it('says nothing of what it does not know, nor of what is never in a LAG', () => {
    for (const type of [0, 15, 29, 37, 42, 53, 62, 500, 65535]) expect(rateOfMauType(type)).toBeNull();
  });
});

describe.skipIf(noTshark)('MAU types as tshark names them (needs tshark)', () => {
  it('has the rate of each name', () => {
    const names = execFileSync('tshark', ['-G', 'values'], { encoding: 'utf8', stdio: 'pipe', maxBuffer: 1 << 28 })
      .split('\n')
      .map((line) => line.split('\t'))
      .filter(([, field]) => field === 'lldp.ieee.802_3.pmd_mau_type');
    const compared = names.flatMap(([, , type, name]) => {
      const ours = rateOfMauType(Number(type));
      const said = /^(\d+)(G|Gig)?Base/i.exec(name!);
      if (ours === null || said === null) return [];
      expect([name, ours]).toEqual([name, Number(said[1]) * (said[2] === undefined ? 1e6 : 1e9)]);
      return [type];
    });
    expect(compared.length).toBeGreaterThan(20);
  });
});
