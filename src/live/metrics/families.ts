/**
 * What is measured, as metric families of OpenMetrics: names in base units, counters since the capture began, gauges of the
 * last interval or the last analysis. What is not known has no sample: 0 would be a claim.
 */

import type { Direction, DirectionName, LacpPort } from '../../document/schema.js';
import { visible } from '../../report/visible.js';
import { VERSION } from '../../version.js';
import { pingPongFlows } from '../ping-pong.js';
import type { LivePortState, LiveState } from '../state.js';

export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'info' | 'stateset';
  /** At the end of the name, where there is one. */
  readonly unit?: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const DIRECTIONS: readonly DirectionName[] = ['ingress', 'egress'];

const LACP_STATES: readonly LacpPort['state'][] = [
  ...(['aggregated', 'standby', 'individual', 'negotiating', 'defaulted', 'expired', 'silent'] as const),
];

/** Those that have something to say; of what does not depend on a state where there is none yet. */
export function familiesOf(state: LiveState | null): Family[] {
  const build: Family = {
    ...{ name: 'lacpscope_build', type: 'info', help: 'The lacpscope that measures.' },
    samples: [{ labels: { version: VERSION }, value: 1 }],
  };
  const families =
    state === null ? [] : [...ofLinks(state), ...ofCapture(state), ...ofFlows(state), ...ofAnalysis(state)];
  return [build, ...families].filter(({ samples }) => samples.length > 0);
}

function ofLinks({ ports, intervalSeconds }: LiveState): Family[] {
  const each = (value: (port: LivePortState) => number | null) =>
    ports.flatMap((port) => known({ link: visible(port.name) }, value(port)));
  const both = (value: (port: LivePortState, direction: DirectionName) => number | null) =>
    ports.flatMap((port) =>
      DIRECTIONS.flatMap((direction) => known({ link: visible(port.name), direction }, value(port, direction))),
    );
  const measured = ({ isCaptured }: LivePortState) => isCaptured && intervalSeconds > 0;
  return [
    counter('lacpscope_link_bytes', 'Octets of frames, without preamble, gap and check sum.', {
      unit: 'bytes',
      samples: both((port, direction) => port[direction].octets),
    }),
    counter('lacpscope_link_frames', 'Frames.', { samples: both((port, direction) => port[direction].frames) }),
    gauge('lacpscope_link_speed_bytes_per_second', 'Rate of the link, each way.', {
      unit: 'bytes_per_second',
      samples: each(({ linkBitsPerSecond }) => (linkBitsPerSecond === null ? null : linkBitsPerSecond / 8)),
    }),
    gauge('lacpscope_link_utilization_ratio', 'Load of the last interval, as on the wire, over the rate of the link.', {
      unit: 'ratio',
      samples: both((port, direction) =>
        port.linkBitsPerSecond === null || !measured(port)
          ? null
          : port[direction].bitsPerSecond / port.linkBitsPerSecond,
      ),
    }),
    gauge('lacpscope_link_captured', '1 while the link is captured, 0 once its capture ended.', {
      samples: each(({ isCaptured }) => Number(isCaptured)),
    }),
    counter('lacpscope_link_dropped_frames', 'Frames that the capture of this link lost.', {
      samples: each(({ dropped }) => dropped),
    }),
  ];
}

function ofCapture({ timeMs, seconds, dropped, intervalSeconds, troubles }: LiveState): Family[] {
  return [
    counter('lacpscope_capture_dropped_frames', 'Frames that the capture lost.', { samples: known({}, dropped) }),
    gauge('lacpscope_capture_duration_seconds', 'Since the capture began.', {
      ...{ unit: 'seconds', samples: known({}, seconds) },
    }),
    gauge('lacpscope_last_interval_timestamp_seconds', 'End of the interval that the gauges of links are of.', {
      ...{ unit: 'seconds', samples: known({}, intervalSeconds > 0 ? timeMs / 1000 : null) },
    }),
    gauge('lacpscope_troubles', 'Things that are not as they should be: a capture that ended, a failed analysis.', {
      samples: known({}, troubles.length),
    }),
  ];
}

function ofFlows({ flows, ports, intervalSeconds }: LiveState): Family[] {
  const imbalance = (direction: DirectionName) => {
    const loads = ports.filter(({ isCaptured }) => isCaptured).map((port) => port[direction].bitsPerSecond);
    const sum = loads.reduce((total, load) => total + load, 0);
    return intervalSeconds > 0 && sum > 0 ? (Math.max(...loads) * loads.length) / sum : null;
  };
  return [
    gauge('lacpscope_flows_held', 'Flows in the table.', { samples: known({}, flows.held) }),
    gauge('lacpscope_flows_aged', 'Flows that left the table for they were idle.', { samples: known({}, flows.aged) }),
    gauge('lacpscope_flows_on_several_links', 'Flows seen on several links in one direction, normal or not.', {
      samples: known({}, flows.onSeveralPorts),
    }),
    counter('lacpscope_overflow_frames', 'Frames of flows for which the table had no room.', {
      samples: known({}, flows.overflowFrames),
    }),
    gauge(
      'lacpscope_imbalance_ratio',
      'Load of the busiest link over the mean of all in the last interval: 1 is even.',
      {
        unit: 'ratio',
        samples: DIRECTIONS.flatMap((direction) => known({ direction }, imbalance(direction))),
      },
    ),
  ];
}

function ofAnalysis({ judged }: LiveState): Family[] {
  if (judged === null) return [];
  const { directions, lacp, findings } = judged.document;
  const each = (value: (direction: Direction) => number) =>
    DIRECTIONS.flatMap((direction) => known({ direction }, value(directions[direction])));
  const state = 'lacpscope_link_lacp_state';
  return [
    gauge('lacpscope_last_analysis_timestamp_seconds', 'The moment up to which frames were analysed.', {
      ...{ unit: 'seconds', samples: known({}, judged.timeMs / 1000) },
    }),
    gauge('lacpscope_pingpong_flows', 'Flows that go back and forth between links (classes P5 to P8), 1,000 at most.', {
      samples: each(pingPongFlows),
    }),
    {
      ...{ name: state, type: 'stateset', help: 'State of LACP on the link, by the last analysis.' },
      samples: lacp.ports.flatMap(({ port, state: now }) =>
        LACP_STATES.map((name) => ({ labels: { link: visible(port), [state]: name }, value: Number(name === now) })),
      ),
    },
    gauge('lacpscope_link_lacp_flaps', 'How often the link left the aggregate, by the last analysis.', {
      samples: lacp.ports.flatMap(({ port, flaps }) => known({ link: visible(port) }, flaps)),
    }),
    {
      ...{ name: 'lacpscope_hash_function', type: 'info', help: 'The function that the choice of links fits.' },
      samples: DIRECTIONS.flatMap((direction) => {
        const named = directions[direction].hash?.function;
        return named == null ? [] : known({ direction, function: visible(named.id) }, 1);
      }),
    },
    gauge('lacpscope_findings', 'Findings of the last analysis, by id.', {
      samples: counted(findings.map(({ id, severity }) => ({ id, severity }))),
    }),
  ];
}

function counted(labels: readonly { readonly id: string; readonly severity: string }[]): Sample[] {
  const byKey = new Map<string, { labels: Sample['labels']; value: number }>();
  for (const each of labels) {
    const key = `${each.id} ${each.severity}`;
    const sample = byKey.get(key) ?? { labels: each, value: 0 };
    sample.value++;
    byKey.set(key, sample);
  }
  return [...byKey.values()];
}

type Rest = Pick<Family, 'unit' | 'samples'>;
const counter = (name: string, help: string, rest: Rest): Family => ({ name, type: 'counter', help, ...rest });
const gauge = (name: string, help: string, rest: Rest): Family => ({ name, type: 'gauge', help, ...rest });

const known = (labels: Sample['labels'], value: number | null): Sample[] => (value === null ? [] : [{ labels, value }]);
