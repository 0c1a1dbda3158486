/**
 * Senders that own the sockets can choose a port by a number drawn per connection: no header field is in it, yet it
 * looks like a perfect hash over the 5-tuple.
 */

import { MAIN } from '../../flows/rows.js';
import { FreeRows } from './free-rows.js';
import { tooManyMisses } from './misses.js';
import { logEvidence, NOISE } from './noise.js';
import type { Observations } from './observations.js';
import type { Partition } from './partition-pool.js';
import { UNJUDGED } from './partition-pool.js';
import { relabelledFunction } from './relabelled.js';
import { epochTables, sumOver } from './tables.js';

const IPV6 = 0x86dd;
const SOCKET_PROTOCOLS = new Set([6, 17, 132]); // TCP, UDP, SCTP
const FEWEST_LABELS = 8;

/** Log evidence if every connection has a number of its own: each main row is a cell, anything else a free draw. */
export function perConnectionEvidence(observed: Observations): number {
  let cells = 0;
  const labels = Int32Array.from(observed.kind, (kind) => (kind === MAIN ? cells++ : UNJUDGED));
  const single: Partition = { labels, cells };
  return logEvidence(sumOver(epochTables(observed, single)));
}

/** Linux puts the socket's number into the IPv6 flow label too: bucket = (label >> 8) mod K. */
export const socketBucket = (label: number, ports: number) => (label >>> 8) % ports;

export interface SocketHash {
  readonly logEvidence: number;
  readonly rows: readonly number[]; // the labelled ones
  readonly misfit: number;
}

/** Does the flow label give the port away? null with fewer than 8 labelled flows, or where it does not fit. */
export function socketHash(observed: Observations): SocketHash | null {
  const { rows, ports, port, epochStart } = observed;
  const labelled: number[] = [];
  const logLikelihoods = new Float64Array(NOISE.length);
  let misfit = 0;
  for (let epoch = 0; epoch < ports.length; epoch++) {
    const k = ports[epoch];
    const counts = new Int32Array(k * k);
    const others = new FreeRows(k);
    for (let i = epochStart[epoch]; i < epochStart[epoch + 1]; i++) {
      const row = rows[i];
      if (row.kind === MAIN && row.flowLabel > 0 && row.etherType === IPV6 && SOCKET_PROTOCOLS.has(row.protocol)) {
        counts[socketBucket(row.flowLabel, k) * k + port[i]]++;
        labelled.push(i);
      } else others.add(row.kind, port[i]);
    }
    if (epochStart[epoch + 1] === epochStart[epoch]) continue;
    const fit = relabelledFunction(counts, k);
    misfit += fit.misfit;
    for (let e = 0; e < NOISE.length; e++) logLikelihoods[e] += fit.logLikelihoods[e];
    others.addTo(logLikelihoods);
  }
  if (labelled.length < FEWEST_LABELS || tooManyMisses(misfit, labelled.length)) return null;
  return { logEvidence: logEvidence(logLikelihoods), rows: labelled, misfit };
}
