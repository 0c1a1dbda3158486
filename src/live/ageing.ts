/** Which flows leave the tables, so that a capture may go on for weeks: those that were idle for long, and not the last of them. */
import { FlowRows } from '../engine/flow-rows.js';
import type { LivePass } from '../engine/live-pass.js';
import { NOT_A_MOVER } from '../engine/pass.js';
import { grouped } from '../stats/grouped.js';

/** Idle flows that stay all the same: what a sender hashes on is told from flows, idle or not. */
const KEPT = 10_000;
const EVERY_NS = 10_000_000_000n;
/** Of the table: above this flows leave that were idle for a shorter time. */
const CROWDED = 0.85;
const LEAST_IDLE_SECONDS = 10;

export class Ageing {
  flows = 0;
  onSeveralPorts = 0;
  readonly #pass: LivePass;
  readonly #idleNs: number;
  #next = 0n;

  constructor(pass: LivePass, idleSeconds: number) {
    this.#pass = pass;
    this.#idleNs = idleSeconds * 1e9;
  }

  /** @returns how many left; then rows have other numbers */
  dropIdle(): number {
    const { core, horizonNs } = this.#pass;
    if (horizonNs === null || horizonNs < this.#next) return 0;
    this.#next = horizonNs + EVERY_NS;
    const held = core.count('flows');
    const isCrowded = held > CROWDED * core.maxFlows || core.count('movers') > CROWDED * this.#pass.maxMovers;
    if (held <= KEPT && !isCrowded) return 0;
    const flows = new FlowRows(core, horizonNs, () => 0);
    const before = this.#before(flows, isCrowded);
    if (before === null) return 0;
    let movers = 0;
    for (let flow = 0; flow < held; flow++) movers += flows.mover(flow) === NOT_A_MOVER ? 0 : 1;
    const dropped = core.exports.drop_idle(horizonNs + BigInt(Math.floor(before))) >>> 0;
    const left = new FlowRows(core, horizonNs, () => 0);
    for (let flow = 0; flow < left.count; flow++) movers -= left.mover(flow) === NOT_A_MOVER ? 0 : 1;
    this.flows += dropped;
    this.onSeveralPorts += movers;
    return dropped;
  }

  /** Flows whose last frame came before this leave; nanoseconds from the horizon, below 0. Null: none. */
  #before(flows: FlowRows, isCrowded: boolean): number | null {
    const idleNs = isCrowded ? Math.min(this.#idleNs, LEAST_IDLE_SECONDS * 1e9) : this.#idleNs;
    const idle: number[] = [];
    for (let flow = 0; flow < flows.count; flow++) {
      const last = flows.lastNs(flow);
      if (last < -idleNs) idle.push(last);
    }
    const kept = Math.min(KEPT, Math.floor(flows.count / 4));
    if (idle.length <= kept) return null;
    // The last of them stay: up to `kept` are not before the time of the first that stays.
    return Float64Array.from(idle).sort()[idle.length - kept - 1]! + 1;
  }

  limits(): string[] {
    if (this.flows === 0) return [];
    const seconds = Math.round(this.#idleNs / 1e9);
    return [`${grouped(this.flows)} flows that were idle for ${seconds} s and more are in the totals only.`];
  }
}
