/** What the engine has counted, looked at once an interval: rates are differences to the look before. */
import { ipText } from '../control/addresses.js';
import type { Flow } from '../document/schema.js';
import { FlowRows } from '../engine/flow-rows.js';
import { LOAD_TOTAL, PORTS } from '../engine/layout.js';
import type { LivePass } from '../engine/live-pass.js';
import { MoverRows } from '../engine/mover-rows.js';
import { EGRESS, INGRESS } from '../engine/pass.js';
import { flowDocument } from '../flows/flow-name.js';
import { protocolName } from '../report/words.js';
import type { Endpoint, LiveConnection, LiveFlow, LiveLoad } from './state.js';

const HISTORY = 120;
/** Preamble, start of frame, check sum and gap: what no capture shows of an Ethernet frame. */
const UNSEEN_OCTETS = 24;
const LEAST_ON_WIRE = 84;

export interface PortCounts {
  readonly ingress: LiveLoad;
  readonly egress: LiveLoad;
}

/** Flows that came on another port than before, for the first time, within the interval. */
export interface Moved {
  readonly direction: 'ingress' | 'egress';
  readonly from: string;
  readonly to: string;
  readonly flows: number;
}

export interface Counts {
  readonly intervalSeconds: number;
  readonly ports: readonly PortCounts[];
  readonly connections: readonly LiveConnection[];
  readonly moved: readonly Moved[];
  readonly held: number;
  readonly onSeveralPorts: number;
  readonly overflowFrames: number;
}

/** What the last analysis called a flow. */
export type VerdictOf = (flow: Flow) => string | null;

export class LiveCounts {
  readonly #pass: LivePass;
  readonly #top: number;
  #until: bigint | null = null;
  readonly #load: { octets: number; frames: number; readonly history: number[] }[];
  #octets: Float64Array;
  #moversSeen = 0;

  /** @param top connections that are listed, at most */
  constructor(pass: LivePass, top: number) {
    this.#pass = pass;
    this.#top = top;
    this.#load = Array.from({ length: 2 * PORTS }, () => ({ octets: 0, frames: 0, history: [] }));
    this.#octets = new Float64Array(pass.core.maxFlows + 1);
  }

  look(verdictOf: VerdictOf): Counts {
    const { core, ports, horizonNs } = this.#pass;
    const intervalSeconds = horizonNs === null || this.#until === null ? 0 : Number(horizonNs - this.#until) / 1e9;
    this.#until = horizonNs ?? this.#until;
    core.exports.load_totals();
    const flows = new FlowRows(core, 0n, () => 0);
    const movers = new MoverRows(core, 0n, ports.length, () => 0);
    return {
      intervalSeconds,
      ports: ports.map((_, port) => ({
        ingress: this.#loadOf(INGRESS, port, intervalSeconds),
        egress: this.#loadOf(EGRESS, port, intervalSeconds),
      })),
      connections: this.#connections(flows, movers, intervalSeconds, verdictOf),
      moved: this.#moved(flows, movers),
      held: flows.count,
      onSeveralPorts: movers.count + core.count('moversRefused'),
      overflowFrames: core.count('overflowFrames'),
    };
  }

  /** Rows have other numbers now: from here on differences are to what they hold. */
  restart(): void {
    const { core, ports } = this.#pass;
    const flows = new FlowRows(core, 0n, () => 0);
    for (let flow = 0; flow < flows.count; flow++) this.#octets[flow] = flows.octets(flow);
    this.#octets.fill(0, flows.count);
    this.#moversSeen = new MoverRows(core, 0n, ports.length, () => 0).count;
  }

  #loadOf(direction: number, port: number, seconds: number): LiveLoad {
    const { core } = this.#pass;
    const index = direction * PORTS + port;
    const at = core.area('loadTotals') + index * LOAD_TOTAL.stride;
    const octets = Number(core.view.getBigUint64(at + LOAD_TOTAL.octets, true));
    const frames = Number(core.view.getBigUint64(at + LOAD_TOTAL.frames, true));
    const known = this.#load[index]!;
    const [more, moreFrames] = [octets - known.octets, frames - known.frames];
    const onWire = Math.max(more + UNSEEN_OCTETS * moreFrames, LEAST_ON_WIRE * moreFrames);
    const bitsPerSecond = seconds > 0 ? (8 * onWire) / seconds : 0;
    known.octets = octets;
    known.frames = frames;
    if (seconds > 0) known.history.push(bitsPerSecond);
    if (known.history.length > HISTORY) known.history.shift();
    const framesPerSecond = seconds > 0 ? moreFrames / seconds : 0;
    return { bitsPerSecond, framesPerSecond, octets, frames, history: [...known.history] };
  }

  #connections(flows: FlowRows, movers: MoverRows, seconds: number, verdictOf: VerdictOf): LiveConnection[] {
    const more = new Map<number, number>(); // octets by flow
    for (let flow = 0; flow < flows.count; flow++) {
      const octets = flows.octets(flow);
      if (octets > this.#octets[flow]! && flows.ipVersion(flow) !== 0) more.set(flow, octets - this.#octets[flow]!);
      this.#octets[flow] = octets;
    }
    const most = [...more].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const listed: LiveConnection[] = [];
    const seen = new Set<number>();
    const flowOf = (flow: number): LiveFlow => {
      const bitsPerSecond = seconds > 0 ? (8 * (more.get(flow) ?? 0)) / seconds : 0;
      return { bitsPerSecond, ...this.#pathOf(flows, movers, flow), verdict: verdictOf(flowDocument(flows, flow)) };
    };
    for (const [flow] of most) {
      if (listed.length === this.#top) break;
      if (seen.has(flow)) continue;
      const answer = this.#pass.core.exports.answer_to(flow + 1) - 1; // row 0 is no flow
      seen.add(flow).add(answer);
      const both = answer >= 0 && flows.direction(answer) !== flows.direction(flow) ? [flow, answer] : [flow];
      const going = (direction: number) => both.find((each) => flows.direction(each) === direction);
      const [inward, outward] = [going(INGRESS), going(EGRESS)];
      listed.push({
        protocol: protocolName(flows.ipProto(flow)),
        source: endpoint(flows.srcIp(flow), flows.hasPorts(flow) === 1 ? flows.srcPort(flow) : null),
        destination: endpoint(flows.dstIp(flow), flows.hasPorts(flow) === 1 ? flows.dstPort(flow) : null),
        ingress: inward === undefined ? null : flowOf(inward),
        egress: outward === undefined ? null : flowOf(outward),
      });
    }
    return listed;
  }

  #pathOf(flows: FlowRows, movers: MoverRows, flow: number): Pick<LiveFlow, 'ports' | 'changes'> {
    const { ports } = this.#pass;
    const mover = flows.mover(flow);
    if (mover < 0) return { ports: [ports[flows.port(flow)]!], changes: 0 };
    const carried = (port: number) => movers.firstFrame(mover, port) > 0;
    return { ports: ports.filter((_, port) => carried(port)), changes: movers.switches(mover) };
  }

  #moved(flows: FlowRows, movers: MoverRows): Moved[] {
    const moved = new Map<string, Moved>();
    for (let mover = this.#moversSeen; mover < movers.count; mover++) {
      const [first, second] = movers.runs(mover);
      if (first === undefined || second === undefined) continue; // copies of its frames only
      const direction = flows.direction(movers.flow(mover)) === EGRESS ? 'egress' : 'ingress';
      const [from, to] = [this.#pass.ports[first.port]!, this.#pass.ports[second.port]!];
      const key = `${direction} ${from} ${to}`;
      moved.set(key, { direction, from, to, flows: (moved.get(key)?.flows ?? 0) + 1 });
    }
    this.#moversSeen = movers.count;
    return [...moved.values()];
  }
}

const endpoint = (ip: Uint8Array, port: number | null): Endpoint => ({ ip: ipText(ip) ?? '?', port });
