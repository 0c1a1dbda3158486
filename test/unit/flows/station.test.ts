import { describe, expect, it } from 'vitest';
import { macText, parseMac } from '../../../src/control/addresses.js';
import { EGRESS, INGRESS } from '../../../src/engine/pass.js';
import { directionOf, findStation } from '../../../src/flows/station.js';
import { labCaptures, labPass } from '../../helpers/lab-captures.js';
import { lacpFrame, party } from '../../helpers/lacp-frames.js';
import { buildPass, CLIENT, type FlowSpec, SERVER } from '../../helpers/pass-builder.js';

const SWITCH = 0x001c73861001;
const talk = (a: number, b: number, frames = 100): FlowSpec[] => [
  { srcMac: a, dstMac: b, frames },
  { srcMac: b, dstMac: a, frames },
];
const clients = [1, 2, 3, 4].map((n) => CLIENT + n);
const flat = clients.flatMap((client) => talk(client, SERVER));

describe('findStation', () => {
  it('takes the address that takes part in all unicast frames', () => {
    const station = findStation(buildPass({ flows: flat }));
    expect(station).toMatchObject({ basis: 'majority', ambiguous: null });
    expect([...station.macs]).toEqual([SERVER]);
    expect(directionOf(SERVER, station)).toBe(EGRESS);
    expect(directionOf(clients[0], station)).toBe(INGRESS);
  });

  it('prefers the centre to a client that takes part in nearly all frames', () => {
    const flows = [...talk(clients[0], SERVER, 100_000), ...talk(clients[1], SERVER, 50)];
    expect([...findStation(buildPass({ flows })).macs]).toEqual([SERVER]);
  });

  it('is not misled by frames that the switch floods between two clients', () => {
    const flows = [...flat, { srcMac: clients[0], dstMac: clients[1], frames: 5 }];
    expect([...findStation(buildPass({ flows })).macs]).toEqual([SERVER]);
  });

  it('does not choose between a station and the one router it talks to', () => {
    const station = findStation(buildPass({ flows: talk(SERVER, CLIENT, 500) }));
    expect(station.basis).toBe('unknown');
    expect(station.ambiguous).toContain('both take part');
    expect(station.macs.size).toBe(1); // one of the two sides: the directions can be told apart all the same
  });

  it('does not choose between two busy addresses that both have others', () => {
    const flows = [...talk(SERVER, CLIENT, 1000), ...talk(SERVER, CLIENT + 1, 40), ...talk(CLIENT, SERVER + 1, 40)];
    expect(findStation(buildPass({ flows })).basis).toBe('unknown');
  });

  it('does not take the router of many machines for the station', () => {
    const router = 0x020000000001;
    const flows = [1, 2, 3].flatMap((vm) =>
      Array.from({ length: 9 }, (_, n): FlowSpec[] => [
        { srcMac: router, dstMac: SERVER + vm, srcIp: `203.0.113.${vm * 10 + n}`, dstIp: `192.0.2.${vm}` },
        { srcMac: SERVER + vm, dstMac: router, srcIp: `192.0.2.${vm}`, dstIp: `203.0.113.${vm * 10 + n}` },
      ]).flat(),
    );
    expect(findStation(buildPass({ flows }))).toMatchObject({ basis: 'unknown' });
  });

  it('counts the addresses that its LACPDUs come from as local', () => {
    const control = [
      lacpFrame({ source: SERVER + 1, actor: party({ system: SERVER }), partner: party({ system: SWITCH }) }),
      lacpFrame({ source: SWITCH, actor: party({ system: SWITCH }), partner: party({ system: SERVER }) }),
    ];
    const station = findStation(buildPass({ flows: talk(SERVER, CLIENT, 500), control }));
    expect(station).toMatchObject({ basis: 'lacp', ambiguous: null });
    expect([...station.macs].sort()).toEqual([SERVER, SERVER + 1].sort());
  });

  it('knows the local system from the partner field where its own LACPDUs were not captured', () => {
    const control = [
      lacpFrame({ source: SWITCH, actor: party({ system: SWITCH }), partner: party({ system: SERVER }) }),
    ];
    const station = findStation(buildPass({ flows: talk(SERVER, CLIENT, 500), control }));
    expect([...station.macs]).toEqual([SERVER]);
  });

  it('takes the virtual machines of a bridging station for local', () => {
    const vms = [1, 2, 3].map((n) => 0x525400000000 + n);
    const flows = [
      ...talk(SERVER, clients[0], 3),
      ...vms.flatMap((vm) => clients.flatMap((client) => talk(vm, client, 500))),
      { srcMac: clients[0], dstMac: clients[1], frames: 2 }, // flooded
    ];
    const control = [
      lacpFrame({ source: SERVER, actor: party({ system: SERVER }), partner: party({ system: SWITCH }) }),
    ];
    const station = findStation(buildPass({ flows, control }));
    expect(station.basis).toBe('lacp');
    expect([...station.macs].sort()).toEqual([SERVER, ...vms].sort());
  });

  it('separates the sides of a bridge without LACP, and says that it cannot name them', () => {
    const vms = [1, 2, 3].map((n) => 0x525400000000 + n);
    const flows = vms.flatMap((vm) => clients.flatMap((client) => talk(vm, client, 500)));
    const station = findStation(buildPass({ flows }));
    expect(station.basis).toBe('unknown');
    expect([[...clients], [...vms]]).toContainEqual([...station.macs].sort((a, b) => a - b));
  });

  it('does not choose where both ends of the LAG take part', () => {
    const control = [
      lacpFrame({ source: SERVER, actor: party({ system: SERVER }), partner: party({ system: SWITCH }) }),
      lacpFrame({ source: SWITCH, actor: party({ system: SWITCH }), partner: party({ system: SERVER }) }),
    ];
    const flows = [...talk(SERVER, SWITCH, 500), ...talk(SERVER, CLIENT, 500)];
    expect(findStation(buildPass({ flows, control }))).toMatchObject({ basis: 'unknown' });
  });

  it('believes what is given, by MAC or by IP address', () => {
    const flows = talk(SERVER, CLIENT, 500);
    expect([...findStation(buildPass({ flows }), [macText(CLIENT)]).macs]).toEqual([CLIENT]);
    const byIp = findStation(buildPass({ flows: [{ ...flows[0], srcIp: '2001:db8::1', dstIp: '2001:db8::2' }] }), [
      '2001:DB8::1',
    ]);
    expect(byIp).toMatchObject({ basis: 'given', ips: ['2001:db8::1'], ambiguous: null });
    expect([...byIp.macs]).toEqual([SERVER]);
  });

  it('says that nothing was sent from a given IP address', () => {
    expect(findStation(buildPass({ flows: flat }), ['198.51.100.1']).ambiguous).toContain('198.51.100.1');
  });

  it('uses IP addresses where frames have no MAC', () => {
    const flows = [1, 2, 3].map(
      (n): FlowSpec => ({ srcMac: 0, dstMac: 0, srcIp: `192.0.2.${n}`, dstIp: '192.0.2.10' }),
    );
    expect(findStation(buildPass({ flows }))).toMatchObject({ basis: 'majority', ips: ['192.0.2.10'] });
  });

  it('has nothing to say about an empty capture', () => {
    expect(findStation(buildPass())).toMatchObject({ basis: 'unknown', macs: new Set() });
  });
});

describe.skipIf(!process.env.LACPSCOPE_SHARED)('local station of real captures (needs LACPSCOPE_SHARED)', () => {
  it.each(labCaptures())('$name', ({ name, truth }) => {
    const { station } = labPass(name);
    const server = truth.topology.server;
    expect([...station.macs].map(macText)).toEqual(expect.arrayContaining(server.allDataMacs));
    const local = new Set([...server.allDataMacs, ...Object.values(server.portMacs)].map((mac) => parseMac(mac)!));
    for (const mac of station.macs) expect(local.has(mac)).toBe(true);
    expect(station.basis).toBe(truth.lacp.pdusPerFile === undefined || name === 'rr-pingpong' ? 'majority' : 'lacp');
  });
});
