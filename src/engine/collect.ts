/** What the engine counted, as a Pass: from its memory when the inputs have ended, or from an image of it while they go on. */
import { closuresOf } from './closures.js';
import type { RawControl } from './control-frames.js';
import type { Core } from './core.js';
import { EngineJoins } from './engine-joins.js';
import { excerptsOf } from './excerpts.js';
import { FlowRows } from './flow-rows.js';
import type { FrameSums } from './joins.js';
import { BUCKETS, BUSIEST, BUSIEST_SECONDS, PORTS, TURNAROUND } from './layout.js';
import { MoverRows } from './mover-rows.js';
import type { ControlFrame, InputSummary, Pass, Series, Totals, Turnaround } from './pass.js';
import { silences } from './silences.js';
import { earliest, latest } from './times.js';

/** What is known of a pass outside of the engine's memory. */
export interface Beside {
  readonly ports: readonly string[];
  /** By lane: one for each of its ports. */
  readonly inputs: readonly (readonly InputSummary[])[];
  readonly control: readonly RawControl[];
  readonly controlDropped: number;
  readonly skewSeconds: number;
}

/** Once: its questions about all flows take the engine's index over. */
export function collect(core: Core, beside: Beside): Pass {
  core.exports.finish();
  const { ports, controlDropped, skewSeconds } = beside;
  const inputs = beside.inputs.flat();
  const numbers = new Map(inputs.map((input, number) => [input, number]));
  const byLane = beside.inputs.map(
    (ofLane) => new Map(ofLane.map((input) => [ports.indexOf(input.port), numbers.get(input)!])),
  );
  const inputOf = (lane: number, port: number) => byLane[lane]?.get(port) ?? 0;
  const originNs = earliest(inputs.map((input) => input.firstNs)) ?? 0n;
  const endNs = latest(inputs.map((input) => input.lastNs)) ?? 0n;
  const durationNs = Number(endNs - originNs);

  const flows = new FlowRows(core, originNs, inputOf);
  const joins = new EngineJoins(core, ports.length);
  const control = beside.control
    .map(
      ({ time, lane, ...frame }): ControlFrame => ({
        ...frame,
        input: inputOf(lane, frame.port),
        timeNs: Number(time - originNs),
      }),
    )
    .sort((a, b) => a.timeNs - b.timeNs || a.input - b.input || a.frame - b.frame);
  return {
    ports,
    inputs,
    originNs,
    durationNs,
    totals: totals(core, inputs, joins, control, controlDropped),
    flows,
    movers: new MoverRows(core, originNs, ports.length, inputOf),
    joins,
    series: series(core, originNs, ports.length),
    silences: silences(core, originNs, durationNs, ports.length, beside.inputs.length),
    control,
    turnarounds: turnarounds(core, ports.length),
    closures: closuresOf(core),
    excerpts: (flow) => excerptsOf(core, originNs, flow),
    lossesRefused: core.count('lossesRefused'),
    skewBound: skewSeconds,
    skewCounted: skewSeconds,
  };
}

function totals(
  core: Core,
  inputs: readonly InputSummary[],
  joins: Pass['joins'],
  control: readonly ControlFrame[],
  controlDropped: number,
): Totals {
  const [ingress, egress] = joins.sums();
  const all = (of: keyof FrameSums) => ingress!.frames[of] + egress!.frames[of];
  const lldp = control.filter((frame) => frame.kind === 'lldp').length;
  const cdp = control.filter((frame) => frame.kind === 'cdp').length;
  return {
    frames: inputs.reduce((sum, input) => sum + input.frames, 0),
    octets: inputs.reduce((sum, input) => sum + input.octets, 0),
    ipv4: all('ipv4'),
    ipv6: all('ipv6'),
    tcp: all('tcp'),
    udp: all('udp'),
    fragments: core.count('atomicFragments') + all('fragments'),
    slow: inputs.reduce((sum, input) => sum + input.slowFrames, 0),
    lldp,
    cdp,
    otherL2: all('noIp') - lldp - cdp,
    undecodable: all('undecodable'),
    truncated: all('truncated'),
    overflowFrames: core.count('overflowFrames'),
    controlDropped,
  };
}

function turnarounds(core: Core, ports: number): Turnaround[] {
  const all: Turnaround[] = [];
  for (let from = 0; from < ports; from++) {
    for (let to = 0; to < ports; to++) {
      const at = core.area('turnarounds') + TURNAROUND.stride * (from * PORTS + to);
      const count = core.view.getUint32(at + TURNAROUND.count, true);
      if (count === 0) continue;
      const leastNs = Array.from({ length: Math.min(count, TURNAROUND.kept) }, (_, i) =>
        Number(core.view.getBigInt64(at + TURNAROUND.least + 8 * i, true)),
      );
      all.push({ from, to, count, leastNs });
    }
  }
  return all;
}

function series(core: Core, originNs: bigint, ports: number): Series {
  const used = core.count('seriesUsed');
  const strip = (area: 'seriesOctets' | 'seriesFrames', direction: number, port: number) => {
    const at = core.area(area) + 8 * (direction * PORTS + port) * BUCKETS;
    return Float64Array.from({ length: used }, (_, bucket) => Number(core.view.getBigUint64(at + 8 * bucket, true)));
  };
  const both = (area: 'seriesOctets' | 'seriesFrames') =>
    [0, 1].map((direction) => Array.from({ length: ports }, (_, port) => strip(area, direction, port)));
  return {
    startNs: used === 0 ? 0 : Number(core.exports.count(9) - originNs),
    intervalSeconds: core.count('seriesWidth') / 1e9,
    octets: both('seriesOctets'),
    frames: both('seriesFrames'),
    busiest: busiest(core, ports),
  };
}

function busiest(core: Core, ports: number): Series['busiest'] {
  if (core.count('seriesWidth') <= BUSIEST_SECONDS * 1e9) return null;
  const of = (direction: number, port: number) => {
    const at = core.area('busiest') + BUSIEST.stride * (direction * PORTS + port);
    const number = (offset: number) => Number(core.view.getBigUint64(at + offset, true));
    return number(BUSIEST.lanes) > 1 ? null : { octets: number(BUSIEST.octets), frames: number(BUSIEST.frames) };
  };
  return {
    seconds: BUSIEST_SECONDS,
    ports: [0, 1].map((direction) => Array.from({ length: ports }, (_, port) => of(direction, port))),
  };
}
