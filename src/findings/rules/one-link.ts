import type { Direction, DirectionName } from '../../document/schema.js';
import { NO_SIDES } from '../../flows/station.js';
import { grouped } from '../../stats/grouped.js';
import { DIRECTIONS, type Draft, finding, type Rule } from '../rule.js';
import { wayOut } from '../way-out.js';
import { bitRate, count, list, odds, type Side, seconds, sideOf } from '../words.js';

const MOST_OCTETS = 0.98;
const MINOR = 0.5; // of what the busiest link of the other direction carries

/** Everything of a direction on one of several links. */
export const oneLink: Rule = {
  asks: 'Does a whole direction ride on one link?',
  judge: ({ draft, stationDoubt }) =>
    DIRECTIONS.flatMap((name) => {
      const direction = draft.directions[name];
      const members = direction.ports.filter(({ port }) => draft.lag.ports.includes(port));
      const busy = members.filter(({ flows }) => flows > 0);
      const [top] = [...direction.ports].sort((a, b) => b.octets - a.octets);
      if (draft.quality.verdict === 'unusable' || draft.lag.ports.length < 2 || stationDoubt === NO_SIDES) return [];
      if (top === undefined || busy.length !== 1 || direction.flows < 2 || top.octetShare < MOST_OCTETS) return [];
      const side = sideOf(name, draft);
      const { flows, saturation } = direction;
      const { ownAddresses } = draft.lag;
      const hasRoom = saturation.verdict === 'none-full';
      const noun = flowNoun(direction, draft);
      return [
        finding({
          id: 'load-one-link',
          severity: hasRoom || isMinor(name, draft) ? 'notice' : 'warning',
          title: `${flows === 2 ? 'Both' : `All ${grouped(flows)}`} ${noun}s ${side.verb} on one link: ${top.port}`,
          explanation:
            `${side.arrow}: ${count(flows, noun)} on ${top.port}, none on ${list(members.filter((p) => p !== top).map((p) => p.port))}. ` +
            `${ownAddresses.length > 0 ? '' : `${side.Decider} chooses the link in this direction, not ${side.other}. `}${full(direction)}${luck(direction, noun)}`,
          advice:
            trunkFirst(side, draft) +
            `Only ${side.decider}’s policy, or other addresses, can change this direction.` +
            (name === 'ingress' && draft.lag.localStation.basis !== 'unknown'
              ? ' The other one rules what the server sends: test that with iperf3 -R.'
              : '') +
            wayOut(name, draft),
          ports: [top.port],
        }),
      ];
    }),
};

/** More flows than connections of TCP and UDP are those in tunnels, or the same ones in several VLANs. */
function flowNoun({ flows }: Direction, { capture }: Draft): string {
  return flows > capture.tcpConversations + capture.udpConversations ? 'flow' : 'connection';
}

/** Its links carry so little beside those of the other direction that these are the limit: acknowledgements, mostly. */
export function isMinor(name: DirectionName, { directions }: Draft): boolean {
  const busiest = (of: DirectionName) => Math.max(0, ...directions[of].ports.map(({ octets }) => octets));
  return busiest(name) < MINOR * busiest(name === 'ingress' ? 'egress' : 'ingress');
}

/** Without LACP nothing shows that the other end has the ports in one trunk, and without a trunk one link carries everything. */
function trunkFirst({ other, decider }: Side, { lacp, lag }: Draft): string {
  if (lacp.present) return '';
  const known = lag.localStation.basis !== 'unknown';
  const [far, near] = known ? ['the switch', 'the server'] : [decider, other];
  return `First make sure that ${far} has these ports in one trunk, and that the bond of ${near} is not active-backup: without LACP nothing here shows it. `;
}

/** How full the links were, in a sentence. */
export function full({ ports, saturation, series }: Direction): string {
  const known = ports.filter(({ port }) => saturation.ports.some((each) => each.port === port));
  const busy = saturation.ports.filter(({ fullSeconds }) => fullSeconds > 0);
  if (busy.length > 0)
    return `${list(busy.map(({ port, fullSeconds }) => `${port} was full for ${seconds(fullSeconds)}`))}.`;
  const top = known.reduce<(typeof known)[number] | null>(
    (a, b) => (a === null || (b.utilisation ?? 0) > (a.utilisation ?? 0) ? b : a),
    null,
  );
  if (top === null || top.utilisation === null) {
    const peak = Math.max(0, ...ports.map(({ peakBitsPerSecond }) => peakBitsPerSecond));
    return `Link speed unknown (peak: ${bitRate(peak)}): can’t tell whether it is full.`;
  }
  const peak = `${top.port} peaked at ${Math.round(top.utilisation * 100)} % of the link`;
  if (saturation.verdict === 'none-full') return `${peak}: no link was full.`;
  return `${peak} in ${seconds(series.interval)}; it was not full for longer.`;
}

function luck({ luck: rows }: Direction, noun: string): string {
  const said = rows
    .filter(({ busyLinks, n, unit }) => busyLinks === 1 && n > 1 && unit !== 'cells')
    .map(({ n, unit, chance }) => `${count(n, unit === 'peers' ? 'client' : noun)} on one link: ${odds(chance)}`);
  return said.length === 0 ? '' : ` By luck alone, under a fair hash: ${list(said)}.`;
}
