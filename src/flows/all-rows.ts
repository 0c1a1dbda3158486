/** All main rows of a direction, without an object for each: marks of the flows, set for one epoch at a time. */

import { type Groups, MARK_PORT, MARK_TELLING, MARKED, NO_MARK, type PairsOfFlows } from '../engine/joins.js';
import { Smallest } from '../stats/smallest.js';
import { isIn, isMain, isTelling, isTellingVerdict, mainRow, placeIn, type Source } from './main-row.js';
import type { HashRow, WholeRows } from './rows.js';
import { rankOfFlow, rankOfSource } from './sample.js';

/** Of so many flows all rows are made; of more, of these. inference.md A.4 needs 2000 for its hypotheses. */
const UNIFORM = 4000;
const BY_SOURCE = 1000;
const TELLING_FRAMES = 3; // fewer are not enough for evidence of their own

export class AllRows implements WholeRows {
  readonly portCounts: readonly number[][];
  /** Flows that rows are made of, in order. */
  readonly chosen: readonly number[];
  readonly #source: Source;
  readonly #mayBe: Uint8Array; // by mover: of a sender that ignores flows none of a hundred thousand tells
  readonly #groupCounts = new Map<string, number>();

  constructor(source: Source) {
    this.#source = source;
    this.#mayBe = source.verdicts.numbers.map((verdict) => (isTellingVerdict[verdict] ? 1 : 0));
    const { flows, joins } = source.pass;
    const bySource = new Smallest(BY_SOURCE);
    const uniform = new Smallest(UNIFORM);
    this.portCounts = source.epochs.map(({ ports }) => ports.map(() => 0));
    this.portCounts.forEach((counts, epoch) => {
      this.#mark(epoch);
      joins.tally().forEach((flows, mark) => {
        if (mark > 0 && flows > 0) counts[mark & MARK_PORT] += flows;
      });
      for (const flow of joins.first({ by: 'source' }, BY_SOURCE))
        bySource.offer(rankOfSource(flows.srcIp32(flow)), flow);
      for (const flow of joins.first({ by: 'number' }, UNIFORM)) uniform.offer(rankOfFlow(flow), flow);
    });
    this.chosen = [...new Set([...bySource.items(), ...uniform.items()])].sort((a, b) => a - b);
  }

  groups(epoch: number, fields: number): Groups {
    this.#mark(epoch);
    const groups = this.#source.pass.joins.groups(fields);
    this.#groupCounts.set(`${epoch} ${fields}`, groups.count);
    return groups;
  }

  groupCount(epoch: number, fields: number): number {
    return this.#groupCounts.get(`${epoch} ${fields}`) ?? this.groups(epoch, fields).count;
  }

  pairs(epoch: number, fields: number): readonly PairsOfFlows[] {
    this.#mark(epoch);
    return this.#source.pass.joins.pairs(fields);
  }

  row(flow: number, epoch: number): HashRow {
    const row = mainRow(this.#source, flow, epoch);
    if (row === null) throw new RangeError(`flow ${flow} has no row in epoch ${epoch}`);
    return row;
  }

  #mark(epoch: number): void {
    const { pass, direction, epochs, copies } = this.#source;
    const { ports } = epochs[epoch];
    // With several epochs a row does not say which frames were in which; a copied port counts as another.
    const isPlain = epochs.length === 1 && copies.length === 0;
    const portOf = isPlain ? pass.ports.map((_, port) => (ports.includes(port) ? ports.indexOf(port) : NO_MARK)) : null;
    const markOf = (flow: number) => this.#markOf(flow, epoch);
    pass.joins.markFlows({ of: 'rows', direction, portOf, mayBe: this.#mayBe }, markOf, this.portCounts[epoch]);
  }

  #markOf(flow: number, epoch: number): number {
    const { pass, direction, verdicts } = this.#source;
    const { flows } = pass;
    if (flows.direction(flow) !== direction || !isTelling(verdicts, flow)) return 0;
    if (!isIn(flows, flow, direction) || !isMain(flows, flow)) return 0;
    const place = placeIn(this.#source, flow, epoch);
    if (place === null) return 0;
    const proves = place.frames >= TELLING_FRAMES && !place.isStray;
    return MARKED | place.port | (proves ? MARK_TELLING : 0);
  }
}
