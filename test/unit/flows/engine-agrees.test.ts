import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DirectionIndex, EGRESS, INGRESS, type Pass } from '../../../src/engine/pass.js';
import { buildRows } from '../../../src/flows/build-rows.js';
import { findCopies } from '../../../src/flows/copies.js';
import { findEpochs } from '../../../src/flows/epochs.js';
import { judgeFlows } from '../../../src/flows/judge-flows.js';
import { linkRates } from '../../../src/flows/link-rate.js';
import { countCopies, directionLoad } from '../../../src/flows/load.js';
import { memberPorts } from '../../../src/flows/members.js';
import { findStation } from '../../../src/flows/station.js';
import { wireLoads } from '../../../src/flows/wire-load.js';
import { readLacp } from '../../../src/lacp/report.js';
import { passOf } from '../../helpers/engine-pass.js';
import { type LabTruth, labCaptures, labPass, sharedFolder } from '../../helpers/lab-captures.js';

/** Everything that is concluded from a pass, in an order that does not depend on the order of flows. */
function conclusions(pass: Pass, direction: DirectionIndex, macs: ReadonlySet<number>) {
  const lacp = readLacp(pass, { macs });
  const copies = findCopies(pass);
  const verdicts = judgeFlows(pass, copies);
  const members = memberPorts(pass, direction, lacp, copies);
  const epochs = findEpochs(pass, direction, members, lacp, verdicts);
  const rows = buildRows(pass, direction, epochs, verdicts, copies).rows.map(({ flow, frames, ...headers }) =>
    JSON.stringify({ ...headers, srcIp: [...headers.srcIp], dstIp: [...headers.dstIp] }),
  );
  const verdictCounts: Record<string, number> = {};
  for (let flow = 0; flow < pass.flows.count; flow++) {
    if (pass.flows.direction(flow) !== direction) continue;
    const verdict = verdicts.of(flow);
    verdictCounts[verdict] = (verdictCounts[verdict] ?? 0) + 1;
  }
  const copyCounts = countCopies(pass, copies);
  const load = directionLoad(pass, direction, members.ports, linkRates(pass), copyCounts, wireLoads(pass, direction));
  return {
    copies,
    copyCounts,
    members,
    epochs: epochs.map(({ startNs, ports, reason }) => ({ startNs, ports, reason })),
    verdictCounts,
    rows: rows.sort(),
    faults: lacp.faults,
    load: load.ports.map(({ port, frames, octets, flows }) => ({ port, frames, octets, flows })),
  };
}

async function enginePass(name: string, truth: LabTruth) {
  const captures = Object.fromEntries(
    Object.values(truth.capture.files).map(({ file }) => [
      file,
      readFileSync(join(sharedFolder, 'captures', name, file)),
    ]),
  );
  const station = findStation(await passOf(captures));
  return { station, pass: await passOf(captures, { localMacs: [...station.macs] }) };
}

// The reference counts frame by frame from the definitions and shares no code with the engine.
describe.skipIf(!sharedFolder)(
  'the engine and the reference lead to the same conclusions (needs LACPSCOPE_SHARED)',
  () => {
    it.each(labCaptures())('$name', async ({ name, truth }) => {
      const engine = await enginePass(name, truth);
      const reference = labPass(name);
      expect(engine.station).toEqual(reference.station);
      for (const direction of [INGRESS, EGRESS] as const) {
        const macs = reference.station.macs;
        expect(conclusions(engine.pass, direction, macs)).toEqual(conclusions(reference.pass, direction, macs));
      }
    });
  },
);
