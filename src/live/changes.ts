/** What an analysis says that the one before did not: the events of a capture that goes on. */
import type { Analysis, Finding, LacpPort } from '../document/schema.js';
import type { LiveEvent, LiveEventKind } from './state.js';

const KINDS: Readonly<Record<string, LiveEventKind>> = {
  load: 'load',
  flows: 'load',
  hash: 'hash',
  pingpong: 'ping-pong',
  lacp: 'lacp',
  neighbour: 'lacp',
  declared: 'hash',
  capture: 'capture',
  job: 'load',
};

/** Said of nearly every capture, in figures that change all the time: no news. */
const isNews = ({ severity }: Finding) => severity === 'fault' || severity === 'warning';

export function changesBetween(before: Analysis | null, now: Analysis, timeMs: number): LiveEvent[] {
  const event = (kind: LiveEventKind, text: string): LiveEvent => ({ timeMs, kind, text });
  return [
    ...findingChanges(before, now).map(({ finding, isOver }) =>
      event(
        KINDS[finding.id.slice(0, finding.id.indexOf('-'))] ?? 'capture',
        isOver ? `No longer: ${finding.title}` : finding.title,
      ),
    ),
    ...now.lacp.ports.flatMap((port) => {
      const old = before?.lacp.ports.find((each) => each.port === port.port);
      return old === undefined || old.state === port.state ? [] : [event('lacp', lacpChange(old, port))];
    }),
    ...(['ingress', 'egress'] as const).flatMap((direction) => {
      const name = now.directions[direction].hash?.function?.id ?? null;
      const old = before?.directions[direction].hash?.function?.id ?? null;
      if (name === old || name === null) return [];
      return [event('hash', `${direction}: the flows fit ${name}`)];
    }),
  ];
}

function findingChanges(before: Analysis | null, now: Analysis): { finding: Finding; isOver: boolean }[] {
  const key = ({ id, ports }: Finding) => `${id} ${ports.join(' ')}`;
  const [old, present] = [before?.findings.filter(isNews) ?? [], now.findings.filter(isNews)];
  const [oldKeys, keys] = [new Set(old.map(key)), new Set(present.map(key))];
  return [
    ...present.filter((finding) => !oldKeys.has(key(finding))).map((finding) => ({ finding, isOver: false })),
    ...old.filter((finding) => !keys.has(key(finding))).map((finding) => ({ finding, isOver: true })),
  ];
}

const lacpChange = (old: LacpPort, now: LacpPort) => `${now.port}: LACP ${old.state} → ${now.state}`;
