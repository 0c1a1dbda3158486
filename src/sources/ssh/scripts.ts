/**
 * What is done on the other machine, as scripts for its sh, given on standard input: the login shell of root on FreeBSD is csh,
 * and no quoting survives both.
 */
import { parseIfconfig } from '../interfaces/ifconfig.js';
import { quoted } from '../quoted.js';

export const TOOLS = ['tcpdump', 'dumpcap'] as const;
export type Tool = (typeof TOOLS)[number];

const PATHS = 'PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin:/usr/local/bin; export PATH';

export interface Far {
  /** Client address and port, server address and port, of the connection that this is asked through. */
  readonly connection: readonly string[];
  readonly hasTool: boolean;
  /** By the name of an aggregate. */
  readonly members: ReadonlyMap<string, readonly string[]>;
  readonly bitsPerSecond: ReadonlyMap<string, number>;
}

/** Who are we to that machine, has it the tool, and of what are these interfaces made? */
export function surveyScript(interfaces: readonly string[], tool: Tool): string {
  return `${PATHS}
survey() {
  echo "connection $SSH_CONNECTION"
  command -v ${tool} >/dev/null && echo "tool ${tool}"
  if [ ! -d /sys/class/net ]; then ifconfig -a | sed 's/^/ifconfig /'; exit 0; fi
  for m in /sys/class/net/*; do echo "speed \${m##*/} $(cat "$m/speed" 2>/dev/null)"; done
  for i in ${interfaces.map(quoted).join(' ')}; do
    if [ -r "/sys/class/net/$i/bonding/slaves" ]; then echo "members $i $(cat "/sys/class/net/$i/bonding/slaves")"
    else [ -d "/sys/class/net/$i/bridge" ] || for m in /sys/class/net/*; do
      if [ "$(readlink "$m/master" | sed 's,.*/,,')" = "$i" ]; then echo "members $i \${m##*/}"; fi
    done; fi
  done
  exit 0
}
survey
`;
}

export function readSurvey(text: string): Far {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const rest = (word: string) =>
    lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  const members = new Map<string, string[]>();
  const add = (aggregate: string, names: readonly string[]) =>
    members.set(aggregate, [...(members.get(aggregate) ?? []), ...names]);
  for (const line of rest('members')) {
    const [aggregate, ...names] = line.split(/\s+/);
    add(aggregate!, names);
  }
  const speeds = new Map<string, number>();
  for (const line of rest('speed')) {
    const [name, megabits] = line.split(' ');
    if (Number(megabits) > 0) speeds.set(name!, Number(megabits) * 1e6);
  }
  for (const { name, aggregate, bitsPerSecond } of parseIfconfig(rest('ifconfig').join('\n'))) {
    if (aggregate !== null) add(name, aggregate.members);
    if (bitsPerSecond !== null) speeds.set(name, bitsPerSecond);
  }
  return {
    connection: (rest('connection')[0] ?? '').split(' ').filter((word) => word !== ''),
    hasTool: rest('tool').length > 0,
    members,
    bitsPerSecond: speeds,
  };
}

/** Without it the capture would feed on its own transport. The tag comes last: it shifts all that stands behind it. */
export function filterWithout(connection: readonly string[], filter: string): string {
  const [client, clientPort, server, serverPort] = connection.map((word) => word.replace(/%.*$/, ''));
  if (serverPort === undefined) return filter;
  const own = `tcp port ${clientPort} and tcp port ${serverPort} and host ${client} and host ${server}`;
  const without = `not ((${own}) or (vlan and ${own}))`;
  return filter.trim() === '' ? without : `(${filter}) and ${without}`;
}

export interface FarCapture {
  readonly tool: Tool;
  readonly device: string;
  readonly filter: string;
  readonly snapLength: number;
  readonly bufferMib: number;
  readonly promiscuous: boolean;
}

/**
 * Ends by itself with the tool, and ends the tool a second after standard input ends: what the kernel has not yet handed over
 * would be lost. That is also so where the connection breaks or this machine goes away, so nothing goes on over there.
 */
export function captureScript(capture: FarCapture): string {
  return `${PATHS}
capture() {
  exec 3<&0
  ${commandLine(capture)} </dev/null 3<&- &
  tool=$!
  { cat; sleep 1; kill $tool; } <&3 >/dev/null 2>&1 &
  end=$!
  exec 3<&-
  wait $tool
  code=$?
  kill $end 2>/dev/null
  exit $code
}
capture
`;
}

function commandLine({ tool, device, filter, snapLength, bufferMib, promiscuous }: FarCapture): string {
  const name = quoted(device);
  const own = promiscuous ? '' : ' -p';
  if (tool === 'dumpcap') {
    const filtered = filter === '' ? '' : ` -f ${quoted(filter)}`;
    return `dumpcap -q${own} -P -s ${snapLength} -B ${bufferMib} -i ${name}${filtered} -w -`;
  }
  return `tcpdump -n${own} -U -s ${snapLength} -B ${bufferMib * 1024} -i ${name} -w - ${quoted(filter)}`;
}
