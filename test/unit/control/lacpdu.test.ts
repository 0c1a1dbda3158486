import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { macText } from '../../../src/control/addresses.js';
import { decodeLacpdu } from '../../../src/control/lacpdu.js';
import { isMalformed } from '../../../src/control/malformed.js';
import { decodeAmong } from '../../helpers/decode-among.js';
import { lacpduBytes, party } from '../../helpers/lacp-frames.js';
import { readFrames } from '../../helpers/pcap-frames.js';
import { noTshark, tshark } from '../../helpers/tshark.js';

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/[0-9a-f]{2}/g)!, (byte) => Number.parseInt(byte, 16));
const decode = (bytes: Uint8Array) => decodeAmong(decodeLacpdu, 0x00, bytes);

// Frame 1 of the-tcpdump-group-tcpdump__LACP.pcap.
const captured = bytesOf(`01 01
  01 14 80 00 00 13 c4 12 0f 00 00 0d 80 00 00 16 85 00 00 00
  02 14 80 00 00 0e 83 16 f5 00 00 0d 80 00 00 19 36 00 00 00
  03 10 80 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00`);

describe('decodeLacpdu', () => {
  it('reads a captured LACPDU', () => {
    expect(decode(captured)).toEqual({
      version: 1,
      actor: { systemPriority: 32768, system: 0x0013c4120f00, key: 13, portPriority: 32768, port: 22, state: 0x85 },
      partner: { systemPriority: 32768, system: 0x000e8316f500, key: 13, portPriority: 32768, port: 25, state: 0x36 },
      collectorMaxDelay: 32768,
      warnings: [],
    });
  });

  it('accepts a version it does not know', () => {
    expect(decode(lacpduBytes(party(), party(), 7))).toMatchObject({ version: 7, warnings: [] });
  });

  it('reads by offset where a TLV length is wrong, and warns', () => {
    const bytes = Uint8Array.from(captured);
    bytes[3] = 0;
    expect(decode(bytes)).toMatchObject({
      actor: { port: 22 },
      warnings: ['actor TLV has type 1 and length 0, not 1 and 20'],
    });
  });

  it('is usable as soon as the partner is complete', () => {
    expect(decode(captured.subarray(0, 42))).toMatchObject({ partner: { port: 25 }, collectorMaxDelay: null });
    expect(decode(captured.subarray(0, 41))).toMatchObject({ malformed: 'LACPDU' });
  });

  it('refuses another subtype', () => {
    expect(decode(Uint8Array.from(captured, (byte, i) => (i === 0 ? 10 : byte)))).toMatchObject({
      malformed: 'LACPDU',
    });
  });

  it('looks only at its own bytes and never throws', () => {
    const almost = fc.oneof(
      fc.uint8Array({ maxLength: 130 }),
      fc.tuple(fc.nat(captured.length), fc.nat(255), fc.nat(captured.length)).map(([at, value, length]) => {
        const bytes = captured.slice(0, length);
        if (at < bytes.length) bytes[at] = value;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(almost, (bytes) => {
        expect(decodeAmong(decodeLacpdu, 0x00, bytes)).toEqual(decodeAmong(decodeLacpdu, 0xff, bytes));
      }),
    );
  });
});

const folder = join(process.env.LACPSCOPE_SHARED ?? '', 'corpus/lacp');
const files = process.env.LACPSCOPE_SHARED ? readdirSync(folder).filter((name) => name.endsWith('.pcap')) : [];

describe.skipIf(noTshark || files.length === 0)(
  'LACPDUs as tshark reads them (needs tshark and LACPSCOPE_SHARED)',
  () => {
    it.each(files)('%s', (name) => {
      const side = (of: string) => [
        `lacp.${of}.sys_priority`,
        `lacp.${of}.sysid`,
        `lacp.${of}.key`,
        `lacp.${of}.port_priority`,
        `lacp.${of}.port`,
        `lacp.${of}.state`,
      ];
      const theirs = tshark(join(folder, name), 'lacp', [
        'frame.number',
        'lacp.version',
        ...side('actor'),
        ...side('partner'),
      ]);
      const ours: string[][] = [];
      for (const [i, { bytes }] of readFrames(join(folder, name)).entries()) {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        const at = view.getUint16(12) === 0x8100 ? 18 : 14;
        if (view.getUint16(at - 2) !== 0x8809) continue;
        const pdu = decodeLacpdu(view, at, bytes.length);
        if (isMalformed(pdu)) continue;
        const text = (p: typeof pdu.actor) => [
          `${p.systemPriority}`,
          macText(p.system),
          `${p.key}`,
          `${p.portPriority}`,
          `${p.port}`,
          `0x${p.state.toString(16).padStart(2, '0')}`,
        ];
        ours.push([
          `${i + 1}`,
          `0x${pdu.version.toString(16).padStart(2, '0')}`,
          ...text(pdu.actor),
          ...text(pdu.partner),
        ]);
      }
      expect(ours).toEqual(theirs);
    });
  },
);
