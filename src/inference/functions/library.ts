/**
 * Known ways to choose a port: exact functions of header fields to a number, whose remainder by the number of ports
 * is the bucket. The order of the ports behind the buckets is never known beforehand.
 * Formulas and their sources: one family a file.
 */

import type { Observations } from '../fields/observations.js';
import { crcFunctions } from './crc.js';
import { freebsdFunctions } from './freebsd.js';
import type { LibraryFunction } from './function.js';
import { linuxFunctions } from './linux.js';
import { toeplitzFunctions } from './toeplitz.js';
import { xorFunctions } from './xor.js';

/** What could have chosen the ports of these rows, most widely used family first. */
export function libraryFor(observed: Pick<Observations, 'ports' | 'rows'>): LibraryFunction[] {
  const ports = [...new Set(observed.rows.map((row) => observed.ports[row.epoch]))];
  return [
    ...linuxFunctions,
    ...xorFunctions(
      Math.max(2, ...ports),
      observed.rows.some((row) => row.srcIp.length === 16),
    ),
    ...freebsdFunctions(ports, observed.rows),
    ...crcFunctions,
    ...toeplitzFunctions,
  ];
}
