/** Flows by direction and by port, as columns: what a loop over a million of them needs. */

import { isGroupMac } from '../control/addresses.js';
import type { DirectionIndex, FlowTable } from '../engine/pass.js';
import { type FlowTables, mainPort, portCounts } from './port-counts.js';

/** Flows of one direction, in order. */
export function flowsIn({ count, direction: of }: FlowTable, direction: DirectionIndex): Uint32Array {
  const found = new Uint32Array(count);
  let size = 0;
  for (let flow = 0; flow < count; flow++) if (of[flow] === direction) found[size++] = flow;
  return found.subarray(0, size);
}

/** Of those, the ones to one machine. */
export function unicastIn(flows: FlowTable, direction: DirectionIndex): Uint32Array {
  const { dstMac } = flows;
  const found = flowsIn(flows, direction);
  let size = 0;
  for (const flow of found) if (!isGroupMac(dstMac[flow])) found[size++] = flow;
  return found.subarray(0, size);
}

/** By flow: the port that carried most of it. */
export function homePorts(tables: FlowTables): Uint8Array {
  const homes = tables.flows.port.slice();
  for (const flow of tables.movers.flow) homes[flow] = mainPort(portCounts(tables, flow)).port;
  return homes;
}
