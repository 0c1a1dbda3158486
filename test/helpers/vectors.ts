/** Numbers computed by an independent implementation, kept outside of the repository. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const sharedDirectory = process.env.LACPSCOPE_SHARED;
export const noVectors = !sharedDirectory;

export const readShared = (path: string) => JSON.parse(readFileSync(join(sharedDirectory ?? '', path), 'utf8'));

/** `inference-vectors.json`; an empty object where it is not at hand, for suites that are skipped then. */
export const inferenceVectors = () => (noVectors ? {} : readShared('design/inference-vectors.json'));

export const vectorsTitle = (title: string) => (noVectors ? `${title} (skipped: LACPSCOPE_SHARED is not set)` : title);
