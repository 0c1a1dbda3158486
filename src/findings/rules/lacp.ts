import type { Finding } from '../../document/schema.js';
import type { LacpFault } from '../../lacp/faults.js';
import { type Facts, finding, type Rule } from '../rule.js';
import { capital, count, list } from '../words.js';

const FILTER = 'lacp';

export const lacp: Rule = {
  asks: 'Is the LAG formed, on all ports?',
  judge: (facts) => {
    const found = facts.lacpFaults.flatMap((fault) => word(fault, facts));
    return merge(found);
  },
};

/** One finding for all ports with the same trouble; a trouble that ports have with each other is one by itself. */
function merge(found: readonly (Finding & { readonly say: (ports: string) => string })[]): Finding[] {
  const byId = new Map<string, (typeof found)[number][]>();
  for (const each of found) {
    const key = `${each.id} ${each.explanation} ${each.ports.length > 1 ? each.ports.join() : ''}`;
    byId.set(key, [...(byId.get(key) ?? []), each]);
  }
  return [...byId.values()].map((group) => {
    const [{ say, ...first }] = group as [(typeof found)[number], ...(typeof found)[number][]];
    const ports = [...new Set(group.flatMap((each) => each.ports))];
    return { ...first, title: say(list(ports)), ports, evidence: group.flatMap((each) => each.evidence).slice(0, 16) };
  });
}

function word(fault: LacpFault, facts: Facts) {
  const { portNames, draft } = facts;
  const evidence = fault.pdus.slice(0, 4).map(({ input, frame }) => facts.evidence(input, frame, FILTER));
  const names =
    'ports' in fault ? fault.ports.map((p) => portNames[p]!) : 'port' in fault ? [portNames[fault.port]!] : [];
  const is = (
    id: string,
    severity: Finding['severity'],
    say: (ports: string) => string,
    explanation: string,
    advice: string | null = null,
    ports = names,
  ) => [{ ...finding({ id, severity, title: say(list(ports)), explanation, advice, ports, evidence }), say }];
  const who = (side: 'local' | 'partner') => (side === 'local' ? 'the server' : 'the switch');
  const seconds = (ns: number) => `${(ns / 1e9).toFixed(1)} s`;
  switch (fault.kind) {
    case 'no-partner':
      return is(
        'lacp-no-partner',
        'fault',
        (ports) => `${ports}: sends LACPDUs and hears no partner`,
        'No LACPDU came from the other end, so the port is not part of the aggregate.' +
          (fault.distributing ? ' It sends frames all the same.' : ''),
        'Check where the cable goes, and that the switch port belongs to the same LACP trunk.',
      );
    case 'partner-lost':
      return is(
        'lacp-partner-lost',
        'warning',
        (ports) => `${ports}: the partner fell silent`,
        'A partner was heard earlier in the capture, and no more at its end.',
        'Look at the link: a port that passes nothing in one direction stays up.',
      );
    case 'expired':
      return is(
        'lacp-expired',
        'warning',
        (ports) => `${ports}: the partner's LACPDUs stopped`,
        'The timer ran out: the port is leaving the aggregate.',
      );
    case 'went-silent':
      return is(
        'lacp-went-silent',
        'warning',
        (ports) => `${ports}: LACPDUs stopped before the capture ended`,
        `The last one came at ${seconds(fault.lastNs)}. LACP has no goodbye: the link went down, or the capture of the port ended.`,
      );
    case 'no-lacpdu':
      return is(
        'lacp-port-silent',
        'warning',
        (ports) => `${ports}: no LACPDU, while other ports have some`,
        'The port is either no member of this aggregate, or its capture leaves LACPDUs out (a filter).',
        'Capture without a filter for at least 65 seconds.',
      );
    case 'individual':
      return is(
        'lacp-individual',
        'fault',
        (ports) => `${ports}: cannot be aggregated`,
        `${capital(who(fault.side))} marks the port as individual: it can only stand alone.`,
        'Check speed, duplex and trunk configuration of the port.',
      );
    case 'standby':
      return is(
        'lacp-standby',
        'notice',
        (ports) => `${ports}: standby`,
        `${capital(who(fault.side))} hears its partner and keeps the port out of the aggregate, as a spare or because there are too many.`,
      );
    case 'half-open':
      return is(
        'lacp-half-open',
        'fault',
        (ports) => `${ports}: carries frames in one direction only`,
        `${capital(who(fault.side))} does not distribute on the port, the other end does.`,
      );
    case 'partner-is-actor':
      return is(
        'lacp-loop',
        'fault',
        (ports) => `${ports}: both ends are the same system`,
        'Actor and partner carry one system identifier: the cable loops back, or both ends are one box.',
      );
    case 'partner-changed':
      return is(
        'lacp-partner-changed',
        'warning',
        (ports) => `${ports}: another system at the other end in mid-capture`,
        `The LACP partner was ${macText(fault.from)}, then ${macText(fault.to)}. Each has a choice of its own: what is said of the switch is of both.`,
        'A cable was moved or a switch exchanged; of an MLAG: its switches lost their common system identifier.',
      );
    case 'views-differ':
      return is(
        'lacp-views-differ',
        'warning',
        (ports) => `${ports}: the two ends do not agree on what they are connected to`,
        `What ${who(fault.side)} says of its partner is not what the partner says of itself.`,
        'A box between the two that swallows LACPDUs, or one direction that passes nothing.',
      );
    case 'flapping':
      return is(
        'lacp-flapping',
        'warning',
        (ports) => `${ports}: joined and left the aggregate several times`,
        `${count(fault.flaps, 'change')} in the capture.`,
        'Check cable, transceiver and the counters of the port.',
      );
    case 'churn':
      return is(
        'lacp-churn',
        'warning',
        (ports) => `${ports}: not synchronized for a minute or more`,
        `${capital(who(fault.side))} speaks, and does not bring the port into the aggregate: for ${Math.round((fault.toNs - fault.fromNs) / 1e9)} s.`,
      );
    case 'partner-not-captured':
      return is(
        'lacp-partner-not-captured',
        'notice',
        (ports) => `${ports}: LACPDUs of the switch are not in the capture`,
        'The server hears them, the capture does not show them: it may hold one direction only.',
      );
    case 'unread':
      return is(
        'lacp-unread',
        'notice',
        (ports) => `${ports}: ${count(fault.count, 'LACPDU')} could not be read`,
        `Nothing is known of what they say: ${fault.reason}.`,
        'Capture with a snap length of 128 or more.',
      );
    case 'own-not-captured':
      return is(
        'lacp-own-not-captured',
        'notice',
        (ports) => `${ports}: LACPDUs of the server are not in the capture`,
        'Some systems do not show their own LACPDUs to a capture.',
      );
    case 'same-port-twice':
      return is(
        'lacp-same-port',
        'fault',
        (ports) => `${ports}: LACPDUs of one and the same port`,
        'Actor system and port number are equal, and a number is unique inside its system: one port was captured twice.',
        'Check the interface that each capture was taken on.',
      );
    case 'key-mismatch': {
      const groups = fault.groups.map(({ value, ports }) => `key ${value} on ${list(ports.map((p) => portNames[p]!))}`);
      const ports = fault.groups.flatMap((group) => group.ports.map((p) => portNames[p]!));
      return is(
        'lacp-key-mismatch',
        'fault',
        () => `${capital(who(fault.side))} splits the ports into ${fault.groups.length} aggregates`,
        `Its LACP keys differ: ${list(groups)}. Only ports with one key can be bundled.`,
        'Put all ports into one trunk; keys also differ where speed or duplex differ.',
        ports,
      );
    }
    case 'two-partners': {
      const groups = fault.groups.map(
        ({ value, ports }) => `${macText(value)} on ${list(ports.map((p) => portNames[p]!))}`,
      );
      const ports = fault.groups.flatMap((group) => group.ports.map((p) => portNames[p]!));
      return is(
        'lacp-two-partners',
        'fault',
        () => 'The ports lead to different systems',
        `LACP partners: ${list(groups)}. One aggregate has one partner.`,
        'Check the cables; two switches need a common system identifier (MLAG).',
        ports,
      );
    }
    default:
      return unknownFault(fault, draft);
  }
}

function unknownFault(fault: never, _: Facts['draft']): never {
  throw new TypeError(`no words for ${JSON.stringify(fault)}`);
}

const macText = (mac: number) => mac.toString(16).padStart(12, '0').match(/../g)!.join(':');

export const lacpHealth: Rule = {
  asks: 'Is LACP well, or not there at all?',
  judge: ({ draft, lacpFaults, lacpAbsence }) => {
    const { ports, present } = draft.lacp;
    if (!present) {
      const short = lacpAbsence === 'normal-at-slow-rate';
      return [
        finding({
          id: 'lacp-none-seen',
          severity: 'notice',
          title: 'No LACPDU was seen',
          explanation: short
            ? `Normal at the slow rate: one comes every 30 s, and the capture is ${Math.round(draft.capture.duration)} s long.`
            : 'The capture is long enough for the slow rate (30 s): the LAG is static, LACPDUs were filtered out, or these ports are no LAG to the other end (active-backup, balance-tlb and balance-alb need none).',
          advice: short ? 'Capture at least 65 seconds to see whether LACP runs.' : null,
        }),
      ];
    }
    const up = ports.filter(({ state }) => state === 'aggregated');
    if (lacpFaults.length > 0 || up.length < 2) return [];
    const partners = new Set(up.map(({ partner }) => partner?.system));
    return [
      finding({
        id: 'lacp-healthy',
        severity: 'ok',
        title: `${up.length} of ${ports.length} ports are bundled`,
        explanation: `One partner on all of them (${list([...partners].map((system) => system ?? 'not captured'))}). Bundled is not balanced: that is judged apart.`,
        ports: up.map(({ port }) => port),
      }),
    ];
  },
};
