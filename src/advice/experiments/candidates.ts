/**
 * Traffic that a user could send next, with this capture's own addresses. inference.md C. Values are chosen by bits, not by
 * count: a linear hash yields one factor K for each independent bit, and adjacent numbers exercise the lowest alone.
 */

import { ipText } from '../../control/addresses.js';
import type { Experiment, HeaderField } from '../../document/schema.js';
import { type HashRow, MAIN } from '../../flows/rows.js';

export interface Candidate {
  readonly where: string; // on which machine
  readonly rows: readonly HashRow[]; // the flows it sends, as the sender of this direction would see them
  readonly sizes: readonly number[]; // how many of them may do as well, fewest first
  readonly lines: (flows: number) => readonly string[]; // for a POSIX shell, to send so many
  readonly asks: HeaderField; // what differs between the flows
  readonly again?: boolean; // nothing differs: the same flow several times
  readonly note: string;
  readonly outcomes: readonly [together: Outcome, apart: Outcome];
}

type Outcome = Experiment['outcomes'][number];

const together = (means: string): Outcome => ({ seen: 'all on one link', means });
const apart = (means: string): Outcome => ({ seen: 'on several links', means });

const BITS = [0, 1, 2, 4, 8, 16, 32, 64];
const BASE_PORT = 5301;
const IPERF_PORT = 5201;
const [TCP, UDP] = [6, 17];
const SECONDS = 2;
const WIDTH = 72;

interface Ends {
  readonly client: string;
  readonly server: string;
  readonly row: HashRow; // a flow between the two
  readonly egress: boolean; // the local station sends: it is the server of the tests, and of -R
}

/** @param rows of the epoch, main rows alone @returns [] without a TCP or UDP flow over IP */
export function candidates(rows: readonly HashRow[], egress: boolean): Candidate[] {
  const ends = endsOf(rows, egress);
  if (ends === null) return [];
  return [
    clientPorts(ends),
    clientAliases(ends, rows),
    serverAliases(ends, rows),
    sameAgain(ends),
    otherProtocol(ends),
  ].filter((candidate) => candidate !== null);
}

/** The pair of hosts with most flows: for it most is known. */
function endsOf(rows: readonly HashRow[], egress: boolean): Ends | null {
  const pairs = new Map<string, { row: HashRow; flows: number }>();
  for (const row of rows) {
    if (row.kind !== MAIN || row.srcIp.length === 0 || (row.protocol !== TCP && row.protocol !== UDP)) continue;
    const key = `${row.srcIp} ${row.dstIp}`;
    const pair = pairs.get(key) ?? { row, flows: 0 };
    pair.flows++;
    pairs.set(key, pair);
  }
  const [most] = [...pairs.values()].sort((a, b) => b.flows - a.flows);
  if (most === undefined) return null;
  const [src, dst] = [ipText(most.row.srcIp)!, ipText(most.row.dstIp)!];
  return { row: most.row, egress, client: egress ? dst : src, server: egress ? src : dst };
}

/** A flow of the test: from client to server, or the data that comes back with -R. */
function testFlow({ row, egress }: Ends, clientPort: number, changes: Partial<HashRow> = {}): HashRow {
  const ports = egress ? { srcPort: IPERF_PORT, dstPort: clientPort } : { srcPort: clientPort, dstPort: IPERF_PORT };
  return {
    ...row,
    protocol: TCP,
    flowLabel: 0,
    inner: null,
    flow: null,
    frames: 0,
    stray: false,
    ...ports,
    ...changes,
  };
}

const reversed = ({ egress }: Ends) => (egress ? ' -R' : '');
const portField = ({ egress }: Ends): HeaderField => (egress ? 'l4.dstport' : 'l4.srcport');

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

const test = (ends: Ends, how: string) => `iperf3 -c ${ends.server} ${how} -t ${SECONDS}${reversed(ends)}`;
const udpTest = (ends: Ends, port: number | string) => test(ends, `-u -b 10M --cport ${port}`);
const texts = (addresses: readonly Uint8Array[], most: number) =>
  addresses.slice(0, most).map((address) => ipText(address)!);

function loop(name: string, values: readonly (string | number)[], lines: readonly string[]): string[] {
  return [...listOf(name, values), ...lines.map((line) => `  ${line}`), 'done'];
}

/** The head of a loop, broken where it would be wider than a terminal. */
function listOf(name: string, values: readonly (string | number)[]): string[] {
  const head = `for ${name} in ${values.join(' ')}; do`;
  if (head.length <= WIDTH) return [head];
  return [`for ${name} in \\`, ...values.map((value, i) => `  ${value}${i < values.length - 1 ? ' \\' : '; do'}`)];
}

/** Four addresses that differ from each other in single low bits, in the network of `near`, and that nobody was seen with. */
function freeAddresses(near: Uint8Array, rows: readonly HashRow[]): Uint8Array[] | null {
  const network = near.slice(0, -1).join();
  const taken = new Set<number>();
  for (const { srcIp, dstIp } of rows) {
    for (const address of [srcIp, dstIp]) {
      if (address.length === near.length && address.slice(0, -1).join() === network)
        taken.add(address[address.length - 1]);
    }
  }
  for (let base = 240; base >= 8; base -= 8) {
    const last = [0, 1, 2, 4].map((bit) => base + bit);
    if (last.some((octet) => taken.has(octet))) continue;
    return last.map((octet) => {
      const address = near.slice();
      address[address.length - 1] = octet;
      return address;
    });
  }
  return null;
}
