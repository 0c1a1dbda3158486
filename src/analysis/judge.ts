/** What follows the reading, on one page: pass → LACP → flows → epochs → hash → findings → document. */

import { designed, mostTelling, type Ranked } from '../advice/experiments/design.js';
import { estimateJob } from '../advice/job.js';
import { flowsToLay } from '../advice/laid-flows.js';
import { bestPlan, type Planned } from '../advice/plan.js';
import { whatIf } from '../advice/what-if.js';
import { macText } from '../control/addresses.js';
import type { Analysis, Direction, DirectionName, Evidence, WhatIf } from '../document/schema.js';
import type { Verdict } from '../document/verdict.js';
import { type DirectionIndex, EGRESS, INGRESS, type Pass } from '../engine/pass.js';
import { judgeAll, type SecondReading } from '../findings/rule.js';
import { RULES } from '../findings/rules.js';
import { buildRows } from '../flows/build-rows.js';
import { directionSplit, joinConnections, oneSidedConnections, severalConnections } from '../flows/connections.js';
import { type CopiedPort, findCopies, isAggregate, withSamePorts } from '../flows/copies.js';
import { distributionOf, epochsDocument } from '../flows/distribution.js';
import { findEpochs } from '../flows/epochs.js';
import { type FlowVerdicts, judgeFlows } from '../flows/judge-flows.js';
import { largestLives } from '../flows/large-flows.js';
import { limitsOf } from '../flows/limits.js';
import { linkRates } from '../flows/link-rate.js';
import { countCopies, directionLoad } from '../flows/load.js';
import { ackedGaps } from '../flows/losses.js';
import { type Members, memberPorts } from '../flows/members.js';
import { asCopies, findMirrors, type MirrorPort, withoutMirrored } from '../flows/mirrors.js';
import { ownAddresses } from '../flows/own-addresses.js';
import { peersOf, topFlowsOf } from '../flows/peers.js';
import { phasesOf } from '../flows/phases.js';
import { pingPongOf } from '../flows/ping-pong.js';
import type { HashRows } from '../flows/rows.js';
import { saturationOf } from '../flows/saturation.js';
import { timeText } from '../flows/time-text.js';
import { wireLoads } from '../flows/wire-load.js';
import { type HashInference, inferring } from '../inference/infer.js';
import { luckRows } from '../inference/luck.js';
import { type FrameEvidence, frameEvidence } from '../inference/packet-by-packet.js';
import { inTurns } from '../inference/steps.js';
import { readNeighbours } from '../lacp/neighbours.js';
import { type LacpReport, lacpDocument, readLacp } from '../lacp/report.js';
import { VERSION } from '../version.js';
import { captureOf, inputsOf } from './capture.js';
import { Conclusion } from './conclusion.js';
import { hashDocument } from './hash-document.js';
import type { JudgingOptions } from './options.js';
import type { PassAndStation } from './passes.js';
import { qualityOf } from './quality.js';
import { unjudgedFlows } from './unjudged-flows.js';

const FLOWS_LISTED = 1000;
const LARGE_FLOWS = 20; // no more have a twentieth of the octets each, which findings speak of

/** What a pass shows, as a document. */
export const judge = (read: PassAndStation, options: JudgingOptions, crossChecks: readonly SecondReading[] = []) =>
  judged(read, options, crossChecks, true);

/** The findings of that document, for less. */
export async function verdictOf(
  read: PassAndStation,
  options: JudgingOptions,
  crossChecks: readonly SecondReading[] = [],
): Promise<Verdict> {
  const { inputs, lag, quality, findings } = await judged(read, options, crossChecks, false);
  return { inputs, lag, quality, findings };
}

const NOT_ASKED: Planned = { plan: null, refused: '' };

/** @param inFull else without what no finding but in its advice says: that is left empty */
async function judged(
  read: PassAndStation,
  options: JudgingOptions,
  crossChecks: readonly SecondReading[],
  inFull: boolean,
): Promise<Analysis> {
  const { pass, aggregates, repeated, station, skew, contradiction } = read;
  const conclusion = new Conclusion(options);
  await conclusion.goesOn('flows');
  const mayBeSilent = new Set([...aggregates.map(({ port }) => port), ...allInterfaces(pass)]);
  const asCaptured = readLacp(pass, station, mayBeSilent);
  const repeating = [...findCopies(pass), ...aggregates];
  const mirrored = findMirrors(pass, repeating, asCaptured);
  const lacp =
    mirrored.length === 0
      ? asCaptured
      : readLacp({ ...pass, control: withoutMirrored(pass.control, mirrored) }, station, mayBeSilent);
  const samePorts = lacp.faults.flatMap((fault) => (fault.kind === 'same-port-twice' ? [fault.ports] : []));
  const twins = withSamePorts(repeating, samePorts);
  const mirrors = twins.length === repeating.length ? mirrored : findMirrors(pass, twins, asCaptured);
  const copies = [...twins, ...asCopies(mirrors)];
  // Where a port was captured in the place of another, that one is missing and known to be.
  const connections = joinConnections(pass);
  const oneSided = twins.length > aggregates.length ? null : oneSidedConnections(pass, connections);
  const verdicts = judgeFlows(pass, copies, mirrors);
  const copyCounts = countCopies(pass, copies, mirrors);
  const own = lacp.present ? null : ownAddresses(pass);
  const rates = linkRates(pass, options.rate);
  // A port that shows others whole has flows that none of them has: whose they are, the capture does not say.
  const mayLackPort = mirrors.some(({ mayBeAggregate }) => mayBeAggregate) || twins.some(({ alone }) => alone?.areOwn);
  const isComplete = oneSided === null && !mayLackPort && twins.every(isAggregate) && missesNothing(pass, twins);
  const shared = {
    pass,
    lacp,
    copies,
    mirrors,
    verdicts,
    copyCounts,
    rates,
    options,
    conclusion,
    allPorts: oneSided === null && !mayLackPort,
    stationKnown: station.basis !== 'unknown',
    isComplete,
    inFull,
    hasOwnAddresses: own !== null,
  };
  const ingress = await judgeDirection(INGRESS, shared);
  const egress = await judgeDirection(EGRESS, shared);
  await conclusion.goesOn('advice');
  const members = pass.ports.filter(
    (_, port) => ingress.members.ports.includes(port) || egress.members.ports.includes(port),
  );
  const directions = { ingress: ingress.document, egress: egress.document };
  const lag = {
    ports: members,
    localStation: {
      // One side is known to itself, but not which one it is: then nobody is named.
      macs: station.basis === 'unknown' ? [] : [...station.macs].sort((a, b) => a - b).map(macText),
      ips: [...station.ips],
      basis: station.basis,
    },
    ownAddresses: [...(own ?? [])].map(([port, mac]) => ({ port: pass.ports[port]!, mac: macText(mac) })),
  };
  const noPlan = { plan: null, refused: 'the analysis was interrupted before it was made' };
  const plan = () => conclusion.unlessAsked('plan', noPlan, () => bestPlan({ directions, lag }));
  const planned = inFull ? plan() : NOT_ASKED;
  const draft = {
    schema: 'lacpscope/analysis@1' as const,
    tool: { name: 'lacpscope' as const, version: VERSION },
    inputs: inputsOf(pass),
    lag,
    capture: captureOf(pass, lacp, { ...copyCounts, duplicates: copyCounts.duplicates + repeated }, connections),
    directions,
    directionSplit: directionSplit(pass, connections, {
      ingress: ingress.members.ports,
      egress: egress.members.ports,
    }),
    severalConnections: severalConnections(pass),
    lacp: lacpDocument(lacp, pass.ports, (ns) => timeText(pass.originNs, ns)),
    neighbours: readNeighbours(pass, station),
    whatIf: { ingress: ingress.whatIf, egress: egress.whatIf },
    experiments: mostTelling([...ingress.experiments, ...egress.experiments]),
    plan: planned.plan,
    planRefused: planned.refused,
    job: options.job === undefined || !inFull ? null : estimateJob({ directions, lag }, options.job),
    declared: [],
    interrupted: conclusion.leftOut,
    quality: qualityOf(pass, station, { twins, mirrors }, copyCounts, options, skew, [
      ...(options.limits ?? []),
      ...(contradiction === null ? [] : [contradiction]),
      ...(oneSided === null
        ? []
        : ['A member port seems not to be captured: loads are too low, and no function is named.']),
      ...(mayLackPort ? ['Whether every member port was captured can’t be told, so no function is named.'] : []),
    ]),
  };
  const findings = judgeAll(RULES, {
    draft,
    lacpFaults: lacp.faults,
    lacpAbsence: lacp.absence,
    portNames: pass.ports,
    evidence: (input, frame, filter) => evidenceOf(pass, input, frame, filter),
    stationDoubt: station.ambiguous,
    unjudged: unjudgedFlows(pass, verdicts),
    oneSided,
    crossChecks,
  });
  return { ...draft, findings };
}

const FEW_DROPS = 0.01;

/** No input is cut, empty, or short of more than the odd frame. */
function missesNothing(pass: Pass, copies: readonly CopiedPort[]): boolean {
  const { inputs, ports } = pass;
  const recorded = inputs.reduce((sum, { drops }) => sum + (drops.kernel ?? 0) + (drops.interface ?? 0), 0);
  // Frames of members that the aggregate beside them shows, and they do not.
  const lacking = copies.reduce((sum, { alone }) => sum + (alone === undefined ? 0 : alone.frames + alone.more), 0);
  const dropped = Math.max(recorded, ackedGaps(pass) ?? 0, lacking);
  const frames = inputs.reduce((sum, input) => sum + input.frames, 0);
  const heard = new Set(inputs.flatMap((input) => (input.frames > 0 ? [input.port] : [])));
  return inputs.every(({ damage }) => damage === null) && heard.size === ports.length && dropped <= FEW_DROPS * frames;
}

/** Ports that nobody called members: those of a capture of all interfaces. */
function allInterfaces({ ports, inputs }: Pass): number[] {
  const cooked = new Set(inputs.flatMap(({ port, linkType }) => (linkType === 'LINUX_SLL2' ? [port] : [])));
  return [...ports.keys()].filter((port) => cooked.has(ports[port]!));
}

interface Shared {
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
  readonly hasOwnAddresses: boolean; // each port: then addresses decide, and no hash is looked for
}

interface Judged {
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
async function judgeDirection(direction: DirectionIndex, shared: Shared): Promise<Judged> {
  const { pass, lacp, copies, mirrors, verdicts, copyCounts, rates, options, allPorts, isComplete, stationKnown } =
    shared;
  const { conclusion, inFull, hasOwnAddresses } = shared;
  const name = direction === INGRESS ? 'ingress' : 'egress';
  const members = memberPorts(pass, direction, lacp, copies);
  const epochs = findEpochs(pass, direction, members, lacp, verdicts);
  const rows = buildRows(pass, direction, epochs, verdicts, copies);
  const facts = { pass, direction, members: members.ports, epochs, verdicts, rows };
  // Where flows are ignored no hash is looked for; what is found then says more of how flows are spread.
  const seen = distributionOf(facts);
  const frames = frameEvidence(pass, direction, epochs, verdicts);
  const inference = seen.infersFields && !hasOwnAddresses ? await inferred(rows, frames, name, shared) : null;
  const isUnfinished = conclusion.leftOut.some((place) => place.startsWith(`directions.${name}.hash`));
  const hash = inference && {
    bestFields: inference.bestHypothesisFields,
    perConnection: inference.perConnection,
    hasFunction: inference.function !== null,
  };
  const { kind, explanation } =
    hasOwnAddresses && seen.infersFields
      ? {
          kind: 'undetermined' as const,
          explanation: 'Each port has an address of its own: who picks the address picks the port.',
        }
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

function evidenceOf(pass: Pass, input: number, frame: number, filter: string): Evidence {
  return { source: pass.inputs[input]!.source, frame, filter };
}
