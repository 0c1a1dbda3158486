/** A direction in words. Without a known local station nobody is called server. */
import type { Analysis, DirectionName } from '../document/schema.js';

export function wayOf({ lag }: Pick<Analysis, 'lag'>, direction: DirectionName): string {
  const [far, near] = lag.localStation.basis === 'unknown' ? ['side A', 'side B'] : ['switch', 'server'];
  return direction === 'ingress' ? `${far} → ${near}` : `${near} → ${far}`;
}
