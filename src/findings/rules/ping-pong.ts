import type { Direction, PingPong } from '../../document/schema.js';
import { grouped } from '../../stats/grouped.js';
import { DIRECTIONS, type Draft, finding, type Rule, type UnjudgedFlows } from '../rule.js';
import { count, list, percent, type Side, sideOf } from '../words.js';

type Kind = PingPong['kind'];

/** What a sender does, by the kinds that show it. Round robin and per-packet are one thing: the sender ignores flows. */
const HABITS: readonly {
  readonly kinds: readonly Kind[];
  readonly id: (direction: Direction) => string;
  readonly how: (flows: readonly PingPong[]) => string;
}[] = [
  {
    kinds: ['round-robin', 'per-packet'],
    id: ({ distribution }) => (distribution.kind === 'round-robin' ? 'pingpong-round-robin' : 'pingpong-per-packet'),
    how: () => 'deals out frames link by link',
  },
  { kinds: ['header-dependent'], id: () => 'pingpong-header', how: hashesWhatChanges },
  { kinds: ['oscillating'], id: () => 'pingpong-oscillating', how: () => 'moves flows back and forth' },
  { kinds: ['flowlet'], id: () => 'pingpong-flowlet', how: () => 'moves flows after pauses' },
];

export const pingPong: Rule = {
  asks: 'Does a sender spread the frames of one flow over its ports?',
  judge: ({ draft, unjudged }) =>
    DIRECTIONS.flatMap((name) => {
      const direction = draft.directions[name];
      const side = sideOf(name, draft);
      return HABITS.flatMap((habit) => {
        const flows = direction.pingPong.filter(({ kind }) => habit.kinds.includes(kind));
        return flows.length === 0
          ? []
          : [judgeHabit(habit.id(direction), habit.how(flows), flows, direction, side, draft, unjudged)];
      });
    }),
};

const CHANGING_WORDS: Readonly<Record<string, string>> = {
  'ip.len': 'packet length',
  'ip.id': 'IP id',
  'ip.dsfield': 'DSCP',
  'ip.ttl': 'TTL',
  'l4.checksum': 'TCP or UDP checksum',
  'ipv6.flow': 'IPv6 flow label',
  'vlan.priority': 'VLAN priority',
};

/** The field that tells the port in most of the flows. */
function hashesWhatChanges(flows: readonly PingPong[]): string {
  const times = new Map<string, number>();
  for (const { dependsOn } of flows) {
    for (const field of dependsOn?.split(', ') ?? []) times.set(field, (times.get(field) ?? 0) + 1);
  }
  const [most] = [...times].sort((a, b) => b[1] - a[1]);
  const word = most === undefined ? 'a field' : `the ${CHANGING_WORDS[most[0]] ?? most[0]}`;
  return `hashes ${word}, which changes from frame to frame`;
}

function judgeHabit(
  id: string,
  how: string,
  flows: readonly PingPong[],
  direction: Direction,
  side: Side,
  draft: Draft,
  unjudged: UnjudgedFlows,
) {
  const worst = flows[0]!;
  const ports = draft.lag.ports.filter((port) => flows.some((entry) => entry.ports.some((each) => each.port === port)));
  const harmless = id === 'pingpong-flowlet';
  return finding({
    id,
    severity: harmless ? 'notice' : 'fault',
    title: `${side.Decider} ${how}: ${grouped(flows.length)} of ${count(direction.flows, 'flow')} ping-pong`,
    explanation:
      `${side.arrow}: ${nameOf(worst)} ${changes(worst)}, in one direction, ` +
      `over ${list(ports)}. ${showsClocks(worst) ? '' : `${late(worst)} `}${rest(flows.length, direction, unjudged)}`.trim(),
    evidence: worst.evidence,
    advice: harmless
      ? 'Pauses of that length leave the frames in order. Nothing to change unless they arrive late.'
      : `Choose a per-flow policy at ${side.decider}: one link for each flow keeps TCP in order.`,
    ports,
    flows: flows.slice(0, 20).map(({ flow }) => flow),
    displayFilter: worst.displayFilter,
  });
}

const SELDOM = 0.5; // of the changes of frames that draw their links

/** Dealt out frame by frame, and hardly a change in the order of capture: the clocks of the ports hide what the numbers show. */
function showsClocks({ kind, switches, frames, ports }: PingPong): boolean {
  const drawn = 1 - ports.reduce((sum, port) => sum + (port.frames / frames) ** 2, 0);
  return (kind === 'round-robin' || kind === 'per-packet') && switches < SELDOM * drawn * frames;
}

function changes(worst: PingPong): string {
  return showsClocks(worst)
    ? `changed its link all along by the numbers in its ${count(worst.frames, 'frame')}, whose order the clocks of the ports do not show`
    : `changed its link ${count(worst.switches, 'time')} in ${count(worst.frames, 'frame')}`;
}

/** The flows of the direction that do not do so. */
function rest(found: number, { flows, pingPong }: Direction, { ambiguousClock }: UnjudgedFlows): string {
  const alternating = pingPong.filter((entry) => /^P[5-8]$/.test(entry.class)).length;
  const others =
    alternating > found
      ? [`${count(alternating - found, 'flow')} more changed links back and forth, in another way.`]
      : [];
  if (alternating < flows) {
    const moved = pingPong.some((entry) => entry.class === 'P4') ? ', moved once' : '';
    const unordered = ambiguousClock > 0 ? ', have ports whose clocks differ' : '';
    others.push(`The other flows are too short to tell${moved}${unordered}, or stay on one link.`);
  }
  return others.join(' ');
}

function late(worst: PingPong): string {
  const { dupAckRuns, spuriousFastRetransmissions: inVain } = worst.cost;
  const asked =
    dupAckRuns !== null && dupAckRuns > 0
      ? ` The receiver asked ${count(dupAckRuns, 'time')} for a segment again.`
      : '';
  const again = inVain !== null && inVain > 0 ? ` ${count(inVain, 'segment')} that had arrived came again.` : '';
  return `${arrivedLate(worst)}${asked}${again}`;
}

function arrivedLate({ reordered, reorderedRatio }: PingPong): string {
  if (reordered === null) return 'Whether frames arrive late can’t be told: the clocks of the ports may differ.';
  if (reordered === 0) return 'No segment arrived late.';
  return `${count(reordered, 'segment')} arrived late${reorderedRatio === null ? '' : ` (${percent(reorderedRatio)})`}.`;
}

export function nameOf({ flow }: Pick<PingPong, 'flow'>): string {
  const end = (ip: string | null, port: number | null) =>
    port === null ? `${ip}` : `${ip?.includes(':') ? `[${ip}]` : ip}:${port}`;
  return `${end(flow.ipSrc, flow.srcPort)} → ${end(flow.ipDst, flow.dstPort)}`;
}
