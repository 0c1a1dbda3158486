/** Rows of what is no main protocol, merged: they count apart. inference.md 0.3. */

import { fieldBits } from '../engine/joins.js';
import type { FlowTable } from '../engine/pass.js';
import { NumberIndex } from '../stats/number-index.js';
import { pairOf } from './address-index.js';
import type { AllRows } from './all-rows.js';
import type { Epoch } from './epochs.js';
import { dominant, wholeFramesIn } from './frames-in-epoch.js';
import { isIcmp } from './icmp.js';
import { isIn, type Source } from './main-row.js';
import { type HashRow, ICMP, NO_IP, type RowKind } from './rows.js';

const SUPPLEMENTARY_SHARE = 0.9;

/** ARP and ICMP between MACs that also have main rows: few policies say what they do with them, so they count apart. */
export function supplementaryRows(source: Source, whole: AllRows): HashRow[] {
  const { pass, direction, epochs } = source;
  const { flows } = pass;
  if (pass.joins.sums()[direction].withoutMainProtocol === 0) return [];
  const candidates: number[] = [];
  for (let flow = 0; flow < flows.count; flow++) {
    if (!isIn(flows, flow, direction)) continue;
    if (flows.ipVersion(flow) === 0 || isIcmp(flows, flow)) candidates.push(flow);
  }
  if (candidates.length === 0) return [];

  const pairs = new MacPairs(flows, epochs, whole);
  const groups = new Map<string, { kind: RowKind; flows: number[] }>();
  for (const flow of candidates) {
    if (!pairs.has(flow)) continue;
    const isIp = flows.ipVersion(flow) !== 0;
    const ips = isIp ? `${flows.srcIp(flow)} ${flows.dstIp(flow)}` : '';
    const macs = `${flows.srcMac(flow)} ${flows.dstMac(flow)}`;
    const key = `${macs} ${flows.vlan(flow)} ${flows.etherType(flow)} ${flows.ipProto(flow)} ${ips}`;
    const group = groups.get(key) ?? { kind: isIp ? ICMP : NO_IP, flows: [] };
    groups.set(key, group);
    group.flows.push(flow);
  }

  const rows: HashRow[] = [];
  for (const { kind, flows: members } of groups.values()) {
    for (const epoch of epochs.keys()) {
      const most = dominant(members.flatMap((flow) => wholeFramesIn(source, flow, epoch)));
      if (most === null || most.frames < SUPPLEMENTARY_SHARE * most.of) continue;
      const port = epochs[epoch].ports.indexOf(most.port);
      if (port < 0) continue;
      const [first] = members;
      rows.push({
        kind,
        epoch,
        port,
        srcMac: pass.flows.srcMac(first),
        dstMac: pass.flows.dstMac(first),
        etherType: pass.flows.etherType(first),
        vlan: Math.max(0, pass.flows.vlan(first)),
        srcIp: flows.srcIp(first).slice(),
        dstIp: flows.dstIp(first).slice(),
        protocol: pass.flows.ipProto(first),
        srcPort: 0,
        dstPort: 0,
        flowLabel: 0,
        inner: null,
        flow: null,
        frames: most.frames,
        stray: false,
      });
    }
  }
  return rows;
}

/** Ordered pairs of MACs that have main rows. */
class MacPairs {
  readonly #macs = new NumberIndex();
  readonly #pairs = new NumberIndex();

  constructor(
    readonly flows: FlowTable,
    epochs: readonly Epoch[],
    whole: AllRows,
  ) {
    for (const epoch of epochs.keys()) {
      const groups = whole.groups(epoch, fieldBits('eth.src', 'eth.dst'));
      for (let group = 0; group < groups.count; group++) {
        const flow = groups.first(group);
        this.#pairs.idOf(pairOf(this.#macs.idOf(flows.srcMac(flow)), this.#macs.idOf(flows.dstMac(flow))));
      }
    }
  }

  has(flow: number): boolean {
    const [a, b] = [this.#macs.find(this.flows.srcMac(flow)), this.#macs.find(this.flows.dstMac(flow))];
    return a >= 0 && b >= 0 && this.#pairs.find(pairOf(a, b)) >= 0;
  }
}
