import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipText, isGroupMac, macText, parseIp, parseMac } from '../../../src/control/addresses.js';
import { ipBytes } from '../../helpers/pass-builder.js';

describe('addresses', () => {
  it('writes IPv6 as RFC 5952 says', () => {
    const canonical = (text: string) => ipText(ipBytes(text));
    expect(canonical('2001:0DB8:0:0:0:0:0:1')).toBe('2001:db8::1');
    expect(canonical('2001:db8:0:1:1:1:1:1')).toBe('2001:db8:0:1:1:1:1:1'); // one zero group stays
    expect(canonical('2001:0:0:1:0:0:0:1')).toBe('2001:0:0:1::1'); // the longest run
    expect(canonical('2001:db8:0:0:1:0:0:1')).toBe('2001:db8::1:0:0:1'); // the first of two equal runs
    expect(canonical('0:0:0:0:0:0:0:0')).toBe('::');
    expect(canonical('1:0:0:0:0:0:0:0')).toBe('1::');
    expect(canonical('0:0:0:0:0:ffff:c000:0201')).toBe('::ffff:192.0.2.1');
  });

  it('writes any IPv6 address as the URL standard does', () => {
    // new URL() serialises by the same rules, except that it knows no mixed notation.
    const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, (words) => {
        const text = ipText(Uint8Array.from(words.flatMap((word) => [word >> 8, word & 255])))!;
        expect(isIPv6(text)).toBe(true);
        fc.pre(!text.includes('.'));
        expect(text).toBe(
          new URL(`http://[${words.map((word) => word.toString(16)).join(':')}]`).hostname.slice(1, -1),
        );
      }),
    );
  });

  it('reads MAC addresses in usual notations', () => {
    for (const text of ['90:e2:ba:7b:0b:38', '90-E2-BA-7B-0B-38', '90e2.ba7b.0b38', '90e2ba7b0b38']) {
      expect(macText(parseMac(text)!)).toBe('90:e2:ba:7b:0b:38');
    }
    expect(parseMac('0:1:2:3:4:5')).toBe(0x000102030405);
    for (const text of ['192.0.2.10', '2001:db8::1', 'igb0', '', '90:e2:ba:7b:0b']) expect(parseMac(text)).toBeNull();
  });

  it('tells groups from single stations', () => {
    expect([0xffffffffffff, 0x01005e000001, 0x333300000001].every(isGroupMac)).toBe(true);
    expect(isGroupMac(0x90e2ba7b0b38)).toBe(false);
  });
});

describe('an IP address as a number', () => {
  it.each([
    ['192.0.2.7', 0xc0000207n],
    ['2001:db8::1', 0x20010db8_00000000_00000000_00000001n],
    ['::', 0n],
    ['::ffff:192.0.2.7', 0xffff_c0000207n],
    ['fe80::1%igb0', 0xfe80_0000_0000_0000_0000_0000_0000_0001n],
    ['1:2:3:4:5:6:7:8', 0x0001_0002_0003_0004_0005_0006_0007_0008n],
    ['192.0.2', null],
    ['02:00:00:00:00:01', null],
  ])('%s', (text, number) => expect(parseIp(text)).toBe(number));
});
