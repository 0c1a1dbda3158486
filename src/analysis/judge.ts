/** What follows the reading, on one page: pass → LACP → flows → epochs → hash → findings → document. */

import { mostTelling } from '../advice/experiments/design.js';
import { estimateJob } from '../advice/job.js';
import { bestPlan, type Planned } from '../advice/plan.js';
import { macText } from '../control/addresses.js';
import type { Analysis, Evidence } from '../document/schema.js';
import type { Verdict } from '../document/verdict.js';
import { EGRESS, INGRESS, type Pass } from '../engine/pass.js';
import { judgeAll, type SecondReading } from '../findings/rule.js';
import { RULES } from '../findings/rules.js';
import { directionSplit, joinConnections, oneSidedConnections, severalConnections } from '../flows/connections.js';
import { type CopiedPort, findCopies, isAggregate, withSamePorts } from '../flows/copies.js';
import { judgeFlows } from '../flows/judge-flows.js';
import { linkRates } from '../flows/link-rate.js';
import { countCopies } from '../flows/load.js';
import { ackedGaps } from '../flows/losses.js';
import { asCopies, findMirrors, withoutMirrored } from '../flows/mirrors.js';
import { ownAddresses } from '../flows/own-addresses.js';
import { NO_SIDES } from '../flows/station.js';
import { timeText } from '../flows/time-text.js';
import { readNeighbours } from '../lacp/neighbours.js';
import { lacpDocument, readLacp } from '../lacp/report.js';
import { VERSION } from '../version.js';
import { captureOf, inputsOf } from './capture.js';
import { Conclusion } from './conclusion.js';
import { judgeDirection } from './judge-direction.js';
import type { JudgingOptions } from './options.js';
import type { PassAndStation } from './passes.js';
import { qualityOf } from './quality.js';
import { unjudgedFlows } from './unjudged-flows.js';

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
  const hasSides = station.ambiguous !== NO_SIDES;
  const oneSided = twins.length > aggregates.length || !hasSides ? null : oneSidedConnections(pass, connections);
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
    noHash: own !== null ? OWN_ADDRESSES : hasSides ? null : NO_CHOICE,
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

const OWN_ADDRESSES = 'Each port has an address of its own: who picks the address picks the port.';
const NO_CHOICE = `${NO_SIDES} What one sender chose can’t be told from what others did.`;

/** Ports that nobody called members: those of a capture of all interfaces. */
function allInterfaces({ ports, inputs }: Pass): number[] {
  const cooked = new Set(inputs.flatMap(({ port, linkType }) => (linkType === 'LINUX_SLL2' ? [port] : [])));
  return [...ports.keys()].filter((port) => cooked.has(ports[port]!));
}

function evidenceOf(pass: Pass, input: number, frame: number, filter: string): Evidence {
  return { source: pass.inputs[input]!.source, frame, filter };
}
