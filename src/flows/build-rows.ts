/** The rows that inference learns from, one direction. inference.md 0.3. */

import { type DirectionIndex, EGRESS, type FlowId, type Pass, type Run } from '../engine/pass.js';
import type { CopiedPort } from './copies.js';
import type { Epoch } from './epochs.js';
import type { FlowVerdicts } from './judge-flows.js';
import { certainlyIn, flowsOf, isUnicast, portCounts } from './port-counts.js';
import { type HashRow, type HashRows, ICMP, MAIN, NO_IP, type RowKind } from './rows.js';
import type { Verdict } from './verdict.js';

type Evidence = Pick<Pass, 'ports' | 'flows' | 'movers'>;

/** TCP, UDP, UDP-Lite, DCCP, SCTP, ESP, AH, IP-in-IP, 6in4, GRE. */
const MAIN_PROTOCOLS = new Set([6, 17, 136, 33, 132, 50, 51, 4, 41, 47]);
const ICMP_PROTOCOLS = new Set([1, 58]);
const TELLING: readonly Verdict[] = ['pinned', 'insufficient', 'stray', 'moved', 'fragment-split'];
const SUPPLEMENTARY_SHARE = 0.9;
/** Snap lengths that cut port numbers off must not make ports look unused. */
const WITHOUT_PORTS = 0.05;

export function buildRows(
  pass: Evidence,
  direction: DirectionIndex,
  epochs: readonly Epoch[],
  verdicts: FlowVerdicts,
  copies: readonly CopiedPort[] = [],
): HashRows {
  const flows = [...flowsOf(pass.flows, direction)].filter((flow) => isUnicast(pass.flows, flow));
  const main = flows.filter((flow) => MAIN_PROTOCOLS.has(pass.flows.ipProto[flow]) && pass.flows.ipVersion[flow] !== 0);
  const rows: HashRow[] = [];
  const pairs = new Set<string>();
  for (const flow of main) {
    if (!TELLING.includes(verdicts.of(flow))) continue;
    for (const epoch of epochs.keys()) {
      const row = mainRow(pass, flow, epochs, epoch, verdicts, copies);
      if (row === null) continue;
      rows.push(row);
      pairs.add(macPair(pass, flow));
    }
  }
  return {
    portNames: pass.ports,
    egress: direction === EGRESS,
    epochs: epochs.map(({ startNs, endNs, ports }) => ({ startNs, endNs, ports })),
    rows: [...rows, ...supplementaryRows(pass, flows, pairs, epochs, copies)],
    portsSeen: sawPorts(pass, main),
  };
}

function mainRow(
  pass: Evidence,
  flow: number,
  epochs: readonly Epoch[],
  epoch: number,
  verdicts: FlowVerdicts,
  copies: readonly CopiedPort[],
): HashRow | null {
  const counts = wholeFramesIn(pass, flow, epochs, epoch, copies);
  const most = dominant(counts);
  if (most === null || most.frames <= most.of / 2) return null;
  const port = epochs[epoch].ports.indexOf(most.port);
  if (port < 0) return null;
  const { flows } = pass;
  return {
    ...headers(pass, flow),
    kind: MAIN,
    epoch,
    port,
    srcPort: flows.srcPort[flow],
    dstPort: flows.dstPort[flow],
    flowLabel: flows.flowLabel[flow],
    inner:
      flows.hasInner[flow] === 1
        ? {
            srcIp: flows.innerSrcIp(flow),
            dstIp: flows.innerDstIp(flow),
            protocol: flows.innerIpProto[flow],
            srcPort: flows.innerSrcPort[flow],
            dstPort: flows.innerDstPort[flow],
          }
        : null,
    flow: flow as FlowId,
    frames: most.frames,
    stray: verdicts.of(flow) === 'stray',
  };
}

/** ARP and ICMP between MACs that also have main rows: few policies say what they do with them, so they count apart. */
function supplementaryRows(
  pass: Evidence,
  flows: readonly number[],
  pairs: ReadonlySet<string>,
  epochs: readonly Epoch[],
  copies: readonly CopiedPort[],
): HashRow[] {
  const groups = new Map<string, { kind: RowKind; flows: number[] }>();
  for (const flow of flows) {
    if (!pairs.has(macPair(pass, flow))) continue;
    const { ipVersion, ipProto, vlan, etherType } = pass.flows;
    const isIcmp = ipVersion[flow] !== 0 && ICMP_PROTOCOLS.has(ipProto[flow]);
    if (ipVersion[flow] !== 0 && !isIcmp) continue;
    const addresses = isIcmp
      ? `${ipProto[flow]} ${pass.flows.srcIp(flow).join()} ${pass.flows.dstIp(flow).join()}`
      : '';
    const key = `${macPair(pass, flow)} ${vlan[flow]} ${etherType[flow]} ${addresses}`;
    const group = groups.get(key) ?? { kind: isIcmp ? ICMP : NO_IP, flows: [] };
    groups.set(key, group);
    group.flows.push(flow);
  }

  const rows: HashRow[] = [];
  for (const { kind, flows: members } of groups.values()) {
    for (const epoch of epochs.keys()) {
      const most = dominant(members.flatMap((flow) => wholeFramesIn(pass, flow, epochs, epoch, copies)));
      if (most === null || most.frames < SUPPLEMENTARY_SHARE * most.of) continue;
      const port = epochs[epoch].ports.indexOf(most.port);
      if (port < 0) continue;
      const rest = { kind, epoch, port, srcPort: 0, dstPort: 0, flowLabel: 0, inner: null, flow: null };
      rows.push({ ...headers(pass, members[0]), ...rest, frames: most.frames, stray: false });
    }
  }
  return rows;
}

function headers({ flows }: Evidence, flow: number) {
  return {
    srcMac: flows.srcMac[flow],
    dstMac: flows.dstMac[flow],
    etherType: flows.etherType[flow],
    vlan: Math.max(0, flows.vlan[flow]), // a missing field is 0
    srcIp: flows.srcIp(flow),
    dstIp: flows.dstIp(flow),
    protocol: flows.ipProto[flow],
  };
}

interface Frames {
  readonly port: number;
  readonly frames: number;
}

/**
 * Whole datagrams of a flow on its ports inside an epoch; a copied port counts as its twin, and copies are in no count. Where only the times of first and last frame are known, frames are
 * shared out by time, at least one where there certainly is one, and none where there may be none.
 */
function wholeFramesIn(
  pass: Evidence,
  flow: number,
  epochs: readonly Epoch[],
  epoch: number,
  copies: readonly CopiedPort[],
): Frames[] {
  const home = (port: number) => copies.find((copy) => copy.port === port)?.of[0] ?? port;
  const counts = portCounts(pass, flow);
  const used = new Set(counts.map(({ port }) => home(port)));
  if (epochs.length === 1) return counts.map((count) => ({ port: home(count.port), frames: count.wholeFrames }));

  const { startNs, endNs } = epochs[epoch];
  if (used.size > 1)
    return pass.movers
      .runs(pass.flows.mover[flow])
      .map((run) => ({ port: run.port, frames: runIn(run, startNs, endNs) }));
  if (!certainlyIn(pass.flows, flow, startNs, endNs)) return [];
  const [firstNs, lastNs] = [pass.flows.firstNs[flow], pass.flows.lastNs[flow]];
  const whole = counts.reduce((sum, count) => sum + count.wholeFrames, 0);
  return [{ port: [...used][0], frames: runIn({ port: 0, frames: whole, firstNs, lastNs }, startNs, endNs) }];
}

function runIn({ frames, firstNs, lastNs }: Run, startNs: number, endNs: number): number {
  if (frames === 0 || firstNs >= endNs || lastNs < startNs) return 0;
  const length = lastNs - firstNs;
  const inside = Math.min(lastNs, endNs) - Math.max(firstNs, startNs);
  return Math.max(1, Math.round(length > 0 ? (frames * inside) / length : frames));
}

function dominant(counts: readonly Frames[]): (Frames & { readonly of: number }) | null {
  const perPort = new Map<number, number>();
  for (const { port, frames } of counts) perPort.set(port, (perPort.get(port) ?? 0) + frames);
  const [most] = [...perPort].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  if (most === undefined || most[1] === 0) return null;
  return { port: most[0], frames: most[1], of: [...perPort.values()].reduce((sum, n) => sum + n, 0) };
}

function macPair({ flows }: Evidence, flow: number): string {
  return `${flows.srcMac[flow]} ${flows.dstMac[flow]}`;
}

function sawPorts({ flows }: Evidence, main: readonly number[]): boolean {
  const withPorts = main.filter((flow) => flows.ipProto[flow] === 6 || flows.ipProto[flow] === 17);
  const cut = withPorts.filter((flow) => flows.hasPorts[flow] === 0 && flows.truncated[flow] > 0);
  return cut.length <= WITHOUT_PORTS * withPorts.length;
}
