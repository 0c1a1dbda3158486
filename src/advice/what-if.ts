/**
 * This capture's own flows under every known policy. inference.md D. A known function is exact; where a seed or a table is
 * secret, 200 random tables over the flows that the policy cannot tell apart.
 */

import type { DistributionKind, WhatIf } from '../document/schema.js';
import type { Header } from '../flows/main-row.js';
import { type HashRow, type HashRows, MAIN } from '../flows/rows.js';
import { rankOfFlow } from '../flows/sample.js';
import { longestEpoch } from '../inference/fields/epochs.js';
import type { HashInference } from '../inference/infer.js';
import { finish, type Steps } from '../inference/steps.js';
import type { Policy } from '../policies/policy.js';
import { grouped } from '../stats/grouped.js';
import { Smallest } from '../stats/smallest.js';
import { alternatives } from './alternatives.js';
import { Cells } from './cells.js';
import type { LaidFlows } from './laid-flows.js';
import { isKeyed, knownPolicies, withKeys } from './policies.js';
import { bucketsOf, fitOfAnyKey, fitsAll, isByTable } from './policy-fit.js';
import { DrawnPorts, loadsOnBuckets, overDraws, overRandomTables } from './random-tables.js';
import { spreadOf } from './spread.js';

export interface WhatIfFacts {
  readonly laid: LaidFlows;
  readonly rows: HashRows;
  readonly captured: ReadonlyMap<string, number>; // octets by member port
  readonly inference: HashInference | null;
  readonly kind: DistributionKind;
  readonly linkBitsPerSecond: number | null; // of one link
}

/** As captured, then policies from the most even to the least, then what is no policy of a LAG. [] without flows or choice. */
export const whatIfRows = (facts: WhatIfFacts): WhatIf[] => finish(whatIf(facts));

/** The same in steps. */
export function* whatIf(facts: WhatIfFacts): Steps<WhatIf[]> {
  const { laid, rows, captured, linkBitsPerSecond } = facts;
  const epoch = longestEpoch(rows, 2);
  const ports = epoch === null ? captured.size : rows.epochs[epoch].ports.length;
  if (ports < 2 || !(laid.totalOctets > 0)) return [];
  const cells = new Cells(laid.keys);
  const seen = epoch === null ? [] : someOf(rows.rows.filter((row) => row.kind === MAIN && row.epoch === epoch));
  const under = yield* policyRows(facts, cells, seen, ports);
  return [
    asCaptured(captured, linkBitsPerSecond),
    ...under.sort((a, b) => a.maxOverMean - b.maxOverMean),
    ...alternatives(laid, cells, { ports, egress: rows.egress, linkBitsPerSecond }),
  ];
}

/** Enough to say how well a policy fits. */
const COMPARED_FLOWS = 500;
/** Nearly every policy that does not fit all flows misses one of so many. */
const FEW_FLOWS = 32;

function someOf(rows: readonly HashRow[]): readonly HashRow[] {
  if (rows.length <= COMPARED_FLOWS) return rows;
  const some = new Smallest(COMPARED_FLOWS);
  for (const [i, { flow }] of rows.entries()) some.offer(rankOfFlow(flow ?? i), i);
  return some.items().map((i) => rows[i]);
}

function asCaptured(captured: ReadonlyMap<string, number>, linkBitsPerSecond: number | null): WhatIf {
  const spread = spreadOf([...captured.values()]);
  return {
    policy: 'as-captured',
    kind: 'captured',
    description: 'What the links carried in this capture',
    knownAs: [],
    portOctets: Object.fromEntries(captured),
    ...spread,
    bitsPerSecond: linkBitsPerSecond === null ? null : spread.busyLinks * linkBitsPerSecond,
    basis: 'captured',
    inUse: true,
    flowsFitted: null,
    octetsLaid: 1,
    fits: 'seen',
  };
}

/**
 * Policies that are on offer, and old or nameless ones that fit all flows. Those that divide these flows alike are one row: nothing
 * here tells them apart.
 */
function* policyRows(facts: WhatIfFacts, laidCells: Cells, seen: readonly HashRow[], ports: number): Steps<WhatIf[]> {
  const seenCells = new Cells(seen);
  const few = seen.slice(0, FEW_FLOWS);
  const fewCells = new Cells(few);
  const found = new Map<string, Member[]>();
  for (const policy of knownPolicies()) {
    yield;
    const isShown = policy.isCurrent || isInUse(facts.inference, policy.id);
    if (!isShown && !fitsAll(policy, divisionOf(policy, few, fewCells, ports), few, ports)) continue;
    const shown = divisionOf(policy, seen, seenCells, ports);
    if (!isShown && !fitsAll(policy, shown, seen, ports)) continue;
    const laid = divisionOf(policy, facts.laid.keys, laidCells, ports);
    const name = `${policy.secret} ${canonical(laid)} ${canonical(shown)}`;
    found.set(name, [...(found.get(name) ?? []), { policy, laid, seen: shown }]);
  }
  const drawn = new DrawnPorts(ports);
  const rows: WhatIf[] = [];
  for (const members of found.values()) {
    rows.push(whatIfRow(facts, members, seen, drawn));
    yield;
  }
  return rows;
}

interface Member {
  readonly policy: Policy;
  readonly laid: Int32Array; // bucket of each flow; of a secret policy its cell
  readonly seen: Int32Array;
}

function divisionOf(policy: Policy, keys: readonly Header[], cells: Cells, ports: number): Int32Array {
  const { reads, mixes, secret } = policy;
  // Keys of many bits leave nothing of the formula but its cells.
  if (secret === 'unknown' || (secret === 'seed' && !isKeyed(policy))) return cells.of(reads, mixes);
  if (secret === 'per-connection') return Int32Array.from(keys.keys());
  const buckets = bucketsOf(policy, keys, ports);
  if (secret === 'table') return buckets;
  // A table of fixed size is dealt to the ports in turn.
  for (let i = 0; i < buckets.length; i++) if (buckets[i] >= ports) buckets[i] %= ports;
  return buckets;
}

function loadsUnder(facts: WhatIfFacts, members: readonly Member[], drawn: DrawnPorts): Laid {
  const [{ policy, laid }] = members;
  const { octets, keys } = facts.laid;
  const { ports } = drawn;
  if (policy.secret === 'none') return onBuckets(facts, members, ports);
  if (!isKeyed(policy)) {
    return {
      ...overRandomTables(facts.laid, laid, drawn),
      basis: 'random-tables',
      octetsLaid: octetsLaid(octets, laid),
    };
  }
  const draws = withKeys(policy, ports).map((each) =>
    loadsOnBuckets(facts.laid, bucketsOf(each, keys, ports), ports).sort(),
  );
  const over = overDraws(draws);
  // Of 2^m ports the key is often but another order of them.
  const isOne = draws.every((loads) => loads.every((load, rank) => load === draws[0][rank]));
  return {
    ...over,
    basis: isOne ? 'exact' : 'random-seeds',
    range: isOne ? null : over.range,
    octetsLaid: octetsLaid(octets, laid),
  };
}

/** Kinds in which every flow has a link of its own. */
const COMPARED: readonly DistributionKind[] = ['per-flow-hash', 'single-port', 'failover', 'rebalancing'];
type Laid = Pick<WhatIf, 'portOctets' | 'basis' | 'octetsLaid' | 'jain' | 'effectiveLinks' | 'maxOverMean'> &
  Pick<WhatIf, 'busyLinks' | 'range'>;

function whatIfRow(
  facts: WhatIfFacts,
  members: readonly Member[],
  seen: readonly HashRow[],
  drawn: DrawnPorts,
): WhatIf {
  const [first] = members;
  const { id, description, secret } = first.policy;
  const ids = members.flatMap(({ policy }) => [policy.id, ...policy.alsoKnownAs]);
  const inUse = ids.some((each) => isInUse(facts.inference, each));
  const laid = loadsUnder(facts, members, drawn);
  const flowsFitted = COMPARED.includes(facts.kind) ? fitOfAnyKey(first.policy, first.seen, seen, drawn.ports) : null;
  const rate = facts.linkBitsPerSecond;
  return {
    policy: id,
    kind: 'policy',
    description,
    knownAs: [...new Set(ids)].filter((each) => each !== id),
    ...laid,
    bitsPerSecond: rate === null ? null : laid.busyLinks * rate,
    inUse,
    flowsFitted,
    fits: `${fitText(inUse, flowsFitted, isByTable(first.policy))}${laid.basis === 'exact' && secret === 'seed' ? ' Whatever its key.' : SECRETS[secret]}${leftOutText(laid.octetsLaid)}${sampleText(facts.laid)}`,
  };
}

const SECRETS: Readonly<Record<Policy['secret'], string>> = {
  none: '',
  seed: ' Its key is drawn at random: the average over keys, or over 200 random tables.',
  table: ' Its table changes: the average of 200 random tables.',
  'per-connection': ' A number for each connection: the average of 200 draws.',
  unknown: ' The formula is not published: the average of 200 random tables.',
};

function fitText(inUse: boolean, fit: WhatIf['flowsFitted'], byTable: boolean): string {
  const sharing = byTable ? ' that share what it reads with another' : '';
  const figures =
    fit === null
      ? 'Not compared with the links seen.'
      : `Fits ${grouped(fit.flows)} of ${grouped(fit.of)} flows${sharing}.`;
  return inUse ? `In use now. ${figures}` : figures;
}

const leftOutText = (octetsLaid: number) =>
  octetsLaid > 0.999
    ? ''
    : ` ${Math.ceil((1 - octetsLaid) * 100)} % of the octets are left out: what it does with them is not known.`;
function sampleText({ sampledShare, leftOut }: LaidFlows): string {
  const sample =
    sampledShare === 0
      ? ''
      : ` A sample stands for the smaller flows (${Math.ceil(sampledShare * 100)} % of the octets).`;
  return leftOut === 0 ? sample : `${sample} Without ${grouped(leftOut)} flows behind labels or in PPPoE.`;
}

/** Named for all flows, or for those of one IP version. */
function isInUse(inference: HashInference | null, id: string): boolean {
  const named =
    inference === null ? [] : [inference.function, ...(inference.families ?? []).map((own) => own.function)];
  return named.some((known) => known !== null && [known.id, ...known.alternatives].includes(id));
}

function onBuckets(facts: WhatIfFacts, members: readonly Member[], ports: number): Laid {
  const [{ laid }] = members;
  const { inference } = facts;
  const { octets } = facts.laid;
  const loads = loadsOnBuckets(facts.laid, laid, ports);
  // Buckets are named by their links where inference learnt the order for this very formula.
  const order = members.some(({ policy }) => inference?.function?.id === policy.id)
    ? inference?.function?.portOrder
    : [];
  const portOctets: Record<string, number> = {};
  loads.forEach((load, bucket) => {
    portOctets[order?.[bucket] ?? `bucket ${bucket}`] = Math.round(load);
  });
  return { portOctets, basis: 'exact', octetsLaid: octetsLaid(octets, laid), ...spreadOf(loads) };
}

/** Of what the policy says where it goes. */
function octetsLaid(octets: Float64Array, buckets: Int32Array): number {
  let [laid, all] = [0, 0];
  octets.forEach((load, key) => {
    all += load;
    if (buckets[key] >= 0) laid += load;
  });
  return all > 0 ? laid / all : 1;
}

/** Labels renumbered in order of first appearance, as text: equal for policies that divide the flows alike. */
function canonical(labels: Int32Array): string {
  const names = new Map<number, number>();
  const codes = new Array<number>(labels.length).fill(0);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label < 0) continue;
    const name = names.get(label) ?? names.size + 1;
    names.set(label, name);
    codes[i] = name;
  }
  return String.fromCharCode(...codes);
}
