/**
 * States of a live view, made by code so that their figures agree: four clients with five connections each, all of them
 * into igb2 and out over all four ports, as in the case this tool was made for.
 */
import type { Analysis, Experiment, FieldVerdict, Finding, Hash, LacpPort } from '../../src/document/schema.js';
import type { LiveConnection, LiveEvent, LiveFlow, LiveLoad, LivePortState, LiveState } from '../../src/live/state.js';
import { fixtureAnalysis, withDirection } from './fixture-analysis.js';
import { HOSTILE } from './sample-analysis.js';

export const PORTS = ['igb0', 'igb1', 'igb2', 'igb3'];
const BEGAN_MS = 1_795_332_350_000;
const GIGABIT = 1e9;
const SECONDS = 131;
const CLIENTS = 4;
const CONNECTIONS = 5; // of each client; the first carries the control messages of iperf3
const [DATA, CONTROL, ACKNOWLEDGEMENTS] = [62.4e6, 0.1e6, 0.35e6];

/** Octets of a load that lasted all the time, at 1,250 octets a frame on the wire. */
function load(bitsPerSecond: number): LiveLoad {
  const framesPerSecond = bitsPerSecond / 8 / 1250;
  return {
    bitsPerSecond,
    framesPerSecond,
    octets: Math.round(framesPerSecond * SECONDS) * (1250 - 24),
    frames: Math.round(framesPerSecond * SECONDS),
    history: Array.from({ length: 60 }, (_, at) => (bitsPerSecond * (50 + (at % 7))) / 56),
  };
}

const flow = (bitsPerSecond: number, port: string, more: Partial<LiveFlow> = {}): LiveFlow => ({
  ...{ bitsPerSecond, ports: [port], changes: 0, verdict: null },
  ...more,
});

function connectionOf(index: number): LiveConnection {
  const isControl = index % CONNECTIONS === 0;
  return {
    protocol: 'TCP',
    source: { ip: `10.20.30.${101 + Math.floor(index / CONNECTIONS)}`, port: 40_000 + (index % CONNECTIONS) },
    destination: { ip: '10.20.30.10', port: 5201 },
    ingress: flow(isControl ? CONTROL : DATA, 'igb2'),
    egress: flow(isControl ? CONTROL : ACKNOWLEDGEMENTS, PORTS[index % PORTS.length]!),
  };
}

const ALL = Array.from({ length: CLIENTS * CONNECTIONS }, (_, index) => connectionOf(index));

function portOf(name: string): LivePortState {
  const sum = (way: 'ingress' | 'egress') =>
    ALL.map((each) => each[way]!)
      .filter(({ ports }) => ports[0] === name)
      .reduce((total, { bitsPerSecond }) => total + bitsPerSecond, 0);
  return {
    ...{ name, ingress: load(sum('ingress')), egress: load(sum('egress')) },
    ...{ linkBitsPerSecond: GIGABIT, dropped: 0, isCaptured: true },
  };
}

const event = (second: number, kind: LiveEvent['kind'], text: string): LiveEvent => ({
  ...{ timeMs: BEGAN_MS + second * 1000, kind, text },
});

export const STATE: LiveState = {
  timeMs: BEGAN_MS + SECONDS * 1000,
  seconds: SECONDS,
  intervalSeconds: 1,
  ports: PORTS.map(portOf),
  connections: [...ALL].sort((a, b) => b.ingress!.bitsPerSecond - a.ingress!.bitsPerSecond).slice(0, 16),
  flows: { held: 40, aged: 0, onSeveralPorts: 0, overflowFrames: 0 },
  dropped: 0,
  events: [
    event(0, 'capture', 'Capturing igb0, igb1, igb2, igb3'),
    event(4, 'load', 'igb2 is full towards the server'),
    event(31, 'lacp', 'igb3: negotiating → aggregated'),
  ],
  judged: { timeMs: BEGAN_MS + 120_000, document: judgedDocument() },
  troubles: [],
};

/** Before the first interval: nothing is known yet. */
export const FIRST_STATE: LiveState = {
  ...STATE,
  ...{ timeMs: BEGAN_MS, seconds: 0, intervalSeconds: 0, connections: [], events: [], judged: null },
  ports: STATE.ports.map((port) => ({
    ...port,
    ingress: { ...load(0), history: [] },
    egress: { ...load(0), history: [] },
  })),
  flows: { held: 0, aged: 0, onSeveralPorts: 0, overflowFrames: 0 },
};

/** One connection whose frames the sender deals out in one direction, and one that was not judged yet. */
export const PING_PONG_STATE: LiveState = {
  ...STATE,
  flows: { ...STATE.flows, onSeveralPorts: 2 },
  connections: STATE.connections.map((each, index) => {
    if (index === 0) {
      const moved = { ports: ['igb1', 'igb2'], changes: 498_120, verdict: 'round-robin' };
      return { ...each, ingress: { ...each.ingress!, ...moved } };
    }
    return index === 1 ? { ...each, egress: { ...each.egress!, ports: ['igb0', 'igb3'], changes: 2 } } : each;
  }),
  events: [...STATE.events, event(64, 'ping-pong', '10.20.30.101:40001 → 10.20.30.10:5201 goes back and forth')],
  judged: {
    ...STATE.judged!,
    document: withDirection(pingPonging(STATE.judged!.document), 'ingress', {
      pingPong: [
        {
          flow: STATE.judged!.document.directions.ingress.topFlows[0]!.flow,
          ...{ class: 'P6', evidence: [], kind: 'round-robin', dependsOn: null },
          ports: [
            { port: 'igb1', frames: 500, octets: null },
            { port: 'igb2', frames: 500, octets: null },
          ],
          ...{ frames: 1000, switches: 498, switchRate: 0.498, meanRunLength: 2, dwell: null },
          ...{ reordered: null, reorderedRatio: null, firstSwitch: null, displayFilter: '', runs: [] },
          orderedBy: 'tcp.seq',
          cost: { extentMax: null, nReordered3: null, dupAckRuns: null, spuriousFastRetransmissions: null },
        },
      ],
    }),
  },
};

function pingPonging(document: Analysis): Analysis {
  const title = 'The switch deals out frames link by link: 1 flow ping-pongs';
  const rest = document.findings.filter(({ id }) => id !== 'pingpong-none');
  return { ...document, findings: [finding('pingpong-round-robin', 'fault', title), ...rest] };
}

function judgedDocument(): Analysis {
  const shape = { ports: 4, clients: CLIENTS, connections: CONNECTIONS, linkBitsPerSecond: GIGABIT };
  const plain = fixtureAnalysis({ ...shape, spread: { ingress: 'one', egress: 'all' } });
  const judged: Analysis = {
    ...plain,
    directionSplit: { ...plain.directionSplit, biflows: 15, of: 20 },
    lacp: { present: true, ports: PORTS.map(lacpPort), aggregates: [PORTS] },
    neighbours: [
      {
        ...{ port: 'igb2', protocol: 'lldp', chassis: '00:1c:73:80:10:01', portId: '5' },
        ...{ systemName: 'switch1', systemDescription: null },
      },
    ],
    findings: [
      finding('load-one-link', 'warning', 'All 20 connections arrive on one link: igb2'),
      finding('load-spread', 'ok', 'Server → switch: 4 of 4 links in use'),
      finding('pingpong-none', 'ok', 'No flow ping-pongs'),
      finding('hash-fields-ingress', 'notice', 'The switch does not look at the source port'),
    ],
    experiments: [experiment()],
  };
  const ingress = hash([
    field('l4.srcport', 'unused', { pairsDiffering: 16, exercisedBits: 16, chance: 4 ** -16 }),
    { ...field('ip.src', 'confounded', { pairsDiffering: 0 }), confoundedWith: ['eth.src'] },
    { ...field('eth.src', 'confounded', { pairsDiffering: 0 }), confoundedWith: ['ip.src'] },
    field('l4.dstport', 'untested', { pairsDiffering: 0 }),
  ]);
  const egress = hash([
    field('l4.dstport', 'used', { pairsDiffering: 16, pairsMoved: 14 }),
    { ...field('ip.dst', 'confounded', { pairsDiffering: 0 }), confoundedWith: ['eth.dst'] },
  ]);
  const named = {
    ...{ id: 'linux-layer3+4', description: 'Addresses and ports, folded', parameters: {}, portOrder: PORTS },
    ...{ flowsExplained: 20, flowsTested: 20, heldOutAccuracy: 1, alternatives: ['linux-layer3+4@4.15'] },
    ...{ members: [], reads: 'outer' as const },
  };
  const one = withDirection(judged, 'ingress', {
    hash: ingress,
    distribution: { kind: 'single-port', confidence: null, explanation: 'Every flow takes igb2.', epochs: [] },
  });
  return withDirection(one, 'egress', { hash: { ...egress, function: named } });
}

function hash(fields: FieldVerdict[]): Hash {
  return { fields, hypotheses: [], indistinguishable: [], function: null, cells: [], constants: {}, families: null };
}

function field(
  name: FieldVerdict['field'],
  verdict: FieldVerdict['verdict'],
  evidence: Partial<FieldVerdict['evidence']>,
): FieldVerdict {
  return {
    ...{ field: name, verdict, probability: null, probabilityRange: [null, null], confoundedWith: [] },
    evidence: {
      ...{ distinctValues: 5, pairsDiffering: 0, pairsMoved: 0, exercisedBits: 0, chance: null, examples: [] },
      ...evidence,
    },
  };
}

function finding(id: string, severity: Finding['severity'], title: string): Finding {
  return {
    ...{ id, severity, title, explanation: `${title}.`, evidence: [], advice: null },
    ...{ ports: [], flows: [], displayFilter: null },
  };
}

function lacpPort(port: string, index: number): LacpPort {
  const party = (system: string, number: number) => ({
    ...{ system, key: 13, port: `32768,${number}`, activity: 'active' as const, timeout: 'long' as const },
    ...{ aggregation: true, synchronization: true, collecting: true, distributing: true },
    ...{ defaulted: false, expired: false },
  });
  return {
    ...{
      port,
      actor: party('65535,90:e2:ba:7b:0b:38', index + 1),
      partner: party('65535,00:1c:73:80:10:01', 2 * index + 1),
    },
    ...{
      pdus: { sent: 5, received: 5 },
      interval: 30,
      timeout: 'long',
      state: 'aggregated',
      flaps: 0,
      transitions: [],
    },
  };
}

function experiment(): Experiment {
  const line = 'iperf3 -c 10.20.30.10 -B 10.20.30.240 --cport 5301 -t 2';
  return {
    ...{ direction: 'ingress', where: 'client 10.20.30.101, as root', command: line, lines: [line], flows: 4 },
    ...{ separates: [['ip.src'], ['eth.src']], expectedInformationBits: 1.5, informationPerFlow: 0.4, knownThen: 0.95 },
    outcomes: [
      { seen: 'all on one link', means: 'the client’s IP address is not hashed' },
      { seen: 'on several links', means: 'the client’s IP address is hashed' },
    ],
    ...{ flowsFor99: 5, reason: 'IP and MAC addresses always changed together.' },
  };
}

export function unknownRates(state: LiveState): LiveState {
  return { ...state, ports: state.ports.map((port) => ({ ...port, linkBitsPerSecond: null })) };
}

export function manyPorts(many: number): LiveState {
  const ports = Array.from({ length: many }, (_, index) => ({
    ...STATE.ports[index % PORTS.length]!,
    name: `ethernet1/1/${index + 1}`,
  }));
  return { ...STATE, ports };
}

/** The state with a port, an address, an event and whatever the document holds of them replaced. */
export function hostileState(state: LiveState): LiveState {
  const evil = JSON.stringify(HOSTILE).slice(1, -1);
  const text = JSON.stringify(state).replaceAll('igb2', evil).replaceAll('10.20.30.101', evil);
  return JSON.parse(text) as LiveState;
}
