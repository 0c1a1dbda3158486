/**
 * Traffic that a user could send next, with this capture's own addresses. inference.md C. Values are chosen by bits, not by
 * count: a linear hash yields one factor K for each independent bit, and adjacent numbers exercise the lowest alone.
 */

import { ipText } from '../../control/addresses.js';
import type { Experiment, HeaderField } from '../../document/schema.js';
import type { HashRow } from '../../flows/rows.js';
import { clientMacs, vlans } from './stations.js';
import {
  BASE_PORT,
  BITS,
  type Ends,
  endsOf,
  freeAddresses,
  loop,
  portField,
  reversed,
  SECONDS,
  TCP,
  test,
  testFlow,
  texts,
  UDP,
  udpTest,
} from './test-flows.js';

export interface Candidate {
  readonly where: string; // on which machine
  readonly rows: readonly HashRow[]; // the flows it sends, as the sender of this direction would see them
  readonly sizes: readonly number[]; // how many of them may do as well, fewest first
  readonly effort?: number; // beyond sending: so many times the information it must give to come before others (1)
  readonly lines: (flows: number) => readonly string[]; // for a POSIX shell, to send so many
  readonly asks: HeaderField; // what differs between the flows
  readonly again?: boolean; // nothing differs: the same flow several times
  readonly note: string;
  readonly outcomes: readonly [together: Outcome, apart: Outcome];
}

type Outcome = Experiment['outcomes'][number];

const together = (means: string): Outcome => ({ seen: 'all on one link', means });
const apart = (means: string): Outcome => ({ seen: 'on several links', means });

/** @param rows of the epoch, main rows alone @returns [] without a TCP or UDP flow over IP */
export function candidates(rows: readonly HashRow[], egress: boolean): Candidate[] {
  const ends = endsOf(rows, egress);
  if (ends === null) return [];
  return [
    clientPorts(ends),
    clientAliases(ends, rows),
    serverAliases(ends, rows),
    clientMacs(ends, rows),
    vlans(ends, rows),
    sameAgain(ends),
    otherProtocol(ends),
  ].filter((candidate) => candidate !== null);
}

function clientPorts(ends: Ends): Candidate {
  const ports = BITS.map((bit) => BASE_PORT + bit);
  return {
    where: `client ${ends.client}`,
    lines: (flows) => loop('p', ports.slice(0, flows), [test(ends, '--cport $p')]),
    rows: ports.map((port) => testFlow(ends, port)),
    sizes: [4, 6],
    asks: portField(ends),
    note: 'One connection after the other, each from a chosen client port: the ports differ in single bits.',
    outcomes: [together('the client’s port is not hashed'), apart('the client’s port is hashed')],
  };
}

/** More addresses on one client, of one port: same MAC address, other IP. */
function clientAliases(ends: Ends, rows: readonly HashRow[]): Candidate | null {
  const aliases = freeAddresses(ends.egress ? ends.row.dstIp : ends.row.srcIp, rows);
  if (aliases === null) return null;
  const width = aliases[0].length === 4 ? 32 : 128;
  return {
    where: `client ${ends.client}, as root`,
    lines: (flows) => [
      `dev=$(ip -o route get ${ends.server} | sed 's/.* dev \\([^ ]*\\).*/\\1/')`,
      ...loop('a', texts(aliases, flows), [
        `ip addr add $a/${width} dev $dev`,
        test(ends, `-B $a --cport ${BASE_PORT}`),
        `ip addr del $a/${width} dev $dev`,
      ]),
    ],
    rows: aliases.map((alias) => testFlow(ends, BASE_PORT, ends.egress ? { dstIp: alias } : { srcIp: alias })),
    sizes: [2],
    asks: ends.egress ? 'ip.dst' : 'ip.src',
    note: `Addresses that this capture did not see: make sure that nobody has them. FreeBSD: ifconfig em0 inet ${ipText(aliases[0])}/32 alias.`,
    outcomes: [together('the client’s IP address is not hashed'), apart('the client’s IP address is hashed')],
  };
}

/** More addresses on the server, of one client and port. */
function serverAliases(ends: Ends, rows: readonly HashRow[]): Candidate | null {
  const aliases = freeAddresses(ends.egress ? ends.row.srcIp : ends.row.dstIp, rows);
  if (aliases === null) return null;
  const width = aliases[0].length === 4 ? 32 : 128;
  return {
    where: `client ${ends.client}, with ssh to the server as root`,
    lines: (flows) => [
      `ssh root@${ends.server} '`,
      `dev=$(ip -o addr show to ${ends.server} | cut -d" " -f2)`,
      `for a in ${texts(aliases, flows).join(' ')}; do`,
      `  ip addr add $a/${width} dev $dev`,
      "done'",
      ...loop('a', texts(aliases, flows), [`iperf3 -c $a --cport ${BASE_PORT} -t ${SECONDS}${reversed(ends)}`]),
    ],
    rows: aliases.map((alias) => testFlow(ends, BASE_PORT, ends.egress ? { srcIp: alias } : { dstIp: alias })),
    sizes: [2],
    asks: ends.egress ? 'ip.src' : 'ip.dst',
    note: `Addresses that this capture did not see: make sure that nobody has them; the server keeps them until ip addr del, or until it starts again. FreeBSD: ifconfig lagg0 inet ${ipText(aliases[0])}/32 alias.`,
    outcomes: [together('the server’s IP address is not hashed'), apart('the server’s IP address is hashed')],
  };
}

/** The same ports again: a hash repeats itself, a number drawn for each connection does not. */
function sameAgain(ends: Ends): Candidate | null {
  if (!ends.egress) return null; // a switch has no sockets
  return {
    where: `client ${ends.client}`,
    lines: (flows) =>
      loop(
        'i',
        Array.from({ length: flows }, (_, i) => i + 1),
        [udpTest(ends, BASE_PORT), 'sleep 1'],
      ),
    rows: Array.from({ length: 4 }, () => testFlow(ends, BASE_PORT, { protocol: UDP })),
    sizes: [3],
    asks: portField(ends),
    again: true,
    note: 'The same addresses and ports each time.',
    outcomes: [
      together('the link follows from the headers'),
      apart('each connection gets a link of its own, whatever its headers say'),
    ],
  };
}

/** UDP beside TCP of the same ports. */
function otherProtocol(ends: Ends): Candidate {
  const ports = BITS.slice(0, 4).map((bit) => BASE_PORT + bit);
  return {
    where: `client ${ends.client}`,
    lines: (flows) => loop('p', ports.slice(0, flows / 2), [test(ends, '--cport $p'), udpTest(ends, '$p')]),
    rows: ports.flatMap((port) => [TCP, UDP].map((protocol) => testFlow(ends, port, { protocol }))),
    sizes: [4],
    asks: 'ip.proto',
    note: 'TCP and UDP in pairs of equal ports.',
    outcomes: [
      { seen: 'each pair on one link', means: 'the IP protocol does not matter' },
      { seen: 'a pair on two links', means: 'the IP protocol matters' },
    ],
  };
}
