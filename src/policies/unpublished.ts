/** Senders whose choice of fields is documented and whose function is not: for them there is a name, and no value. */

import type { HeaderField } from '../document/schema.js';
import { NO_VALUE, type Policy, type PolicyFamily, policy, type Secret } from './policy.js';

const MACS: HeaderField[] = ['eth.src', 'eth.dst'];
const IPS: HeaderField[] = ['ip.src', 'ip.dst'];
const PORTS: HeaderField[] = ['l4.srcport', 'l4.dstport'];

const named = (id: string, description: string, reads: readonly HeaderField[], secret: Secret = 'unknown') =>
  policy({ id, description, reads, secret, value: () => NO_VALUE });

const UNPUBLISHED: readonly Policy[] = [
  named('hp-procurve:l3', 'HP ProCurve, ArubaOS-Switch, L3-based: last five bits of both IP addresses, else MACs', [
    ...MACS,
    ...IPS,
  ]),
  named('hp-procurve:l4', 'HP ProCurve, ArubaOS-Switch, L4-based: ports, else IP addresses, else MACs', [
    ...MACS,
    ...IPS,
    ...PORTS,
  ]),
  named('juniper-ex', 'Juniper EX and QFX, layer2-payload: IP addresses, protocol and ports', [
    ...IPS,
    'ip.proto',
    ...PORTS,
  ]),
  named('mlxsw', 'NVIDIA Spectrum, a CRC of addresses, protocol and ports from a seed of its own', [
    ...MACS,
    'eth.type',
    'vlan.id',
    ...IPS,
    'ip.proto',
    ...PORTS,
  ]),
  named('windows-lbfo:ports', 'Windows NIC teaming, TransportPorts: IP addresses and ports', [...IPS, ...PORTS]),
  named('windows-lbfo:ip', 'Windows NIC teaming, IPAddresses', IPS),
  named('windows-lbfo:mac', 'Windows NIC teaming, MacAddresses', MACS),
  named(
    'freebsd-lagg-flowid',
    'FreeBSD lagg with use_flowid: by the queue or RSS hash the connection came in with',
    [],
    'per-connection',
  ),
  named(
    'ovs-datapath',
    'Open vSwitch, balance-tcp hashed by the kernel datapath: a keyed hash of the connection',
    [...IPS, 'ip.proto', ...PORTS],
    'per-connection',
  ),
];

export const unpublishedFamily: PolicyFamily = {
  policies: UNPUBLISHED,
  named: ({ name, fields: [first] }) =>
    UNPUBLISHED.find(({ id }) => id === (first === undefined ? name : `${name}:${first}`)) ?? null,
};
