/** Documents built by code: shapes of LAGs that no sample has. Every one satisfies the published schema. */
import type { Analysis, Direction, DirectionName, Flow, PingPong } from '../../src/document/schema.js';

export interface Shape {
  readonly ports: number;
  readonly clients: number;
  readonly connections: number; // of each client
  readonly spread: Readonly<Record<DirectionName, 'one' | 'all'>>;
  readonly portName?: (index: number) => string;
  readonly linkBitsPerSecond?: number;
  readonly localKnown?: boolean;
  readonly seriesLength?: number;
  readonly ipv6?: boolean;
}

const FIRST = 1_795_332_350;
const SECONDS = 20;
const OCTETS = 50_000; // of each connection
const time = (offset: number) =>
  `${FIRST + Math.floor(offset)}.${Math.round((offset % 1) * 1e9)
    .toString()
    .padStart(9, '0')}`;

export function fixtureAnalysis(shape: Shape): Analysis {
  const { ports: many, clients, connections, portName = (i) => `igb${i}`, localKnown = true } = shape;
  const ports = Array.from({ length: many }, (_, i) => portName(i));
  const flows = clients * connections;
  return {
    schema: 'lacpscope/analysis@1',
    tool: { name: 'lacpscope', version: '0.1.0' },
    inputs: ports.map((port) => ({
      source: `${port}.pcap`,
      port,
      format: 'pcap',
      compression: null,
      linkType: 'EN10MB',
      frames: flows === 0 ? 0 : 100,
      octets: flows === 0 ? 0 : 100_000,
      capturedOctets: flows === 0 ? 0 : 9600,
      snapLength: 96,
      firstTime: flows === 0 ? null : time(0),
      lastTime: flows === 0 ? null : time(SECONDS),
      timestampResolution: 1e-6,
      drops: { kernel: null, interface: null },
      complete: true,
      damage: null,
    })),
    lag: {
      ports,
      ownAddresses: [],
      localStation: localKnown
        ? { macs: ['90:e2:ba:7b:0b:38'], ips: ['10.20.30.10'], basis: 'given' }
        : { macs: [], ips: [], basis: 'unknown' },
    },
    capture: {
      ...{ firstTime: flows === 0 ? null : time(0), lastTime: flows === 0 ? null : time(SECONDS) },
      ...{ duration: flows === 0 ? 0 : SECONDS, frames: flows === 0 ? 0 : 100 * many, octets: 100_000 * many },
      ...{ ipv4: 0, ipv6: 0, tcp: 0, udp: 0, fragments: 0, lacpdus: 0, markers: 0, lldp: 0, cdp: 0, otherL2: 0 },
      ...{ undecodable: 0, duplicates: 0, echoes: 0, flows: 2 * flows, tcpConversations: flows, udpConversations: 0 },
    },
    directions: { ingress: direction('ingress', shape, ports), egress: direction('egress', shape, ports) },
    directionSplit: { biflows: 0, of: flows, expectedShare: many > 1 ? 1 - 1 / many : null, examples: [] },
    severalConnections: { hostPairs: 0, examples: [] },
    lacp: { present: false, ports: [], aggregates: [] },
    neighbours: [],
    findings: [],
    whatIf: { ingress: [], egress: [] },
    experiments: [],
    plan: null,
    planRefused: null,
    job: null,
    declared: [],
    interrupted: [],
    quality: {
      ...{ verdict: 'good', droppedFrames: null, ackedGaps: null, truncatedFrames: 0, superFrames: 0, overlap: null },
      ...{ superFrameSegments: null, echoes: [], flooded: null },
      skew: { bound: null, basis: 'assumed' },
      ...{ copies: [], mirrors: [], missingPorts: [], limits: [] },
    },
  };
}

function direction(name: DirectionName, shape: Shape, ports: readonly string[]): Direction {
  const { clients, connections, spread, seriesLength = 40, linkBitsPerSecond = null } = shape;
  const all = Array.from({ length: clients * connections }, (_, i) => ({
    client: Math.floor(i / connections),
    port: spread[name] === 'one' ? Math.min(2, ports.length - 1) : i % Math.max(1, ports.length),
    flow: flowOf(name, shape, Math.floor(i / connections), i % connections),
  }));
  const total = all.length;
  const on = (port: number, client?: number) =>
    all.filter((each) => each.port === port && (client === undefined || each.client === client)).length;
  const share = (part: number) => (total === 0 ? 0 : part / total);
  const bits = (port: number) => (on(port) * OCTETS * 8) / SECONDS;
  return {
    ...{ frames: total * 40, octets: total * OCTETS, flows: total },
    ports: ports.map((port, p) => ({
      ...{ port, frames: on(p) * 40, octets: on(p) * OCTETS, flows: on(p) },
      ...{ frameShare: share(on(p)), octetShare: share(on(p)), flowShare: share(on(p)) },
      ...{ meanBitsPerSecond: bits(p), peakBitsPerSecond: bits(p), linkBitsPerSecond },
      linkRateBasis: linkBitsPerSecond === null ? null : 'given',
      utilisation: linkBitsPerSecond === null ? null : bits(p) / linkBitsPerSecond,
      tcp: null,
    })),
    balance: { jain: null, effectiveLinks: null, maxOverMean: null },
    series: {
      interval: SECONDS / seriesLength,
      start: total === 0 ? null : time(0),
      bitsPerSecond: Object.fromEntries(
        ports.map((port, p) => [port, total === 0 ? [] : new Array<number>(seriesLength).fill(bits(p))]),
      ),
    },
    distribution: { kind: total === 0 ? 'no-traffic' : 'per-flow-hash', confidence: null, explanation: '', epochs: [] },
    luck: [],
    peers: Array.from({ length: clients }, (_, client) => ({
      mac: `52:54:00:00:00:${client.toString(16).padStart(2, '0')}`,
      ip: addressOf(client, shape),
      flows: connections,
      ports: ports.flatMap((port, p) => {
        const flows = on(p, client);
        return flows === 0 ? [] : [{ port, flows, frames: flows * 40, octets: flows * OCTETS }];
      }),
    })),
    hash: null,
    saturation: { verdict: 'unknown', window: 1, interval: null, ports: [], sumAtOneLink: null },
    phases: { reason: 'No large flow.', flows: [], list: [] },
    limits: [],
    pingPong: [],
    topFlows: all.slice(0, 1000).map(({ flow, port }) => ({
      ...{ flow, port: ports[port] ?? '', onPorts: 1, frames: 40, octets: OCTETS, share: 1 / total },
    })),
  };
}

const addressOf = (client: number, { ipv6 = false }: Shape) =>
  ipv6 ? `fd00:20:30::${(client + 1).toString(16)}` : `10.20.${30 + Math.floor(client / 250)}.${(client % 250) + 1}`;

function flowOf(name: DirectionName, shape: Shape, client: number, connection: number): Flow {
  const far = { ip: addressOf(client, shape), mac: '52:54:00:00:00:01', port: 40_000 + connection };
  const near = { ip: '10.20.30.10', mac: '90:e2:ba:7b:0b:38', port: 5201 };
  const [from, to] = name === 'ingress' ? [far, near] : [near, far];
  return {
    ...{ ethSrc: from.mac, ethDst: to.mac, vlan: null, ipSrc: from.ip, ipDst: to.ip, ipProto: 6 },
    ...{ srcPort: from.port, dstPort: to.port, id: null, inner: null },
  };
}

/** The document with parts of one direction replaced. */
export function withDirection(analysis: Analysis, name: DirectionName, parts: Partial<Direction>): Analysis {
  return {
    ...analysis,
    directions: { ...analysis.directions, [name]: { ...analysis.directions[name], ...parts } },
  };
}

/** A port that leaves at `from` and comes back at `to`, seconds since the first frame. */
export function withAbsence(analysis: Analysis, name: DirectionName, port: string, from: number, to: number): Analysis {
  const { ports } = analysis.lag;
  const rest = ports.filter((each) => each !== port);
  const epoch = (start: number, end: number, activePorts: string[]) => ({
    ...{ start: time(start), end: time(end), activePorts, reason: '', startsBetween: null, remapping: null },
  });
  const epochs = [epoch(0, from, ports), epoch(from, to, rest), epoch(to, SECONDS, ports)];
  const { distribution } = analysis.directions[name];
  return withDirection(analysis, name, { distribution: { ...distribution, kind: 'failover', epochs } });
}

/** A flow whose frames take the ports in turn. */
export function alternating(analysis: Analysis, frames: number): PingPong {
  const { ports } = analysis.lag;
  const runs = Array.from({ length: Math.min(200, frames) }, (_, i) => ({ port: ports[i % ports.length]!, frames: 1 }));
  return {
    flow: analysis.directions.ingress.topFlows[0]!.flow,
    ...{ class: 'P6', evidence: [], kind: 'round-robin', dependsOn: null, orderedBy: 'tcp.seq' },
    ports: ports.map((port) => ({ port, frames: Math.ceil(frames / ports.length), octets: null })),
    ...{ frames, switches: frames - 1, switchRate: 1, meanRunLength: 1, dwell: null },
    ...{ reordered: null, reorderedRatio: null, firstSwitch: null, displayFilter: '', runs },
    cost: { extentMax: null, nReordered3: null, dupAckRuns: null, spuriousFastRetransmissions: null },
  };
}
