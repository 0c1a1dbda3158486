/** Clients as rows of a chart: the same rows for both directions, largest first, the rest in one row. */
import type { Analysis, Direction, DirectionName } from '../../document/schema.js';

export interface Cell {
  readonly octets: number;
  readonly flows: number;
}

export interface ClientRow {
  readonly name: string;
  readonly ip: string | null;
  readonly cells: Readonly<Record<DirectionName, readonly Cell[]>>; // by port, in the order asked for
}

type Peer = Direction['peers'][number];
const DIRECTIONS = ['ingress', 'egress'] as const;
const keyOf = ({ mac, ip }: Peer) => `${mac} ${ip}`;
const isRest = ({ mac, ip }: Peer) => mac === null && ip === null; // the document's own row of all others

/** @param most rows to show; one of them is for the rest where there are more clients */
export function clientRows({ directions }: Analysis, ports: readonly string[], most: number): ClientRow[] {
  const peers = DIRECTIONS.flatMap((name) => directions[name].peers).filter(({ flows }) => flows > 0);
  const named = [...new Map(peers.filter((peer) => !isRest(peer)).map((peer) => [keyOf(peer), peer])).values()];
  const cellsOf = (direction: Direction, isMine: (peer: Peer) => boolean) => {
    const mine = direction.peers.filter(isMine).flatMap((peer) => peer.ports);
    return ports.map((port) => {
      const on = mine.filter((each) => each.port === port);
      return {
        octets: on.reduce((sum, { octets }) => sum + octets, 0),
        flows: on.reduce((sum, { flows }) => sum + flows, 0),
      };
    });
  };
  const row = (name: string, ip: string | null, isMine: (peer: Peer) => boolean): ClientRow => ({
    name,
    ip,
    cells: { ingress: cellsOf(directions.ingress, isMine), egress: cellsOf(directions.egress, isMine) },
  });
  const rows = named
    .map((peer) => row(peer.ip ?? peer.mac ?? '', peer.ip, (other) => keyOf(other) === keyOf(peer)))
    .sort((a, b) => octetsOf(b) - octetsOf(a));
  const hasRest = peers.some(isRest);
  if (rows.length + (hasRest ? 1 : 0) <= most) {
    return hasRest ? [...rows, row('all others', null, isRest)] : rows;
  }
  const shown = rows.slice(0, most - 1);
  const rest = rows.slice(most - 1);
  const together = { ingress: cellsOf(directions.ingress, isRest), egress: cellsOf(directions.egress, isRest) };
  return [
    ...shown,
    sumOf(hasRest ? 'all others' : `${rest.length} others`, [...rest.map(({ cells }) => cells), together]),
  ];
}

export const flowsOf = (cells: readonly Cell[]) => cells.reduce((sum, { flows }) => sum + flows, 0);

const octetsOf = ({ cells }: ClientRow) =>
  [...cells.ingress, ...cells.egress].reduce((sum, { octets }) => sum + octets, 0);

function sumOf(name: string, parts: readonly ClientRow['cells'][]): ClientRow {
  const sum = (direction: DirectionName) =>
    parts
      .map((cells) => cells[direction])
      .reduce((a, b) => a.map((cell, p) => ({ octets: cell.octets + b[p]!.octets, flows: cell.flows + b[p]!.flows })));
  return { name, ip: null, cells: { ingress: sum('ingress'), egress: sum('egress') } };
}

/** By address, so that neighbours in number are neighbours in the picture; rows that stand for many stay last. */
export function byAddress(rows: readonly ClientRow[]): ClientRow[] {
  const single = rows.filter(({ name }) => !/others$/.test(name));
  const rest = rows.filter(({ name }) => /others$/.test(name));
  return [...single.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })), ...rest];
}

/** How many of the last bits are the same in all of these addresses; 0 for fewer than two. */
export function constantLowBits(bits: readonly string[]): number {
  const known = bits.filter((each) => each !== '');
  if (known.length < 2) return 0;
  let same = 0;
  while (same < known[0]!.length && new Set(known.map((each) => each.at(-1 - same))).size === 1) same++;
  return same;
}
