/** What the ends and the ports are called throughout a view. */
import type { Analysis, DirectionName } from '../document/schema.js';

export interface DirectionWords {
  readonly arrow: string; // switch → server
  readonly decider: string; // the switch
  readonly short: string; // in
}

export type Names = Readonly<Record<DirectionName, DirectionWords>>;

export function namesOf({ lag }: Analysis): Names {
  return lag.localStation.basis === 'unknown'
    ? {
        ingress: { arrow: 'side A → side B', decider: 'side A', short: 'A to B' },
        egress: { arrow: 'side B → side A', decider: 'side B', short: 'B to A' },
      }
    : {
        ingress: { arrow: 'switch → server', decider: 'the switch', short: 'in' },
        egress: { arrow: 'server → switch', decider: 'the server', short: 'out' },
      };
}

/** Member ports first, then captured ports outside of the LAG: the order that gives them their colours. */
export function portsOf({ lag, inputs }: Pick<Analysis, 'lag' | 'inputs'>): string[] {
  return [...new Set([...lag.ports, ...inputs.map(({ port }) => port)])];
}

/**
 * A name in at most `most` characters that is still its own: where names begin alike (ethernet1/1/1, ethernet1/1/2)
 * their ends are kept.
 */
export function shortName(name: string, all: readonly string[], most: number, dots = '…'): string {
  if ([...name].length <= most) return name;
  const room = most - dots.length;
  const head = (text: string) => [...text].slice(0, room).join('');
  const isOwn = all.every((other) => other === name || head(other) !== head(name));
  return isOwn ? `${head(name)}${dots}` : `${dots}${[...name].slice(-room).join('')}`;
}
