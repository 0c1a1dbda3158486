import type { DirectionPort } from '../../document/schema.js';
import { fisherAtLeast } from '../../stats/binomial.js';
import { grouped } from '../../stats/grouped.js';
import { DIRECTIONS, finding, type Rule } from '../rule.js';
import { capital, count, odds, percent, sideOf } from '../words.js';

const FEWEST_HOSTS = 5; // with a loss: the unit is the far end, for it loses on its own way too, and in bursts
const UNLIKELY = 0.001;
const WORSE = 3; // times the share of the other links
const WORTH_WORDS = 0.001; // of the segments

type Tcp = NonNullable<DirectionPort['tcp']>;
interface Link {
  readonly port: string;
  readonly tcp: Tcp & { readonly lossShare: number; readonly steadyHosts: number; readonly lossyHosts: number };
}

/** Which link is bad: its flows lose segments, and those of the others do not. */
export const losses: Rule = {
  asks: 'Does one link lose frames?',
  judge: ({ draft }) =>
    DIRECTIONS.flatMap((name) => {
      if (draft.quality.verdict === 'unusable') return [];
      const links = draft.directions[name].ports.flatMap(({ port, tcp }): Link[] => {
        if (tcp === null || tcp.lossShare === null || tcp.steadyHosts === null || tcp.lossyHosts === null) return [];
        const { lossShare, steadyHosts, lossyHosts } = tcp;
        return [{ port, tcp: { ...tcp, lossShare, steadyHosts, lossyHosts } }];
      });
      if (links.length < 2) return [];
      const side = sideOf(name, draft);
      const lost = name === 'ingress' ? 'lost before they came here' : 'sent again';
      return links.flatMap((link) => {
        const others = sumOf(links.filter((other) => other !== link));
        const own = sumOf([link]);
        if (own.lossy < FEWEST_HOSTS || own.share < WORTH_WORDS || own.share < WORSE * others.share) return [];
        const chance = links.length * fisherAtLeast(own.lossy, own.hosts, others.lossy, others.hosts);
        if (chance > UNLIKELY) return [];
        const [low, high] = link.tcp.lossInterval;
        const range = low === null || high === null ? '' : ` (${percent(low)} to ${percent(high)})`;
        return [
          finding({
            id: 'load-lossy-link',
            severity: 'warning',
            title: `${capital(side.arrow)}: ${link.port} loses ${percent(own.share)} of its TCP segments, the other links ${percent(others.share)}`,
            explanation: `${grouped(own.lost)} of ${count(own.segments, 'segment')}${range} were ${lost}, of ${own.lossy} of the ${count(own.hosts, 'host')} with 100 segments or more there; on the other links of ${others.lossy} of ${others.hosts}. Chance of that if all links were alike: ${odds(chance)}. A bad cable, transceiver or port does this, and so does a link that is full.`,
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
    hosts: sum((tcp) => tcp.steadyHosts),
    lossy: sum((tcp) => tcp.lossyHosts),
  };
}
