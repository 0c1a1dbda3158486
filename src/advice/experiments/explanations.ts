/** Which explanations are alive after a capture, and what each says of flows that were not sent yet. */

import type { HeaderField } from '../../document/schema.js';
import type { HashRow } from '../../flows/rows.js';
import type { WeighedComponent } from '../../inference/fields/components.js';
import { INCLUDED } from '../../inference/fields/hypotheses.js';
import { observe } from '../../inference/fields/observations.js';
import { type Partitions, partition } from '../../inference/fields/partitions.js';
import { fieldNames } from '../../inference/fields/summary.js';
import type { Explanation } from './information.js';

/** Old flows looked at: those most like the new ones. More change nothing, their cells are full. */
const MOST_SEEN = 300;
const LEAST_WEIGHT = 1e-6;
const LEAST_CLASS = 1e-4; // of hypotheses that say the same of the new flows

export interface LiveExplanation extends Explanation {
  readonly fields: readonly HeaderField[]; // of the likeliest hypothesis among those it stands for; [] of a number per connection
}

/** The new flows of all candidates at once: hypotheses divide the flows once, and each candidate reads its own part. */
export class LiveExplanations {
  readonly #weights: Float64Array;
  readonly #partitions: Partitions;
  readonly #seen: readonly HashRow[];
  readonly #ports: number;
  readonly #perConnection: number;
  readonly #view: WeighedComponent['component']['view'];

  /** @param ports links of the epoch that `seen` is of; rows of one family and view, as the component reads them */
  constructor(
    weighed: WeighedComponent,
    part: number,
    seen: readonly HashRow[],
    added: readonly HashRow[],
    ports: number,
  ) {
    const posterior = weighed.parts[part];
    this.#weights = posterior.byHypothesis;
    this.#perConnection = posterior.perConnection + posterior.socket;
    this.#view = weighed.component.view;
    this.#ports = ports;
    this.#seen = closest(seen, added[0]);
    const inOneEpoch = [...this.#seen, ...added].map((row) => ({ ...row, epoch: 0 }));
    this.#partitions = partition(observe(inOneEpoch, [ports]));
  }

  /** Explanations that these new flows tell apart, likeliest first. @param flows indexes into `added` */
  of(flows: readonly number[]): LiveExplanation[] {
    const { of, distinct } = this.#partitions;
    const found = new Map<string, Found>();
    const byPartition = new Map<number, Found>(); // most hypotheses say what others say
    this.#weights.forEach((weight, hypothesis) => {
      if (weight < LEAST_WEIGHT) return;
      const same = byPartition.get(of[hypothesis]);
      if (same !== undefined) {
        addTo(same, weight, hypothesis);
        return;
      }
      const explanation = this.#under(distinct[of[hypothesis]].labels, flows);
      byPartition.set(of[hypothesis], add(found, { weight, best: weight, hypothesis, explanation }));
    });
    if (this.#perConnection >= LEAST_WEIGHT) {
      const cells = flows.map((_, i) => i);
      const explanation = { weight: 0, cells, seen: cells.map(() => null) };
      add(found, { weight: this.#perConnection, best: this.#perConnection, hypothesis: -1, explanation });
    }
    const alive = [...found.values()].filter(({ weight }) => weight >= LEAST_CLASS);
    const total = alive.reduce((sum, { weight }) => sum + weight, 0);
    return alive
      .sort((a, b) => b.weight - a.weight)
      .map(({ explanation, weight, hypothesis }) => ({
        ...explanation,
        weight: weight / total,
        fields: hypothesis < 0 ? [] : fieldNames(INCLUDED[hypothesis], this.#view),
      }));
  }

  #under(labels: Int32Array, flows: readonly number[]): Explanation {
    const numbers = new Map<number, number>();
    const first = this.#seen.length;
    const cells = flows.map((flow) => {
      const label = labels[first + flow];
      const number = numbers.get(label) ?? numbers.size;
      numbers.set(label, number);
      return number;
    });
    const seen: (number[] | null)[] = Array.from(numbers, () => null);
    this.#seen.forEach(({ port }, row) => {
      const cell = numbers.get(labels[row]);
      if (cell === undefined) return;
      const counts = seen[cell] ?? new Array<number>(this.#ports).fill(0);
      counts[port]++;
      seen[cell] = counts;
    });
    return { weight: 0, cells, seen };
  }
}

interface Found {
  weight: number;
  best: number;
  hypothesis: number;
  readonly explanation: Explanation;
}

/** What says the same of the new flows is one explanation, by the name of the likeliest. @returns that one */
function add(found: Map<string, Found>, one: Found): Found {
  const { cells, seen } = one.explanation;
  const key = `${cells} ${seen.map((counts) => (counts === null ? '-' : Array.from(counts).join())).join(' ')}`;
  const same = found.get(key);
  if (same === undefined) {
    found.set(key, one);
    return one;
  }
  addTo(same, one.weight, one.hypothesis);
  return same;
}

function addTo(same: Found, weight: number, hypothesis: number): void {
  same.weight += weight;
  if (weight <= same.best) return;
  same.best = weight;
  same.hypothesis = hypothesis;
}

function closest(seen: readonly HashRow[], to: HashRow): readonly HashRow[] {
  if (seen.length <= MOST_SEEN) return seen;
  const alike = seen.map(
    (row) =>
      Number(isSame(row.srcIp, to.srcIp)) + Number(isSame(row.dstIp, to.dstIp)) + Number(row.protocol === to.protocol),
  );
  const order = [...seen.keys()].sort((a, b) => alike[b] - alike[a] || a - b);
  return order.slice(0, MOST_SEEN).map((i) => seen[i]);
}

const isSame = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i]);
