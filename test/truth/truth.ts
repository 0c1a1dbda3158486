/** Captures whose truth is known: what really chose the ports, written down by what made them. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DirectionName, Flow } from '../../src/document/schema.js';

export type FlowName = Pick<Flow, 'ethSrc' | 'ethDst' | 'vlan' | 'ipSrc' | 'ipDst' | 'ipProto' | 'srcPort' | 'dstPort'>;

interface FlowList {
  readonly count: number;
  readonly list: readonly { readonly flow: FlowName }[]; // 40 at most
}

export interface DirectionTruth {
  readonly implementation: string;
  readonly policy: string | null;
  readonly fieldsUsed: readonly string[];
  /** Ports by bucket, in the order in which the sender was given them; null where buckets have no fixed port. */
  readonly portOrder: readonly string[] | null;
  readonly framesPerPort: Readonly<Record<string, number>>; // LACP left out
  readonly octetsPerPort: Readonly<Record<string, number>>;
  readonly expectedKind: readonly string[];
  readonly flowsOnSeveralPorts: FlowList;
  readonly fragmentSplitFlows: FlowList;
}

/** What was done to a link: seconds since the epoch, when the command was given and when the capture shows it. */
export interface LinkEvent {
  readonly time: string;
  readonly port?: string; // others are remarks
  readonly state?: 'down' | 'up';
  readonly lastFrameOnPort?: string;
  readonly firstFrameOnPort?: string;
}

export interface Truth {
  readonly name: string;
  readonly events?: readonly LinkEvent[];
  readonly capture: { readonly files: Readonly<Record<string, { readonly file: string; readonly packets: number }>> };
  readonly directions: Readonly<Record<DirectionName, DirectionTruth>>;
  readonly mustNotConclude: readonly string[];
  readonly lacpFaults: readonly string[];
}

export interface KnownCapture {
  readonly truth: Truth;
  readonly folder: string;
  readonly files: readonly string[];
}

/**
 * The samples always; all captures of LACPSCOPE_SHARED where that is set. One of each name.
 *
 * @param samples where they are, for a program that was compiled to elsewhere
 */
export function knownCaptures(samples = join(import.meta.dirname, '../../samples')): readonly KnownCapture[] {
  const folders = [samples];
  const shared = process.env.LACPSCOPE_SHARED;
  if (shared !== undefined) folders.push(join(shared, 'captures'));
  const byName = new Map<string, KnownCapture>();
  for (const folder of folders.flatMap(subfolders)) {
    const file = join(folder, 'truth.json');
    if (!existsSync(file)) continue;
    const truth = JSON.parse(readFileSync(file, 'utf8')) as Truth;
    const files = Object.values(truth.capture.files).map((each) => join(folder, each.file));
    if (!byName.has(truth.name)) byName.set(truth.name, { truth, folder, files });
  }
  return [...byName.values()];
}

const subfolders = (folder: string) => readdirSync(folder).map((name) => join(folder, name));
