/** Who goes where, with the low bits of the addresses. */
import type { Direction } from '../../document/schema.js';
import { clip, padEnd, padStart } from '../columns.js';
import { lowBits } from '../words.js';
import type { Screen } from './screen.js';

export function clients(screen: Screen): string[] {
  const { ingress, egress } = screen.analysis.directions;
  const peers = (ingress.peers.length > 0 ? ingress.peers : egress.peers).filter(({ flows }) => flows > 0);
  if (peers.length === 0) return [];
  const most = screen.verbose ? peers.length : 4;
  const names = [...screen.ports];
  const cell = (direction: Direction, peer: (typeof peers)[number]) => {
    const found = direction.peers.find(({ mac, ip }) => mac === peer.mac && ip === peer.ip);
    const flows = names.map((name) => found?.ports.find(({ port }) => port === name)?.flows ?? 0);
    return found === undefined ? '-' : flows.map((n) => padStart(n === 0 ? '·' : `${n}`, digits)).join(' ');
  };
  const largest = Math.max(
    0,
    ...[ingress, egress].flatMap((d) => d.peers.flatMap(({ ports }) => ports.map(({ flows }) => flows))),
  );
  const digits = `${largest}`.length;
  const wide = Math.max(8, (digits + 1) * names.length + 2);
  const rows = peers.slice(0, most).map((peer) => {
    const name = peer.ip ?? peer.mac ?? 'others';
    return `  ${padEnd(clip(name, 27), 28)}${padEnd(lowBits(peer.ip), 10)}${padEnd(cell(ingress, peer), wide)}${cell(egress, peer)}`.trimEnd();
  });
  const more = peers.length - Math.min(most, peers.length);
  return [
    screen.dim(
      `${padEnd('CLIENTS', 30)}${padEnd('low bits', 10)}${padEnd('in', wide)}out   (flows on ${names.length > 4 ? `${names.length} ports` : names.map((n) => clip(n, 6)).join(' ')})`.slice(
        0,
        screen.width,
      ),
    ),
    ...rows.map((row) => clip(row, screen.width)),
    ...(more > 0 ? [screen.dim(`  ${more} more clients`)] : []),
  ];
}
