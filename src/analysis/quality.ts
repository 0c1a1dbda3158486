/** What the capture is good for: judged before anything is concluded from it. */

import type { Quality } from '../document/schema.js';
import { type Pass, STOPPED } from '../engine/pass.js';
import { type CopiedPort, isAggregate } from '../flows/copies.js';
import { floodedFrames } from '../flows/flooding.js';
import type { CopyCounts } from '../flows/load.js';
import { ackedGaps } from '../flows/losses.js';
import { asCopies, type MirrorPort } from '../flows/mirrors.js';
import type { SkewBound } from '../flows/skew.js';
import type { LocalStation } from '../flows/station.js';
import { superFrameSegments } from '../flows/wire-load.js';
import { grouped } from '../stats/grouped.js';
import type { JudgingOptions } from './options.js';

/** Frames cut inside of their headers: below this share they are odd ones. */
const CUT = 0.01;

export function qualityOf(
  pass: Pass,
  station: LocalStation,
  { twins: copies, mirrors }: { readonly twins: readonly CopiedPort[]; readonly mirrors: readonly MirrorPort[] },
  { echoFrames }: Pick<CopyCounts, 'echoFrames'>,
  options: JudgingOptions,
  skew: SkewBound | null,
  notes: readonly string[],
): Quality {
  const overlap = overlapOf(pass);
  const gaps = ackedGaps(pass);
  const limits = [
    ...pass.inputs
      .filter(({ damage }) => damage !== null && damage.reason !== STOPPED)
      .map(({ source }) => `${source} is incomplete: loads and counts of its port are too low.`),
    ...(pass.inputs.some(({ damage }) => damage?.reason === STOPPED)
      ? ['Reading was stopped before the end: the rest is in no figure.']
      : []),
    ...unseenHeaders(pass),
    ...notes,
    ...(station.basis === 'unknown'
      ? ['Which end is the server is not known: the directions are two sides in no order.']
      : []),
    ...(pass.totals.overflowFrames > 0
      ? [
          `${grouped(pass.totals.overflowFrames)} frames belong to flows that found no room in the flow table (--max-flows): they are counted as load, and nothing is said of their ports.`,
        ]
      : []),
    ...(pass.totals.controlDropped > 0
      ? [
          `${grouped(pass.totals.controlDropped)} control frames were beyond what is kept: LACP is judged by those before.`,
        ]
      : []),
    ...(pass.totals.truncated > CUT * pass.totals.frames
      ? [
          `${grouped(pass.totals.truncated)} frames were cut inside of their headers (snap length): of flows whose ports were cut off nothing is said.`,
        ]
      : []),
    ...(pass.flows.labelled() > 0
      ? [
          `${grouped(pass.flows.labelled())} flows have MPLS labels or PPPoE sessions: nothing is concluded of what is hashed in those, for the label may be.`,
        ]
      : []),
    ...(gaps !== null && gaps > 0
      ? [
          `At least ${grouped(gaps)} pieces of TCP data arrived and are not in the capture: it lost frames, so loads are too low.`,
        ]
      : []),
    ...(skew !== null
      ? [
          `The clocks of the ports differ by up to ${grouped(skew.seconds * 1e3, 1)} ms: answers to connections were captured before their questions. The order of frames across ports says nothing within that.`,
        ]
      : []),
    ...mirrors.map(
      ({ port, of }) =>
        `${pass.ports[port]} shows frames of ${of.map((source) => pass.ports[source]).join(', ')} once more: how full it was can’t be told.`,
    ),
    ...copies.flatMap(({ port, alone }) =>
      alone === undefined || alone.outside === 0
        ? []
        : [
            `${pass.ports[port]} was captured for longer than its members: of which of them ${grouped(alone.outside)} frames are, or whether of another port, can’t be told.`,
          ],
    ),
    ...copies.flatMap(({ port, alone }) =>
      alone === undefined || alone.frames + alone.more === 0
        ? []
        : [
            `${grouped(alone.frames + alone.more)} frames are on ${pass.ports[port]} and on no member: loads are too low.`,
          ],
    ),
    ...silentPorts(pass).map((port) => `${port} has no frame at all: whether it is a member is not known.`),
    ...(overlap !== null && overlap < 0.9
      ? [
          `All ports have frames for ${Math.round(overlap * 100)} % of the time only: idle before or after, or captured apart.`,
        ]
      : []),
  ];
  const unusable =
    pass.ports.length - copies.length - asCopies(mirrors).length < 2 || !hasUnicast(pass) || overlap === 0;
  const superFrames = pass.joins.sums().reduce((sum, direction) => sum + direction.superFrames, 0);
  return {
    verdict: unusable ? 'unusable' : limits.length > 0 || !copies.every(isAggregate) ? 'limited' : 'good',
    droppedFrames: droppedFrames(pass),
    ackedGaps: gaps,
    truncatedFrames: pass.totals.truncated,
    superFrames,
    superFrameSegments: superFrameSegments(pass),
    echoes: pass.ports.flatMap((port, i) => (echoFrames[i]! > 0 ? [{ port, frames: echoFrames[i]! }] : [])),
    flooded: floodedFrames(pass, station),
    overlap,
    skew: {
      bound: pass.skewBound,
      basis: options.skewSeconds !== undefined ? 'given' : skew !== null ? 'measured' : 'assumed',
    },
    copies: copies.map(({ port, of, share, alone }) => ({
      ports: [...of, port].sort((a, b) => a - b).map((p) => pass.ports[p]!),
      share,
      aggregate: alone === undefined ? null : pass.ports[port]!,
      alone: alone ?? null,
    })),
    mirrors: mirrors.map(({ port, of, ...mirror }) => ({
      ...{ port: pass.ports[port]!, of: of.map((source) => pass.ports[source]!) },
      ...mirror,
    })),
    missingPorts: [],
    limits,
  };
}

/** What link types leave out cannot be judged, and cannot be told from the IP addresses that go with it. */
function unseenHeaders({ inputs }: Pass): string[] {
  const types = new Set(inputs.map(({ linkType }) => linkType));
  const cooked = types.has('LINUX_SLL') || types.has('LINUX_SLL2');
  const none = ['NULL', 'LOOP', 'RAW', 'IPV4', 'IPV6'].some((type) => types.has(type));
  if (!cooked && !none) return [];
  const what = none ? 'This capture holds no MAC addresses' : 'Cooked frames hold no destination MAC address';
  return [`${what}: whether the sender hashes them, or the IP addresses that go with them, can’t be told.`];
}

/** Share of the duration in which all ports with frames were captured; a port that is merely idle says nothing of it. */
function overlapOf({ inputs, ports, durationNs }: Pass): number | null {
  const spans = ports.flatMap((port) => {
    const own = inputs.filter((input) => input.port === port && input.firstNs !== null && input.lastNs !== null);
    if (own.length === 0) return [];
    const first = own.reduce((least, { firstNs }) => (firstNs! < least ? firstNs! : least), own[0]!.firstNs!);
    const last = own.reduce((most, { lastNs }) => (lastNs! > most ? lastNs! : most), own[0]!.lastNs!);
    return [{ first, last }];
  });
  if (spans.length < 2 || durationNs === 0) return spans.length === 0 ? null : 1;
  const first = spans.reduce((most, span) => (span.first > most ? span.first : most), spans[0]!.first);
  const last = spans.reduce((least, span) => (span.last < least ? span.last : least), spans[0]!.last);
  return last > first ? Number(last - first) / durationNs : 0;
}

/** Their link is down, or their capture did not work. */
function silentPorts({ inputs, ports }: Pass): string[] {
  const heard = new Set(inputs.flatMap(({ port, frames }) => (frames > 0 ? [port] : [])));
  return heard.size === 0 ? [] : ports.filter((port) => !heard.has(port));
}

function hasUnicast(pass: Pass): boolean {
  return pass.joins.sums().some(({ hasUnicastIp }) => hasUnicastIp);
}

/** From the counters that a capture carries; null where none does. */
function droppedFrames({ inputs }: Pass): number | null {
  const known = inputs.flatMap(({ drops }) => [drops.kernel, drops.interface]).filter((n) => n !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
}
