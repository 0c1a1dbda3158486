import type { DirectionPort } from '../../document/schema.js';
import { fisherAtLeast } from '../../stats/binomial.js';
import { grouped } from '../../stats/grouped.js';
import { DIRECTIONS, finding, type Rule } from '../rule.js';
import { capital, count, odds, percent, sideOf } from '../words.js';

const FEWEST_STATIONS = 5; // with a loss: the unit is the far station, for it loses on its own way too, and in bursts
const UNLIKELY = 0.001;
const WORSE = 3; // times the share of the other links
const WORTH_WORDS = 0.001; // of the segments

type Tcp = NonNullable<DirectionPort['tcp']>;
interface Link {
  readonly port: string;
  readonly tcp: Tcp & { readonly lossShare: number; readonly steadyStations: number; readonly lossyStations: number };
}

/** Which link is bad: its flows lose segments, and those of the others do not. */
export const losses: Rule = {
  asks: 'Does one link lose frames?',
  judge: ({ draft }) =>
    DIRECTIONS.flatMap((name) => {
      if (draft.quality.verdict === 'unusable') return [];
      const links = draft.directions[name].ports.flatMap(({ port, tcp }): Link[] => {
        if (tcp === null || tcp.lossShare === null || tcp.steadyStations === null || tcp.lossyStations === null)
          return [];
        const { lossShare, steadyStations, lossyStations } = tcp;
        return [{ port, tcp: { ...tcp, lossShare, steadyStations, lossyStations } }];
      });
      if (links.length < 2) return [];
      const side = sideOf(name, draft);
      // What is sent again from here may have arrived, and its answer been lost.
      const [does, lost] =
        name === 'ingress'
          ? ['loses', 'lost before they came here']
          : ['has to repeat', 'sent again (they were lost, or the answers to them),'];
      return links.flatMap((link) => {
        const others = sumOf(links.filter((other) => other !== link));
        const own = sumOf([link]);
        if (own.lossy < FEWEST_STATIONS || own.share < WORTH_WORDS || own.share < WORSE * others.share) return [];
        const chance = links.length * fisherAtLeast(own.lossy, own.stations, others.lossy, others.stations);
        if (chance > UNLIKELY) return [];
        const [low, high] = link.tcp.lossInterval;
        const range = low === null || high === null ? '' : ` (${percent(low)} to ${percent(high)})`;
        return [
          finding({
            id: 'load-lossy-link',
            severity: 'warning',
            title: `${capital(side.arrow)}: ${link.port} ${does} ${percent(own.share)} of its TCP segments, the other links ${percent(others.share)}`,
            explanation: `${grouped(own.lost)} of ${count(own.segments, 'segment')}${range} were ${lost} in flows of ${own.lossy} of the ${count(own.stations, 'station')} with 100 segments or more there; on the other links in flows of ${others.lossy} of ${others.stations}. Chance of that if all links were alike: ${odds(chance)}. A bad cable, transceiver or port does this, and so does a link that is full.`,
            advice: `Compare the error counters of both ends of ${link.port} (ethtool -S, netstat -i, the switch’s port statistics), then change its cable.`,
            ports: [link.port],
          }),
        ];
      });
    }),
};

function sumOf(links: readonly Link[]) {
  const sum = (of: (tcp: Link['tcp']) => number) => links.reduce((all, { tcp }) => all + of(tcp), 0);
  const segments = sum((tcp) => tcp.segments);
  const lost = sum((tcp) => Math.round(tcp.lossShare * tcp.segments));
  return {
    segments,
    lost,
    share: segments > 0 ? lost / segments : 0,
    stations: sum((tcp) => tcp.steadyStations),
    lossy: sum((tcp) => tcp.lossyStations),
  };
}
