import type { Direction } from '../../document/schema.js';
import { grouped } from '../../stats/grouped.js';
import { DIRECTIONS, finding, type Rule } from '../rule.js';
import { wayOut } from '../way-out.js';
import { bitRate, count, list, odds, seconds, sideOf } from '../words.js';

const MOST_OCTETS = 0.98;

/** Everything of a direction on one of several links. */
export const oneLink: Rule = {
  asks: 'Does a whole direction ride on one link?',
  judge: ({ draft }) =>
    DIRECTIONS.flatMap((name) => {
      const direction = draft.directions[name];
      const members = direction.ports.filter(({ port }) => draft.lag.ports.includes(port));
      const busy = members.filter(({ flows }) => flows > 0);
      const [top] = [...direction.ports].sort((a, b) => b.octets - a.octets);
      if (draft.quality.verdict === 'unusable' || draft.lag.ports.length < 2) return [];
      if (top === undefined || busy.length !== 1 || direction.flows < 2 || top.octetShare < MOST_OCTETS) return [];
      const side = sideOf(name, draft);
      return [
        finding({
          id: 'load-one-link',
          severity: 'warning',
          title: `All ${grouped(direction.flows)} connections ${side.verb} on one link: ${top.port}`,
          explanation:
            `${side.arrow}: ${count(direction.flows, 'connection')} on ${top.port}, none on ${list(members.filter((p) => p !== top).map((p) => p.port))}. ` +
            `${side.Decider} chooses the link in this direction, not ${side.other}. ${full(direction)}${luck(direction)}`,
          advice:
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

function luck({ luck: rows }: Direction): string {
  const said = rows
    .filter(({ busyLinks, n, unit }) => busyLinks === 1 && n > 1 && unit !== 'cells')
    .map(
      ({ n, unit, chance }) => `${count(n, unit === 'peers' ? 'client' : 'connection')} on one link: ${odds(chance)}`,
    );
  return said.length === 0 ? '' : ` By luck alone, under a fair hash: ${list(said)}.`;
}
