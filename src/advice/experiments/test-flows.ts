/** The test flows of an experiment: between which hosts, and the lines of a shell that send them. */

import { ipText } from '../../control/addresses.js';
import type { HeaderField } from '../../document/schema.js';
import { type HashRow, MAIN } from '../../flows/rows.js';

export const BITS = [0, 1, 2, 4, 8, 16, 32, 64];
export const BASE_PORT = 5301;
const IPERF_PORT = 5201;
export const [TCP, UDP] = [6, 17];
export const SECONDS = 2;
const WIDTH = 72;

export interface Ends {
  readonly client: string;
  readonly server: string;
  readonly row: HashRow; // a flow between the two
  readonly egress: boolean; // the local station sends: it is the server of the tests, and of -R
}

/** The pair of hosts with most flows: for it most is known. */
export function endsOf(rows: readonly HashRow[], egress: boolean): Ends | null {
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
export function testFlow({ row, egress }: Ends, clientPort: number, changes: Partial<HashRow> = {}): HashRow {
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

export const reversed = ({ egress }: Ends) => (egress ? ' -R' : '');
export const portField = ({ egress }: Ends): HeaderField => (egress ? 'l4.dstport' : 'l4.srcport');

export const test = (ends: Ends, how: string) => `iperf3 -c ${ends.server} ${how} -t ${SECONDS}${reversed(ends)}`;
export const udpTest = (ends: Ends, port: number | string) => test(ends, `-u -b 10M --cport ${port}`);
export const texts = (addresses: readonly Uint8Array[], most: number) =>
  addresses.slice(0, most).map((address) => ipText(address)!);

export function loop(name: string, values: readonly (string | number)[], lines: readonly string[]): string[] {
  return [...listOf(name, values), ...lines.map((line) => `  ${line}`), 'done'];
}

/** The head of a loop, broken where it would be wider than a terminal. */
function listOf(name: string, values: readonly (string | number)[]): string[] {
  const head = `for ${name} in ${values.join(' ')}; do`;
  if (head.length <= WIDTH) return [head];
  return [`for ${name} in \\`, ...values.map((value, i) => `  ${value}${i < values.length - 1 ? ' \\' : '; do'}`)];
}

/** Four addresses that differ from each other in single low bits, in the network of `near`, and that nobody was seen with. */
export function freeAddresses(near: Uint8Array, rows: readonly HashRow[]): Uint8Array[] | null {
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
