import { describe, expect, it } from 'vitest';
import type { ControlFrame } from '../../../src/engine/pass.js';
import { readNeighbours } from '../../../src/lacp/neighbours.js';
import { buildPass, SERVER } from '../../helpers/pass-builder.js';

const text = (value: string) => [...new TextEncoder().encode(value)];
const lldpTlv = (type: number, value: number[]) => [type << 1, value.length, ...value];
const SWITCH = [0x00, 0x1c, 0x73, 0x86, 0x10, 0x01];

function lldp(port: number, portId: string, name: string, source = SWITCH): ControlFrame {
  const header = [0x01, 0x80, 0xc2, 0, 0, 0x0e, ...source, 0x88, 0xcc];
  const tlvs = [
    lldpTlv(1, [4, ...SWITCH]),
    lldpTlv(2, [5, ...text(portId)]),
    lldpTlv(3, [0, 120]),
    lldpTlv(5, text(name)),
  ];
  return {
    kind: 'lldp',
    port,
    input: port,
    frame: 1,
    timeNs: 0,
    payloadAt: 14,
    bytes: Uint8Array.from([...header, ...tlvs.flat()]),
  };
}

function cdp(port: number, padding: number[]): ControlFrame {
  const device = [0, 1, 0, 10, ...text('Switch')];
  const portId = [0, 3, 0, 9, ...text('Gi0/5')];
  const payload = [2, 180, 0, 0, ...device, ...portId];
  const header = [
    0x01,
    0,
    0x0c,
    0xcc,
    0xcc,
    0xcc,
    ...SWITCH,
    0,
    8 + payload.length,
    0xaa,
    0xaa,
    3,
    0,
    0,
    0x0c,
    0x20,
    0,
  ];
  return {
    kind: 'cdp',
    port,
    input: port,
    frame: 1,
    timeNs: 0,
    payloadAt: 22,
    bytes: Uint8Array.from([...header, ...payload, ...padding]),
  };
}

const read = (control: readonly ControlFrame[]) => readNeighbours(buildPass({ control }), { macs: new Set([SERVER]) });

describe('readNeighbours', () => {
  it('says who is plugged into each port, with the last word of each sender', () => {
    expect(read([lldp(1, 'Ethernet3', 'old'), lldp(1, 'Ethernet3', 'leaf1'), lldp(0, 'Ethernet1', 'leaf1')])).toEqual([
      {
        port: 'igb0',
        protocol: 'lldp',
        chassis: '00:1c:73:86:10:01',
        portId: 'Ethernet1',
        systemName: 'leaf1',
        systemDescription: null,
      },
      {
        port: 'igb1',
        protocol: 'lldp',
        chassis: '00:1c:73:86:10:01',
        portId: 'Ethernet3',
        systemName: 'leaf1',
        systemDescription: null,
      },
    ]);
  });

  it('does not read the padding of a short CDP frame', () => {
    expect(read([cdp(2, [0, 5, 0, 8, ...text('junk')])])).toEqual([
      {
        port: 'igb2',
        protocol: 'cdp',
        chassis: 'Switch',
        portId: 'Gi0/5',
        systemName: 'Switch',
        systemDescription: null,
      },
    ]);
  });

  it('leaves out what the local station announces, and damaged frames', () => {
    const own = lldp(0, 'igb0', 'server', [0x90, 0xe2, 0xba, 0x7b, 0x0b, 0x38]);
    const cut = { ...lldp(0, 'Ethernet1', 'leaf1'), bytes: lldp(0, 'Ethernet1', 'leaf1').bytes.subarray(0, 15) };
    expect(read([own, cut])).toEqual([]);
  });
});
