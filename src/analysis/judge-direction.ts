/** What one sender did: members → epochs → rows → hash → load, and what to do. */

import { designed, type Ranked } from '../advice/experiments/design.js';
import { flowsToLay } from '../advice/laid-flows.js';
import { whatIf } from '../advice/what-if.js';
import type { Direction, DirectionName, WhatIf } from '../document/schema.js';
import { type DirectionIndex, INGRESS, type Pass } from '../engine/pass.js';
import { buildRows } from '../flows/build-rows.js';
import type { CopiedPort } from '../flows/copies.js';
import { distributionOf, epochsDocument } from '../flows/distribution.js';
import { findEpochs } from '../flows/epochs.js';
import type { FlowVerdicts } from '../flows/judge-flows.js';
import { largestLives } from '../flows/large-flows.js';
import { limitsOf } from '../flows/limits.js';
import type { linkRates } from '../flows/link-rate.js';
import { type countCopies, directionLoad } from '../flows/load.js';
import { type Members, memberPorts } from '../flows/members.js';
import type { MirrorPort } from '../flows/mirrors.js';
import { peersOf, topFlowsOf } from '../flows/peers.js';
import { phasesOf } from '../flows/phases.js';
import { pingPongOf } from '../flows/ping-pong.js';
import type { HashRows } from '../flows/rows.js';
import { saturationOf } from '../flows/saturation.js';
import { wireLoads } from '../flows/wire-load.js';
import { type HashInference, inferring } from '../inference/infer.js';
import { luckRows } from '../inference/luck.js';
import { type FrameEvidence, frameEvidence } from '../inference/packet-by-packet.js';
import { inTurns } from '../inference/steps.js';
import type { LacpReport } from '../lacp/report.js';
import type { Conclusion } from './conclusion.js';
import { hashDocument } from './hash-document.js';
import type { JudgingOptions } from './options.js';

const FLOWS_LISTED = 1000;
const LARGE_FLOWS = 20; // no more have a twentieth of the octets each, which findings speak of

/** What both directions are judged with. */
export interface Shared {
  readonly pass: Pass;
  readonly lacp: LacpReport;
  readonly copies: readonly CopiedPort[];
  readonly mirrors: readonly MirrorPort[];
  readonly verdicts: FlowVerdicts;
  readonly copyCounts: ReturnType<typeof countCopies>;
  readonly rates: ReturnType<typeof linkRates>;
  readonly options: JudgingOptions;
  readonly conclusion: Conclusion;
  readonly stationKnown: boolean;
  readonly allPorts: boolean; // no sign of a member port that was not captured
  readonly isComplete: boolean; // nor of frames that are missing
  readonly inFull: boolean; // the document, not its findings alone
  readonly noHash: string | null; // why none is looked for
}

export interface Judged {
  readonly document: Direction;
  readonly members: Members;
  readonly whatIf: WhatIf[];
  readonly experiments: Ranked[];
}

function whyUndetermined({ inTurn, split }: FrameEvidence): string {
  if (inTurn) {
    return 'At any time all ports have carried equally many frames, as if those were dealt out in turn: that flows keep a port may be an accident of their pace.';
  }
  const tooShort = 'Flows are too short to show whether they are kept on one port';
  return split === 0 ? `${tooShort}.` : `${tooShort}: ${split} of few frames ${split === 1 ? 'is' : 'are'} on several.`;
}

/** One direction is one sender's choice: it is judged by itself, always. */
export async function judgeDirection(direction: DirectionIndex, shared: Shared): Promise<Judged> {
  const { pass, lacp, copies, mirrors, verdicts, copyCounts, rates, options, allPorts, isComplete, stationKnown } =
    shared;
  const { conclusion, inFull, noHash } = shared;
  const name = direction === INGRESS ? 'ingress' : 'egress';
  const members = memberPorts(pass, direction, lacp, copies);
  const epochs = findEpochs(pass, direction, members, lacp, verdicts);
  const rows = buildRows(pass, direction, epochs, verdicts, copies);
  const facts = { pass, direction, members: members.ports, epochs, verdicts, rows };
  // Where flows are ignored no hash is looked for; what is found then says more of how flows are spread.
  const seen = distributionOf(facts);
  const frames = frameEvidence(pass, direction, epochs, verdicts);
  const inference = seen.infersFields && noHash === null ? await inferred(rows, frames, name, shared) : null;
  const isUnfinished = conclusion.leftOut.some((place) => place.startsWith(`directions.${name}.hash`));
  const hash = inference && {
    bestFields: inference.bestHypothesisFields,
    perConnection: inference.perConnection,
    hasFunction: inference.function !== null,
  };
  const { kind, explanation } =
    noHash !== null && seen.infersFields
      ? { kind: 'undetermined' as const, explanation: noHash }
      : inference?.ignoresFlows
        ? { kind: 'undetermined' as const, explanation: whyUndetermined(frames) }
        : hash === null && !isUnfinished
          ? seen
          : distributionOf({ ...facts, hash: isUnfinished ? 'unfinished' : hash });
  const wire = wireLoads(pass, direction);
  // The series holds the copies: how full a link with a mirror on it was can't be told.
  const shown = new Set(mirrors.map(({ port }) => port));
  const known = rates.map((rate, port) => (shown.has(port) ? { bitsPerSecond: null, basis: null } : rate));
  const links = { members: members.ports, rates: known, wire, lives: largestLives(pass, direction), isComplete };
  const saturation = saturationOf(pass, direction, links);
  const load = directionLoad(pass, direction, members.ports, rates, copyCounts, wire, stationKnown);
  // With the wrong number of ports to choose from, a function would be the wrong one.
  const named = inference === null || allPorts ? inference : withoutFunctions(inference);
  const listed = options.flowsListed ?? FLOWS_LISTED;
  const carried = load.ports.filter(({ port }) => members.ports.includes(pass.ports.indexOf(port)));
  const isOnOneLink = carried.filter(({ flows }) => flows > 0).length <= 1; // then a finding says whether that was luck
  await conclusion.goesOn('advice');
  const advice = async () => ({
    experiments: conclusion.unlessAsked('experiments', [], () => designed(name, rows, named)),
    whatIf: await conclusion.inSteps(`whatIf.${name}`, [], () =>
      whatIf({
        laid: flowsToLay(pass, direction),
        rows,
        captured: new Map(carried.map(({ port, octets }) => [port, octets])),
        inference: named,
        kind,
        linkBitsPerSecond: lowestRate(carried),
      }),
    ),
  });
  return {
    members,
    ...(inFull ? await advice() : { experiments: [], whatIf: [] }),
    document: {
      ...load,
      distribution: { kind, confidence: null, explanation, epochs: epochsDocument(epochs, pass) },
      luck: inFull || isOnOneLink ? luckRows(rows, inference?.bestHypothesisFields ?? []) : [],
      peers: inFull ? peersOf(pass, direction) : [],
      hash: named === null ? null : hashDocument(pass, rows, named),
      saturation,
      phases: phasesOf(pass, direction, links),
      limits: limitsOf(pass, direction, links, saturation, stationKnown),
      pingPong: pingPongOf(pass, direction, verdicts, epochs, stationKnown && direction === INGRESS),
      topFlows: topFlowsOf(pass, direction, load.octets, inFull ? listed : Math.min(listed, LARGE_FLOWS)),
    },
  };
}

/** What the sender hashes on, as far as that was worked out. */
async function inferred(
  rows: HashRows,
  frames: FrameEvidence,
  name: DirectionName,
  { conclusion, inFull }: Shared,
): Promise<HashInference | null> {
  const goesOn = () => conclusion.goesOn(`${name} hash`);
  const outcome = (await goesOn())
    ? await inTurns(inferring(rows, { frames, inFull }), goesOn)
    : ({ isWhole: false, value: null } as const);
  const hash = `directions.${name}.hash` as const;
  if (!outcome.isWhole) {
    conclusion.leaveOut(...(outcome.value === null ? [hash] : ([`${hash}.function`, `${hash}.families`] as const)));
  }
  return outcome.value;
}

function withoutFunctions(inference: HashInference): HashInference {
  const families = inference.families?.map((own) => ({ ...own, function: null })) ?? null;
  return { ...inference, function: null, families };
}

/** Of the members; null where it is not known, or only assumed from what was carried. */
function lowestRate(ports: Direction['ports']): number | null {
  const rates = ports.map(({ linkBitsPerSecond, linkRateBasis }) =>
    linkRateBasis === 'assumed' ? null : linkBitsPerSecond,
  );
  return rates.length === 0 || rates.includes(null) ? null : Math.min(...rates.map(Number));
}
