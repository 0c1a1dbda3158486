/** Linux: /sys/class/net. Documentation/ABI/testing/sysfs-class-net of the kernel. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { NetworkInterface } from './interface.js';

const IFF_UP = 1;
/** Have members below them without being an aggregate. Open vSwitch does not show its bonds here. */
const NO_AGGREGATES = ['bridge', 'brport', 'vrf'];

export function readSysfs(folder = '/sys/class/net'): NetworkInterface[] {
  const names = readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'flags'))) // bonding_masters is a file
    .sort(byName);
  const masters = new Map(names.map((name) => [name, masterOf(join(folder, name))]));
  return names.map((name) => {
    const about = (file: string) => textOf(join(folder, name, file));
    const carrier = about('carrier');
    const speed = Number(about('speed') ?? Number.NaN); // Mbit/s; -1 without a link
    return {
      name,
      up: (Number(about('flags')) & IFF_UP) !== 0,
      link: carrier === null || carrier === '' ? null : carrier === '1',
      bitsPerSecond: speed > 0 ? speed * 1e6 : null,
      aggregate: aggregateAt(join(folder, name), name, masters),
    };
  });
}

function aggregateAt(path: string, name: string, masters: ReadonlyMap<string, string | null>) {
  const slaves = textOf(join(path, 'bonding/slaves'));
  if (slaves !== null) {
    const mode = textOf(join(path, 'bonding/mode'))?.split(' ')[0] ?? 'bond'; // "802.3ad 4"
    return { kind: mode, members: slaves.split(/\s+/).filter((each) => each !== '') };
  }
  if (name === 'ovs-system' || NO_AGGREGATES.some((kind) => existsSync(join(path, kind)))) return null;
  if (/^DEVTYPE=/m.test(textOf(join(path, 'uevent')) ?? '')) return null; // vlan, bridge, vrf …; team has none
  const members = [...masters].flatMap(([member, master]) => (master === name ? [member] : []));
  return members.length > 0 ? { kind: 'team', members } : null;
}

function masterOf(path: string): string | null {
  try {
    return basename(readlinkSync(join(path, 'master')));
  } catch {
    return null;
  }
}

/** null also where there is a file but nothing to read: a port that is down has no speed. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

const byName = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
