/** The ports that `capture` captures: of this machine, or of another one over ssh. */

import { CaptureError, UsageError } from '../errors.js';
import type { RecordedPort } from '../recording/record.js';
import { aggregateOf, membersOf, type NetworkInterface } from '../sources/interfaces/interface.js';
import { listInterfaces } from '../sources/interfaces/list.js';
import { CAP_LIMITS, CAP_SKEW_SECONDS, CapPort, loadCap } from '../sources/live/cap-port.js';
import { LivePort } from '../sources/live/port.js';
import type { Stream } from '../sources/spool.js';
import { SshConnection } from '../sources/ssh/connection.js';
import { captureScript, filterWithout, readSurvey, surveyScript, type Tool } from '../sources/ssh/scripts.js';
import type { Arguments } from './arguments.js';
import { tellNow } from './output.js';
import { wholeNumber } from './values.js';

const SNAP_LENGTH = 128;
const LONGEST_SNAP = 262_144;
const BUFFER_MIB = 16;
const MOST_BUFFER_MIB = 2047; // libpcap takes octets in 31 bits
const MIB = 1024 * 1024;
const MOST_PORTS = 32;

export interface CapturePorts {
  readonly ports: readonly RecordedPort[];
  readonly filter: string;
  /** What the way they are captured forbids to conclude, a sentence each. */
  readonly limits: readonly string[];
  /** The least difference in time that says which frame of two ports came first; null: as of any capture. */
  readonly skewSeconds: number | null;
  /** After the recording; the ports themselves are closed by it. */
  close(): void;
}

export async function capturePorts(args: Arguments): Promise<CapturePorts> {
  const given = args.values('interface');
  if (given.length === 0) {
    throw new UsageError('No member ports given: -i igb0 -i igb1 …, or -i bond0. "lacpscope interfaces" lists them.');
  }
  if (given.includes('any')) {
    throw new UsageError('-i any does not tell the ports apart. Name each member port, or the aggregate.');
  }
  const wrong = given.find((name) => !/^[\w.:@-]+$/.test(name) || name.startsWith('-'));
  if (wrong !== undefined) throw new UsageError(`-i ${wrong}: no interface is called that.`);
  const host = args.value('ssh');
  return host === null ? portsHere(given, args) : portsThere(host, given, args);
}

/** What is common to both ways. */
function settings(args: Arguments) {
  const numberOf = (name: string, otherwise: number, least: number, most: number) => {
    const value = args.value(name);
    return value === null ? otherwise : wholeNumber(name, value, least, most);
  };
  return {
    snapLength: numberOf('snapshot-length', SNAP_LENGTH, 14, LONGEST_SNAP),
    bufferMib: numberOf('buffer-size', BUFFER_MIB, 1, MOST_BUFFER_MIB),
    filter: args.value('filter') ?? '',
  };
}

async function portsHere(given: readonly string[], args: Arguments): Promise<CapturePorts> {
  for (const name of ['become', 'tool', 'ssh-command']) {
    if (args.value(name) !== null) throw new UsageError(`--${name} is for --ssh USER@HOST.`);
  }
  const { snapLength, bufferMib, filter } = settings(args);
  const known = interfacesIfKnown();
  const names = expanded(given, known);
  const speedOf = (name: string) => known.find((each) => each.name === name)?.bitsPerSecond ?? null;
  const [promiscuous, immediate] = [args.flag('promiscuous'), args.flag('immediate')];
  const options = { snapLength, filter, bufferOctets: bufferMib * MIB, promiscuous, immediate };
  const usual = { filter, limits: [], skewSeconds: null, close: () => undefined };
  if (args.value('backend') === 'cap') {
    const Cap = await loadCap();
    const opened = openAll(names, (device) => new CapPort(Cap, device, options));
    const ports = opened.map((stream) => ({ name: stream.name, stream, bitsPerSecond: speedOf(stream.name) }));
    return { ...usual, ports, limits: CAP_LIMITS, skewSeconds: CAP_SKEW_SECONDS };
  }
  const building = () => tellNow('lacpscope: compiling native/capture, once …\n');
  const opened = openAll(names, (device) => new LivePort(device, { ...options, device, blocks: true }, building));
  const ports = opened.map((stream) => ({
    name: stream.name,
    stream,
    bitsPerSecond: speedOf(stream.name),
    drops: () => stream.drops,
    received: () => stream.counters.received,
    events: () => stream.events(),
  }));
  return { ...usual, ports };
}

/** All of them or none. */
function openAll<Port extends Stream>(names: readonly string[], open: (name: string) => Port): Port[] {
  const opened: Port[] = [];
  try {
    for (const name of names) opened.push(open(name));
    return opened;
  } catch (error) {
    for (const port of opened) port.close();
    throw error;
  }
}

/** Aggregates are replaced by their members. */
function expanded(given: readonly string[], known: readonly NetworkInterface[]): string[] {
  for (const name of given) {
    const aggregate = known.find((each) => each.name === name)?.aggregate;
    if (aggregate?.members.length === 0) throw new UsageError(`-i ${name}: the aggregate has no members.`);
  }
  const names = notTooMany(membersOf(given, known));
  const above = names.length === 1 ? aggregateOf(names[0]!, known) : null;
  if (above !== null) {
    tellNow(`lacpscope: ${names[0]} is one member of ${above} only. -i ${above} captures all of them.\n`);
  }
  return names;
}

function notTooMany(names: string[]): string[] {
  if (names.length > MOST_PORTS) throw new UsageError(`${names.length} ports; at most ${MOST_PORTS} are captured.`);
  return names;
}

function interfacesIfKnown(): readonly NetworkInterface[] {
  try {
    return listInterfaces();
  } catch {
    return [];
  }
}

async function portsThere(host: string, given: readonly string[], args: Arguments): Promise<CapturePorts> {
  if (host.startsWith('-')) throw new UsageError(`--ssh ${host}: not a host. Write it as root@server.`);
  if (args.value('backend') !== null)
    throw new UsageError('--backend is for captures of this machine, --tool for --ssh.');
  if (args.flag('immediate')) throw new UsageError('--immediate is for captures of this machine.');
  const { snapLength, bufferMib, filter: own } = settings(args);
  const tool = (args.value('tool') ?? 'tcpdump') as Tool;
  const command = (args.value('ssh-command') ?? 'ssh').split(' ').filter((word) => word !== '');
  const become = args.value('become') as 'sudo' | 'doas' | null;
  const connection = await SshConnection.to({ host, command, become });
  try {
    const far = readSurvey(await connection.output(surveyScript(given, tool)));
    if (!far.hasTool) {
      const remedy = 'Install it there, or use the other one: --tool tcpdump, --tool dumpcap.';
      throw new CaptureError('ssh-no-tool', { source: host }, `there is no ${tool}`, remedy);
    }
    const names = notTooMany([...new Set(given.flatMap((name) => far.members.get(name) ?? [name]))]);
    if (names.length === 0) throw new UsageError(`-i ${given.join(' -i ')}: the aggregate has no members on ${host}.`);
    const filter = filterWithout(far.connection, own);
    const ports = names.map((device) => {
      const script = captureScript({
        tool,
        device,
        filter,
        snapLength,
        bufferMib,
        promiscuous: args.flag('promiscuous'),
      });
      const stream = connection.start(`${host}:${device}`, script);
      return { name: device, stream, bitsPerSecond: far.bitsPerSecond.get(device) ?? null };
    });
    return { ports, filter, limits: [], skewSeconds: null, close: () => connection.close() };
  } catch (error) {
    connection.close();
    throw error;
  }
}
