/** How the transmitter of a direction spreads its frames. inference.md A.5, in its order. */

import type { Direction, HeaderField } from '../document/schema.js';
import { type DirectionIndex, INGRESS, type Pass } from '../engine/pass.js';
import type { Epoch } from './epochs.js';
import type { FlowVerdicts } from './judge-flows.js';
import { moverSums } from './mover-sums.js';
import type { HashRows } from './rows.js';
import { timeText } from './time-text.js';
import { isPingPong, VERDICTS, type Verdict } from './verdict.js';

export interface Distribution {
  readonly kind: Direction['distribution']['kind'];
  readonly explanation: string; // a sentence for people
  /** Whether rows say something of a hash: false where the transmitter ignores flows, or there is nothing. */
  readonly infersFields: boolean;
  readonly pingPongShare: number; // of the flows with 20 whole packets or more
  readonly duplicatedShare: number; // of the flows: .3 and more is a copied port or flooding
}

/** What inference adds, where it was done. */
export interface LearntHash {
  readonly bestFields: readonly HeaderField[]; // of the likeliest hypothesis; none: one fixed port
  readonly perConnection: number; // posterior of a number drawn per connection
  readonly hasFunction: boolean; // named, or one that reads no header field
}

export interface DistributionFacts {
  readonly pass: Pick<Pass, 'ports' | 'flows' | 'movers' | 'joins'>;
  readonly direction: DirectionIndex;
  readonly members: readonly number[];
  readonly epochs: readonly Epoch[];
  readonly verdicts: FlowVerdicts;
  readonly rows: HashRows;
  readonly hash?: LearntHash | null | 'unfinished';
}

const LONG = 20; // whole packets of a flow that show how it is sent
const SHORT = 4;
const NEARLY_ALL = 0.9; // of the flows on one port

export function distributionOf(facts: DistributionFacts): Distribution {
  const counts = countFlows(facts);
  const rest = {
    pingPongShare: counts.long > 0 ? counts.pingPong / counts.long : 0,
    duplicatedShare: counts.flows > 0 ? counts.duplicated / counts.flows : 0,
  };
  const said = (kind: Distribution['kind'], explanation: string, infersFields = true): Distribution => ({
    kind,
    explanation,
    infersFields,
    ...rest,
  });
  const who = facts.direction === INGRESS ? 'The partner' : 'The local station';
  if (counts.unicast === 0) return said('no-traffic', 'No unicast frame in this direction.', false);

  const ignoresFlows = counts.pingPong > 0 && rest.pingPongShare >= 0.5 && counts.several >= 0.5 * counts.short;
  if (ignoresFlows) {
    const kind = majority(counts.kinds);
    const how = kind === 'flowlet' ? 'moves flows after pauses' : 'ignores flows and deals out packets';
    return said(
      kind,
      `${who} ${how}: ${counts.pingPong} of ${counts.long} flows of ${LONG} packets or more go back and forth between ports.`,
      false,
    );
  }

  const changes = facts.epochs.slice(1);
  const members = changes.filter(({ kind }) => kind === 'failover' || kind === 'recovery');
  // A port of which nothing is seen any more may have left, or its capture ended: only flows that moved tell.
  if (members.some(({ movedFlows }) => movedFlows.length > 0)) {
    return said(
      'failover',
      `${who} dealt its flows anew when ports changed: ${changes.map(({ reason }) => reason).join(' ')}`,
    );
  }
  if (changes.length > members.length) {
    return said(
      'rebalancing',
      `${who} moved flows to other ports ${times(changes.length - members.length)} while all ports stayed.`,
    );
  }
  return perFlow(facts, counts, who, said);
}

function perFlow(
  { pass, members, rows, hash, epochs }: DistributionFacts,
  counts: FlowCounts,
  who: string,
  said: (kind: Distribution['kind'], explanation: string, infersFields?: boolean) => Distribution,
): Distribution {
  const flowsOn = pass.ports.map(() => 0);
  rows.whole.portCounts.forEach((counts, epoch) => {
    counts.forEach((n, port) => {
      flowsOn[epochs[epoch].ports[port]] += n;
    });
  });
  const flows = flowsOn.reduce((sum, n) => sum + n, 0);
  const used = [...flowsOn.keys()].filter((port) => flowsOn[port] > 0);
  const names = used.map((port) => pass.ports[port]).join(', ');
  const K = members.length;
  if (flows === 0)
    return said(
      'undetermined',
      'No flow that can be judged stays on one port long enough to say how ports are chosen.',
      false,
    );
  if (flows === 1 && K > 1) {
    return said('undetermined', `One flow only; it took ${names}. One flow says nothing about the others.`);
  }
  if (used.length === 1)
    return said('single-port', `${who} sends all ${flows} flows on ${names}, 1 of ${K} ${K === 1 ? 'port' : 'ports'}.`);
  const isOnOne = Math.max(...flowsOn) >= NEARLY_ALL * flows;
  if (isOnOne && hash === 'unfinished') {
    const seen = `${who} sends nearly all of ${flows} flows on one port`;
    return said('undetermined', `${seen}; whether their headers decide that was not worked out.`);
  }
  const isFixed =
    isOnOne &&
    typeof hash === 'object' &&
    hash !== null &&
    hash.bestFields.length === 0 &&
    hash.perConnection < 0.5 &&
    !hash.hasFunction;
  if (isFixed)
    return said('single-port', `${who} sends nearly all of ${flows} flows on one port, whatever their headers.`);
  return said(
    'per-flow-hash',
    `${who} keeps each flow on one port: ${flows} flows, ${used.length} of ${K} ports in use${exceptions(counts)}.`,
  );
}

/** What a sentence about all flows must not hide. */
function exceptions({ backAndForth, fragmentSplit }: FlowCounts): string {
  const clauses = [
    fragmentSplit > 0 ? `; fragments of ${fragmentSplit} of them take another port` : '',
    backAndForth > 0 ? `; ${backAndForth} more ${backAndForth === 1 ? 'goes' : 'go'} back and forth` : '',
  ];
  return clauses.join('');
}

interface FlowCounts {
  unicast: number;
  flows: number; // that may be judged
  long: number;
  short: number; // with 4 whole packets or more
  several: number; // of those, on several ports
  pingPong: number; // of the long ones
  duplicated: number;
  fragmentSplit: number;
  backAndForth: number; // of any length
  readonly kinds: Map<Verdict, number>; // of the long ones that go back and forth
}

function countFlows({ pass, direction, verdicts }: DistributionFacts): FlowCounts {
  // Flows on one port are pinned, or too short to say.
  const { unicast, unicastIp, long, short } = pass.joins.sums()[direction];
  const counts: FlowCounts = {
    unicast,
    flows: unicastIp,
    long,
    short,
    several: 0,
    pingPong: 0,
    duplicated: 0,
    fragmentSplit: 0,
    backAndForth: 0,
    kinds: new Map(),
  };
  const of = countMovers(pass, direction, verdicts);
  VERDICTS.forEach((verdict, v) => {
    if (verdict === 'not-judged') return; // those without IP are
    counts.flows += of.all[v];
    counts.short += of.short[v];
    counts.several += of.several[v];
    counts.long += of.long[v];
    if (verdict === 'duplicated') counts.duplicated = of.all[v];
    if (verdict === 'fragment-split') counts.fragmentSplit = of.all[v];
    if (!isPingPong(verdict)) return;
    counts.backAndForth += of.all[v];
    counts.pingPong += of.long[v];
    if (of.long[v] > 0) counts.kinds.set(verdict, of.long[v]);
  });
  return counts;
}

/** Unicast flows on several ports, by their verdict. */
function countMovers(pass: DistributionFacts['pass'], direction: DirectionIndex, { numbers }: FlowVerdicts) {
  const { each } = moverSums(pass);
  const byVerdict = () => new Float64Array(VERDICTS.length);
  const counts = { all: byVerdict(), short: byVerdict(), several: byVerdict(), long: byVerdict() };
  for (let mover = 0; mover < numbers.length; mover++) {
    if (each.direction[mover] !== direction || each.isToOne[mover] === 0) continue;
    const verdict = numbers[mover];
    const whole = each.wholeFrames[mover];
    counts.all[verdict]++;
    if (whole >= LONG) counts.long[verdict]++;
    if (whole < SHORT) continue;
    counts.short[verdict]++;
    if (each.portsOfWhole[mover] > 1) counts.several[verdict]++;
  }
  return counts;
}

function majority(kinds: ReadonlyMap<Verdict, number>): 'round-robin' | 'per-packet' | 'flowlet' {
  const of = (verdict: Verdict) => kinds.get(verdict) ?? 0;
  const perPacket = of('spray') + of('switching') + of('header-dependent');
  if (of('round-robin') >= perPacket && of('round-robin') >= of('flowlet')) return 'round-robin';
  return perPacket >= of('flowlet') ? 'per-packet' : 'flowlet';
}

const times = (n: number) => (n === 1 ? 'once' : `${n} times`);

/** Epochs as the document shows them. */
export function epochsDocument(
  epochs: readonly Epoch[],
  pass: Pick<Pass, 'ports' | 'originNs'>,
): Direction['distribution']['epochs'] {
  return epochs.map(({ startNs, endNs, startsIn, ports, reason, remapping }) => ({
    start: timeText(pass.originNs, startNs),
    startsBetween:
      startsIn === undefined
        ? null
        : [timeText(pass.originNs, startsIn.fromNs), timeText(pass.originNs, startsIn.toNs)],
    end: timeText(pass.originNs, endNs),
    activePorts: ports.map((port) => pass.ports[port]),
    reason,
    remapping,
  }));
}
