/** Captures of real bonds with their ground truth, read by the reference pass; outside of the repo (LACPSCOPE_SHARED). */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pass } from '../../src/engine/pass.js';
import { findStation, type LocalStation } from '../../src/flows/station.js';
import { referencePass } from './reference-pass.js';

export interface LabTruth {
  readonly topology: {
    readonly server: { readonly allDataMacs: string[]; readonly portMacs: Record<string, string> };
  };
  readonly lacp: {
    readonly pdusPerFile?: Record<string, { readonly fromServer: number; readonly fromSwitch: number }>;
    readonly lastSeen?: Record<string, { readonly server?: LastSeen; readonly switch?: LastSeen }>;
  };
  readonly capture: { readonly files: Record<string, { readonly file: string; readonly packets: number }> };
  readonly lacpFaults: string[];
  readonly directions: Record<'ingress' | 'egress', LabDirection>;
}

interface LastSeen {
  readonly actor: { readonly system: string; readonly key: number; readonly port: string; readonly state: string };
}

export interface LabDirection {
  readonly activePorts: string[];
  readonly expectedKind: string[];
  readonly framesPerPort: Record<string, number>;
  readonly octetsPerPort: Record<string, number>;
  readonly flows: number;
  readonly flowsOnSeveralPorts: readonly unknown[];
  readonly fragmentSplitFlows: readonly unknown[];
}

export const sharedFolder = process.env.LACPSCOPE_SHARED ?? '';

export function labCaptures(): { name: string; truth: LabTruth }[] {
  const folder = join(sharedFolder, 'captures');
  if (sharedFolder === '' || !existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'truth.json')))
    .map((name) => ({ name, truth: JSON.parse(readFileSync(join(folder, name, 'truth.json'), 'utf8')) as LabTruth }));
}

const cache = new Map<string, { pass: Pass; station: LocalStation }>();

export function labPass(name: string): { pass: Pass; station: LocalStation } {
  const known = cache.get(name);
  if (known) return known;
  const { truth } = labCaptures().find((capture) => capture.name === name)!;
  const files = Object.entries(truth.capture.files).map(([port, { file }]) => ({
    port,
    path: join(sharedFolder, 'captures', name, file),
  }));
  const station = findStation(referencePass(files, () => false));
  const made = { pass: referencePass(files, (mac) => station.macs.has(mac)), station };
  cache.set(name, made);
  return made;
}
