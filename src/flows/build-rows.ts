/** The rows that inference learns from, one direction. inference.md 0.3. */

import { type DirectionIndex, EGRESS } from '../engine/pass.js';
import { AllRows } from './all-rows.js';
import type { CopiedPort } from './copies.js';
import type { Epoch } from './epochs.js';
import type { FlowVerdicts } from './judge-flows.js';
import { cutFlows, isIn, mainRow, type RowEvidence, type Source } from './main-row.js';
import type { HashRow, HashRows } from './rows.js';
import { supplementaryRows } from './supplementary-rows.js';

/** Snap lengths that cut port numbers off must not make ports look unused. */
const WITHOUT_PORTS = 0.05;

export function buildRows(
  pass: RowEvidence,
  direction: DirectionIndex,
  epochs: readonly Epoch[],
  verdicts: FlowVerdicts,
  copies: readonly CopiedPort[] = [],
): HashRows {
  // Where one port alone was really captured, what it did not carry was not seen: nothing follows from what it carried.
  if (copies.length > 0 && pass.ports.length - copies.length < 2) epochs = [];
  const source: Source = { pass, direction, epochs, verdicts, copies, isUntold: cutFlows(pass, direction) };
  const whole = new AllRows(source);
  const rows: HashRow[] = [];
  for (const flow of whole.chosen) {
    for (const epoch of epochs.keys()) {
      const row = mainRow(source, flow, epoch);
      if (row !== null) rows.push(row);
    }
  }
  for (const row of supplementaryRows(source, whole)) rows.push(row);
  return {
    portNames: pass.ports,
    egress: direction === EGRESS,
    epochs: epochs.map(({ startNs, endNs, ports }) => ({ startNs, endNs, ports })),
    rows,
    whole,
    portsSeen: sawPorts(source),
  };
}

function sawPorts({ pass, direction, isUntold }: Source): boolean {
  if (pass.joins.sums()[direction].cut === 0) return true;
  const { flows } = pass;
  let [withPorts, cut] = [0, 0];
  for (let flow = 0; flow < flows.count; flow++) {
    if (flows.ipProto(flow) !== 6 && flows.ipProto(flow) !== 17) continue;
    if (!isIn(flows, flow, direction) || isUntold(flow)) continue;
    withPorts++;
    if (flows.hasPorts(flow) === 0 && flows.truncated(flow) > 0) cut++;
  }
  return cut <= WITHOUT_PORTS * withPorts;
}
