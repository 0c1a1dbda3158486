/** Who goes where, with the low bits of the addresses. */
import type { Direction } from '../../document/schema.js';
import { clip, padEnd, padStart } from '../columns.js';
import { count, lastBits } from '../words.js';
import type { Screen } from './screen.js';

type Peer = Direction['peers'][number];

const SHOWN = 4;
const NAME = 28;
const BITS = 10;

export function clients(screen: Screen): string[] {
  const { ingress, egress } = screen.analysis.directions;
  const peers = (ingress.peers.length > 0 ? ingress.peers : egress.peers).filter(({ flows }) => flows > 0);
  if (peers.length === 0) return [];
  const shown = screen.verbose ? peers : peers.slice(0, SHOWN);
  const counts = (direction: Direction, peer: Peer) => flowsByPort(direction, peer, screen.ports);
  const digits = `${Math.max(0, ...shown.flatMap((peer) => [counts(ingress, peer), counts(egress, peer)].flat()))}`
    .length;
  const column = (digits + 1) * screen.ports.length + 2;
  // A figure for each link where two columns of them fit, else what matters of them.
  const fits = 2 + NAME + BITS + 2 * column <= screen.width;
  const wide = fits ? Math.max(8, column) : Math.floor((screen.width - 2 - NAME - BITS) / 2);
  const cell = (direction: Direction, peer: Peer) => {
    const flows = counts(direction, peer);
    if (flows.length === 0) return '-';
    return fits
      ? flows.map((n) => padStart(n === 0 ? '·' : `${n}`, digits)).join(' ')
      : clip(summary(flows, screen), wide - 1);
  };
  const rows = shown.map((peer) => {
    const name = padEnd(clip(peer.ip ?? peer.mac ?? 'others', NAME - 1), NAME);
    const bits = lastBits(peer.ip, 6);
    const low = padEnd(bits === '' ? '' : `${screen.unicode ? '…' : '..'}${bits}`, BITS);
    return `  ${name}${low}${padEnd(cell(ingress, peer), wide)}${cell(egress, peer)}`.trimEnd();
  });
  const head = `${padEnd('CLIENTS', 2 + NAME)}${padEnd('low bits', BITS)}${padEnd('in', wide)}out`;
  const more = peers.length - shown.length;
  return [
    screen.dim(head),
    ...rows,
    ...(fits ? [screen.dim(`  ${legend(screen)}`)] : []),
    ...(more > 0 ? [screen.dim(`  ${count(more, 'more client')}`)] : []),
  ];
}

/** By port; nothing where the peer is not seen in this direction. */
function flowsByPort(direction: Direction, { mac, ip }: Peer, ports: readonly string[]): number[] {
  const found = direction.peers.find((each) => each.mac === mac && each.ip === ip);
  if (found === undefined) return [];
  return ports.map((name) => found.ports.find(({ port }) => port === name)?.flows ?? 0);
}

function summary(flows: readonly number[], { ports }: Screen): string {
  const used = ports.filter((_, p) => (flows[p] ?? 0) > 0);
  const all = flows.reduce((sum, n) => sum + n, 0);
  return used.length === 1 ? `${all} on ${used[0]}` : `${all} on ${count(used.length, 'link')}`;
}

function legend({ ports, width }: Screen): string {
  const named = `flows on ${ports.join(' ')}, in this order`;
  return named.length <= width - 2 ? named : 'flows on each link, in the order of LINKS';
}
