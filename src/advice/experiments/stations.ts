/**
 * Flows that differ below IP: from several MAC addresses with one IP address, or in several VLANs. A network namespace on one
 * machine holds them, and leaves nothing behind.
 */

import { ipText, macText } from '../../control/addresses.js';
import type { HashRow } from '../../flows/rows.js';
import { unseenMacs } from '../../flows/unseen-macs.js';
import type { Candidate } from './candidates.js';
import { BASE_PORT, type Ends, freeAddresses, loop, test, testFlow } from './test-flows.js';

/** Locally administered (802c), in single low bits apart: a hash may look at no more. */
const BITS = [0, 1, 2, 4];
const FIRST_MAC = 0x026c61637000;
const SPACE = 'lacp';
const MOST_VLANS = 4;
/** A namespace is more to set up than an address: these are for what the others tell less of, not for hundredths of a bit. */
const EFFORT = 1.1;

/** One IP address behind several MAC addresses; null where the capture holds none, or no address is free. */
export function clientMacs(ends: Ends, rows: readonly HashRow[]): Candidate | null {
  const { egress, row, server } = ends;
  const unseen = unseenMacs([row]);
  const [near, far] = egress ? [row.srcIp, row.dstIp] : [row.dstIp, row.srcIp];
  if (unseen.src || unseen.dst || isLinkLocal(near)) return null;
  const router = routerBefore(ends, rows);
  const aliases = freeAddresses(router === null ? far : near, rows);
  const macs = freeMacs(rows);
  if (aliases === null || macs === null) return null;
  const [alias] = aliases;
  const isIpv4 = alias.length === 4;
  return {
    where: router === null ? `client ${ends.client}, as root` : `a machine in the network of ${server}, as root`,
    lines: (flows) => [
      `dev=$(ip -o route get ${server} | sed 's/.* dev \\([^ ]*\\).*/\\1/')`,
      ...loop('m', macs.slice(0, flows).map(lastOctet), [
        `ip netns add ${SPACE}`,
        'ip link add link $dev name mv0 type macvlan mode bridge',
        `ip link set mv0 address ${macText(macs[0]).slice(0, -2)}$m netns ${SPACE}`,
        `ip -n ${SPACE} addr add ${ipText(alias)}/${isIpv4 ? 32 : '128 nodad'} dev mv0`,
        `ip -n ${SPACE} link set mv0 up`,
        `ip -n ${SPACE} route add ${server} dev mv0`,
        `ip netns exec ${SPACE} ${test(ends, `--cport ${BASE_PORT}`)}`,
        `ip netns del ${SPACE}`,
      ]),
    ],
    rows: macs.map((mac) =>
      testFlow(ends, BASE_PORT, egress ? { dstIp: alias, dstMac: mac } : { srcIp: alias, srcMac: mac }),
    ),
    sizes: [2],
    effort: EFFORT,
    asks: egress ? 'eth.dst' : 'eth.src',
    note: [
      router ?? 'From the network of the server only: a router would put its own MAC address in the place of these.',
      `${ipText(alias)} must be nobody’s. Not over Wi-Fi, and a virtual switch has to allow other MAC addresses.`,
      `FreeBSD: ifconfig em0 ether ${macText(macs[1])} before each connection, from the console.`,
    ].join(' '),
    outcomes: [
      { seen: 'all on one link', means: 'the client’s MAC address is not hashed' },
      { seen: 'on several links', means: 'the client’s MAC address is hashed' },
    ],
  };
}

/** A sentence where the client's MAC address is that of a router, which nobody behind it can vary. */
function routerBefore({ row, egress, client, server }: Ends, rows: readonly HashRow[]): string | null {
  const macOf = (of: HashRow) => (egress ? of.dstMac : of.srcMac);
  const ipOf = (of: HashRow) => (egress ? of.dstIp : of.srcIp);
  const behind = new Set(
    rows.filter((of) => macOf(of) === macOf(row) && ipOf(of).length === row.srcIp.length).map((of) => ipOf(of).join()),
  );
  if (behind.size < 2 || networkOf(row.srcIp) === networkOf(row.dstIp)) return null;
  return `${behind.size} addresses, ${client} among them, reach ${server} from the MAC address ${macText(macOf(row))}: it looks like a router’s, behind which nobody can vary it.`;
}

/** Of 256 IPv4 addresses, or the first half of an IPv6 address: networks may be larger, and then no router is supposed. */
const networkOf = (ip: Uint8Array) => ip.subarray(0, ip.length === 4 ? 3 : 8).join();

const isLinkLocal = (ip: Uint8Array) => ip.length === 16 && ip[0] === 0xfe && (ip[1] & 0xc0) === 0x80;

const lastOctet = (mac: number) => macText(mac).slice(-2);

function freeMacs(rows: readonly HashRow[]): number[] | null {
  const taken = new Set(rows.flatMap(({ srcMac, dstMac }) => [srcMac, dstMac]));
  for (let base = 0; base < 256; base += 8) {
    const macs = BITS.map((bit) => FIRST_MAC + base + bit);
    if (!macs.some((mac) => taken.has(mac))) return macs;
  }
  return null;
}

/**
 * One pair of addresses in one VLAN after the other, of those that the capture shows: both ends have addresses of their own in each,
 * so that flows of several VLANs differ in these as well. Null where there are not two.
 */
export function vlans(ends: Ends, rows: readonly HashRow[]): Candidate | null {
  const { egress, row, server } = ends;
  const [near, far] = egress ? [row.srcIp, row.dstIp] : [row.dstIp, row.srcIp];
  const ids = [...new Set([row.vlan, ...rows.map(({ vlan }) => vlan)])].filter((id) => id > 0).slice(0, MOST_VLANS);
  const isIpv4 = near.length === 4;
  // Not the same where both are of one network.
  const [atClient, atServer] = [freeAddresses(far, rows)?.[0], freeAddresses(near, rows)?.[1]];
  const mac = freeMacs(rows)?.[0];
  if (ids.length < 2 || !isIpv4 || atClient === undefined || atServer === undefined || mac === undefined) return null;
  const [client, service] = [ipText(atClient)!, ipText(atServer)!];
  return {
    where: `client ${ends.client}, if its port carries these VLANs, with ssh to the server; as root on both`,
    lines: (flows) => [
      `s=root@${server}`,
      `dev=$(ip -o route get ${server} | sed 's/.* dev \\([^ ]*\\).*/\\1/')`,
      'up=$(echo $dev | cut -d. -f1)',
      'all=$(ssh $s ip -o -d link show type vlan)',
      ...loop('v', ids.slice(0, flows), [
        'd=$(echo "$all" | sed -n "s/^[^ ]* \\([^@]*\\)@.* id $v .*/\\1/p")',
        `ssh $s ip addr add ${service}/32 dev $d`,
        `ssh $s ip route add ${client}/32 dev $d`,
        `ip netns add ${SPACE}`,
        'ip link add link $up name v0 type vlan id $v ||',
        '  ip link add link $up.$v name v0 type macvlan mode bridge',
        `ip link set v0 address ${macText(mac)} netns ${SPACE}`,
        `ip -n ${SPACE} addr add ${client}/32 dev v0`,
        `ip -n ${SPACE} link set v0 up`,
        `ip -n ${SPACE} route add ${service} dev v0`,
        `ip netns exec ${SPACE} ${test({ ...ends, server: service }, `--cport ${BASE_PORT}`)}`,
        `ip netns del ${SPACE}`,
        `ssh $s ip route del ${client}/32`,
        `ssh $s ip addr del ${service}/32 dev $d`,
      ]),
    ],
    rows: ids.map((vlan) => {
      const addresses = egress
        ? { srcIp: atServer, dstIp: atClient, dstMac: mac }
        : { srcIp: atClient, dstIp: atServer, srcMac: mac };
      return testFlow(ends, BASE_PORT, { ...addresses, vlan });
    }),
    sizes: [2],
    effort: EFFORT,
    asks: 'vlan.id',
    note: `${client} and ${service} must be nobody’s. FreeBSD: ifconfig lagg0.${ids[0]} inet ${service}/32 alias at the server, and route add ${client} -iface lagg0.${ids[0]}.`,
    outcomes: [
      { seen: 'all on one link', means: 'the VLAN is not hashed' },
      { seen: 'on several links', means: 'the VLAN is hashed' },
    ],
  };
}
