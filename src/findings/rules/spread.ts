import type { Direction } from '../../document/schema.js';
import { NO_SIDES } from '../../flows/station.js';
import { DIRECTIONS, finding, type Rule } from '../rule.js';
import { wayOut } from '../way-out.js';
import { capital, count, list, percent, sideOf } from '../words.js';
import { full, isMinor } from './one-link.js';

const UNEVEN = 2; // the busiest link carries this many times its fair share
const DOMINANT = 0.8;
const USED = 0.01; // of the octets

/** How traffic lies over the links where more than one is used. */
export const spread: Rule = {
  asks: 'Is traffic spread, and how evenly?',
  judge: ({ draft, stationDoubt }) =>
    DIRECTIONS.flatMap((name) => {
      const direction = draft.directions[name];
      if (draft.quality.verdict === 'unusable' || stationDoubt === NO_SIDES || !hasFlows(direction)) return [];
      const side = sideOf(name, draft);
      const twins = draft.quality.copies.flatMap(({ ports, aggregate }) =>
        aggregate === null ? ports.slice(1) : [aggregate],
      );
      const members = direction.ports.filter(({ port }) => draft.lag.ports.includes(port) && !twins.includes(port));
      // Flows count where most of them went: a link that carries parts of many may be that of none.
      const busy = members.filter(({ flows, octetShare }) => flows > 0 || octetShare >= USED);
      const [top] = [...members].sort((a, b) => b.octets - a.octets);
      const [largest] = direction.topFlows;
      if (top === undefined) return [];
      if (largest !== undefined && largest.share >= DOMINANT && largest.onPorts === 1) {
        return [
          finding({
            id: 'flows-single',
            severity: isMinor(name, draft) ? 'notice' : 'warning',
            title: `One flow carries ${percent(largest.share)} of ${side.arrow}`,
            explanation: `It stays on ${largest.port}: one flow never uses more than one link, so that its frames stay in order. ${full(direction)}`,
            advice: 'Measure with several connections at once (iperf3 -P 8, or several clients).',
            ports: [largest.port],
            flows: [largest.flow],
          }),
        ];
      }
      if (busy.length < 2) return [];
      const ratio = direction.balance.maxOverMean;
      const shares = list(members.map(({ port, octetShare }) => `${port} ${percent(octetShare)}`));
      const uneven = ratio !== null && ratio >= UNEVEN;
      return [
        finding({
          id: uneven ? 'load-uneven' : 'load-spread',
          severity: uneven ? 'notice' : 'ok',
          title: uneven
            ? `${capital(side.arrow)}: ${top.port} carries ${percent(top.octetShare)}, ${ratio.toFixed(1)} times its fair share`
            : `${capital(side.arrow)}: ${busy.length} of ${members.length} links in use`,
          explanation: `Shares of the octets: ${shares}${direction.flows > 0 ? `; ${count(direction.flows, 'flow')}` : ''}. ${full(direction)}${draft.lag.ownAddresses.length > 0 ? '' : ` ${side.Decider} chooses the link in this direction.`}`,
          advice: uneven ? wayOut(name, draft).trim() || null : null,
          ports: busy.map(({ port }) => port),
        }),
      ];
    }),
};

/** IP in IP, GRE, ESP, AH: flows too, although only those with ports are counted as such. */
const TUNNELS = new Set([4, 41, 47, 50, 51]);

function hasFlows({ flows, topFlows }: Direction): boolean {
  return flows > 0 || topFlows.some(({ flow }) => flow.ipProto !== null && TUNNELS.has(flow.ipProto));
}
