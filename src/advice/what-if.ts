/**
 * This capture's own flows under every known policy. inference.md D. A known function is exact; where a seed or a table is
 * secret, 200 random tables over the flows that the policy cannot tell apart.
 */

import type { DistributionKind, WhatIf } from '../document/schema.js';
import { type HashRow, type HashRows, MAIN } from '../flows/rows.js';
import { longestEpoch } from '../inference/fields/epochs.js';
import { sampleRows } from '../inference/fields/sample.js';
import type { HashInference } from '../inference/infer.js';
import { bestAssignment } from '../stats/assignment.js';
import { grouped } from '../stats/grouped.js';
import { alternatives } from './alternatives.js';
import { Cells } from './cells.js';
import type { LaidFlows } from './laid-flows.js';
import { type KnownPolicy, knownPolicies } from './policies.js';
import { overRandomTables } from './random-tables.js';
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
export function whatIfRows(facts: WhatIfFacts): WhatIf[] {
  const { laid, rows, captured, linkBitsPerSecond } = facts;
  const epoch = longestEpoch(rows, 2);
  const ports = epoch === null ? captured.size : rows.epochs[epoch].ports.length;
  if (ports < 2 || !(laid.totalOctets > 0)) return [];
  const cells = new Cells(laid.keys);
  const seen = epoch === null ? [] : sampleRows(rows.rows.filter((row) => row.kind === MAIN && row.epoch === epoch));
  const under = policyRows(facts, cells, seen, ports);
  return [
    asCaptured(captured, linkBitsPerSecond),
    ...under.sort((a, b) => a.maxOverMean - b.maxOverMean),
    ...alternatives(laid, cells, { ports, egress: rows.egress, linkBitsPerSecond }),
  ];
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

/** Policies that divide these flows alike are one row: nothing here tells them apart. */
function policyRows(facts: WhatIfFacts, cells: Cells, seen: readonly HashRow[], ports: number): WhatIf[] {
  const seenCells = new Cells(seen);
  const found = new Map<string, { policy: KnownPolicy; buckets: Int32Array | null; members: KnownPolicy[] }>();
  for (const policy of knownPolicies(ports)) {
    const exact = policy.secret === 'none';
    const buckets = exact ? Int32Array.from(facts.laid.keys, (key) => policy.bucket(key, ports)) : null;
    const labels = buckets ?? cells.of(policy.reads, policy.mixes);
    const seenLabels = exact
      ? Int32Array.from(seen, (row) => policy.bucket(row, ports))
      : seenCells.of(policy.reads, policy.mixes);
    const name = `${exact} ${canonical(labels)} ${canonical(seenLabels)}`;
    const same = found.get(name) ?? { policy, buckets, members: [] };
    same.members.push(policy);
    found.set(name, same);
  }
  return [...found.values()].map(({ policy, buckets, members }) => {
    const fit = fitOf(policy, seen, seenCells, ports);
    const laid =
      buckets === null
        ? { ...overRandomTables(facts.laid.octets, cells.of(policy.reads, policy.mixes), ports), ...DRAWN }
        : onBuckets(facts, members, buckets, ports);
    return whatIfRow(facts, members, laid, fit);
  });
}

const DRAWN = { basis: 'random-tables' as const, octetsLaid: 1 };
/** Kinds in which every flow has a link of its own. */
const COMPARED: readonly DistributionKind[] = ['per-flow-hash', 'single-port', 'failover', 'rebalancing'];
type Laid = Pick<WhatIf, 'portOctets' | 'basis' | 'octetsLaid' | 'jain' | 'effectiveLinks' | 'maxOverMean'> &
  Pick<WhatIf, 'busyLinks' | 'range'>;

function whatIfRow(
  facts: WhatIfFacts,
  members: readonly KnownPolicy[],
  laid: Laid,
  fit: WhatIf['flowsFitted'],
): WhatIf {
  const [first] = members;
  const inUse = members.some(({ id }) => isInUse(facts.inference, id));
  const compared = COMPARED.includes(facts.kind);
  const flowsFitted = compared && fit !== null && fit.of > 0 ? fit : null;
  const secret =
    first.secret === 'none' ? '' : ' The formula or its seed is not known: the average of 200 random tables.';
  const rate = facts.linkBitsPerSecond;
  return {
    policy: first.id,
    kind: 'policy',
    description: first.description,
    knownAs: [...new Set(members.flatMap(({ id, alsoKnownAs }) => [id, ...alsoKnownAs]))].filter(
      (id) => id !== first.id,
    ),
    ...laid,
    bitsPerSecond: rate === null ? null : laid.busyLinks * rate,
    inUse,
    flowsFitted,
    fits: `${fitText(inUse, flowsFitted)}${secret}${leftOutText(laid.octetsLaid)}${sampleText(facts.laid)}`,
  };
}

function fitText(inUse: boolean, fit: WhatIf['flowsFitted']): string {
  const figures =
    fit === null ? 'Not compared with the links seen.' : `Fits ${grouped(fit.flows)} of ${grouped(fit.of)} flows.`;
  return inUse ? `In use now. ${figures}` : figures;
}

const leftOutText = (octetsLaid: number) =>
  octetsLaid > 0.999
    ? ''
    : ` ${Math.ceil((1 - octetsLaid) * 100)} % of the octets are left out: what it does with them is not known.`;
const sampleText = ({ sampledShare }: LaidFlows) =>
  sampledShare === 0
    ? ''
    : ` A sample stands for the smaller flows (${Math.ceil(sampledShare * 100)} % of the octets).`;

const isInUse = (inference: HashInference | null, id: string) =>
  inference?.function !== null &&
  inference !== null &&
  [inference.function.id, ...inference.function.alternatives].includes(id);

function onBuckets(facts: WhatIfFacts, members: readonly KnownPolicy[], buckets: Int32Array, ports: number): Laid {
  const loads = new Float64Array(ports);
  let [laid, all] = [0, 0];
  buckets.forEach((bucket, key) => {
    const octets = facts.laid.octets[key];
    all += octets;
    if (bucket < 0) return;
    loads[bucket] += octets;
    laid += octets;
  });
  const { inference } = facts;
  const order = members.some(({ id }) => inference?.function?.id === id) ? (inference?.function?.portOrder ?? []) : [];
  const portOctets: Record<string, number> = {};
  loads.forEach((octets, bucket) => {
    portOctets[order[bucket] ?? `bucket ${bucket}`] = Math.round(octets);
  });
  return { portOctets, basis: 'exact', octetsLaid: all > 0 ? laid / all : 1, ...spreadOf(loads) };
}

/** Flows on the link of their bucket, with the best order of links; with a secret table: on the most frequent link of their cell. */
function fitOf(
  policy: KnownPolicy,
  seen: readonly HashRow[],
  cells: Cells,
  ports: number,
): { flows: number; of: number } | null {
  if (policy.secret === 'none') {
    const counts = new Int32Array(ports * ports);
    let of = 0;
    for (const row of seen) {
      const bucket = policy.bucket(row, ports);
      if (bucket < 0) continue;
      counts[bucket * ports + row.port]++;
      of++;
    }
    return { flows: bestAssignment(counts, ports).score, of };
  }
  const labels = cells.of(policy.reads, policy.mixes);
  const most = new Map<number, Int32Array>();
  labels.forEach((label, i) => {
    const counts = most.get(label) ?? new Int32Array(ports);
    counts[seen[i].port]++;
    most.set(label, counts);
  });
  const flows = [...most.values()].reduce((sum, counts) => sum + Math.max(...counts), 0);
  return { flows, of: seen.length };
}

/** Labels renumbered in order of first appearance, as text: equal for policies that divide the flows alike. */
function canonical(labels: Int32Array): string {
  const names = new Map<number, number>();
  const text: number[] = [];
  for (const label of labels) {
    if (label < 0) {
      text.push(-1);
      continue;
    }
    const name = names.get(label) ?? names.size;
    names.set(label, name);
    text.push(name);
  }
  return text.join();
}
