/** How much of a flow was on which port in an epoch: the one place that shares frames out by time. */

import type { Pass, Run } from '../engine/pass.js';
import { type CopiedPort, isAggregate } from './copies.js';
import type { Epoch } from './epochs.js';
import { certainlyIn, portCounts } from './port-counts.js';

interface Source {
  readonly pass: Pick<Pass, 'flows' | 'movers'>;
  readonly epochs: readonly Epoch[];
  readonly copies: readonly CopiedPort[];
}

export interface Frames {
  readonly port: number;
  readonly frames: number;
}

/**
 * Whole datagrams of a flow on its ports inside an epoch; a copied port counts as its twin, and copies are in no count. Where
 * only the times of first and last frame are known, frames are shared out by time, at least one where there certainly is one,
 * and none where there may be none.
 */
export function wholeFramesIn({ pass, epochs, copies }: Source, flow: number, epoch: number): Frames[] {
  const seen = portCounts(pass, flow);
  const home = homes(seen, copies);
  const counts = seen
    .map(({ port, wholeFrames }) => ({ port: home(port), frames: wholeFrames }))
    .filter(({ port }) => port !== NOWHERE);
  if (counts.length === 0 || epochs.length === 1) return counts;

  const { startNs, endNs } = epochs[epoch];
  if (counts.some(({ port }) => port !== counts[0].port)) {
    const runs = pass.movers.runs(pass.flows.mover(flow));
    return runs.map((run) => ({ port: home(run.port), frames: runIn(run, startNs, endNs) }));
  }
  if (!certainlyIn(pass.flows, flow, startNs, endNs)) return [];
  const [firstNs, lastNs] = [pass.flows.firstNs(flow), pass.flows.lastNs(flow)];
  const whole = counts.reduce((sum, { frames }) => sum + frames, 0);
  return [{ port: counts[0].port, frames: runIn({ frames: whole, firstNs, lastNs }, startNs, endNs) }];
}

export function isOnOnePort({ pass: { flows }, copies }: Source, flow: number): boolean {
  return flows.mover(flow) < 0 && copies.length === 0;
}

/** The same for nearly all flows of a capture, without lists. */
export function onePortIn(source: Source, flow: number, epoch: number): Dominant | null {
  const frames = framesIn(source, flow, epoch);
  return frames === 0 ? null : { port: source.pass.flows.port(flow), frames, of: frames };
}

function framesIn({ pass: { flows }, epochs }: Source, flow: number, epoch: number): number {
  const frames = flows.wholeFrames(flow);
  if (epochs.length === 1) return frames;
  const { startNs, endNs } = epochs[epoch];
  if (!certainlyIn(flows, flow, startNs, endNs)) return 0;
  return runIn({ frames, firstNs: flows.firstNs(flow), lastNs: flows.lastNs(flow) }, startNs, endNs);
}

const NOWHERE = -1;

/** A copied port counts as its twin; the aggregate beside its members as the one member that repeats the flow. */
function homes(seen: readonly { readonly port: number }[], copies: readonly CopiedPort[]): (port: number) => number {
  if (copies.length === 0) return (port) => port;
  return (port) => {
    const copy = copies.find((each) => each.port === port);
    if (copy === undefined) return port;
    const members = copy.of.filter((member) => seen.some((count) => count.port === member));
    if (members.length === 1) return members[0];
    return copy.of.length === 1 && !isAggregate(copy) ? copy.of[0] : NOWHERE;
  };
}

function runIn({ frames, firstNs, lastNs }: Omit<Run, 'port'>, startNs: number, endNs: number): number {
  if (frames === 0 || firstNs >= endNs || lastNs < startNs) return 0;
  const length = lastNs - firstNs;
  const inside = Math.min(lastNs, endNs) - Math.max(firstNs, startNs);
  return Math.max(1, Math.round(length > 0 ? (frames * inside) / length : frames));
}

export interface Dominant extends Frames {
  readonly of: number; // all ports together
}

export function dominant(counts: readonly Frames[]): Dominant | null {
  if (counts.length === 1) return counts[0].frames === 0 ? null : { ...counts[0], of: counts[0].frames };
  const perPort = new Map<number, number>();
  for (const { port, frames } of counts) perPort.set(port, (perPort.get(port) ?? 0) + frames);
  const [most] = [...perPort].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  if (most === undefined || most[1] === 0) return null;
  return { port: most[0], frames: most[1], of: [...perPort.values()].reduce((sum, n) => sum + n, 0) };
}
