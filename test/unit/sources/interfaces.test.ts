import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseIfconfig } from '../../../src/sources/interfaces/ifconfig.js';
import { aggregateOf, membersOf } from '../../../src/sources/interfaces/interface.js';
import { readSysfs } from '../../../src/sources/interfaces/sysfs.js';

// ifconfig(8) of FreeBSD 9.3 as its handbook shows a lagg.
const FREEBSD = `igb0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
	options=403bb<RXCSUM,TXCSUM,VLAN_MTU,VLAN_HWTAGGING,JUMBO_MTU,VLAN_HWCSUM,TSO4,TSO6,VLAN_HWTSO>
	ether 90:e2:ba:7b:0b:38
	nd6 options=29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>
	media: Ethernet autoselect (1000baseT <full-duplex>)
	status: active
igb1: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
	ether 90:e2:ba:7b:0b:38
	media: Ethernet autoselect
	status: no carrier
ix0: flags=8802<BROADCAST,SIMPLEX,MULTICAST> metric 0 mtu 1500
	media: Ethernet autoselect (10Gbase-SR <full-duplex>)
lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> metric 0 mtu 16384
	inet 127.0.0.1 netmask 0xff000000
lagg0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
	ether 90:e2:ba:7b:0b:38
	inet 192.0.2.10 netmask 0xffffff00 broadcast 192.0.2.255
	media: Ethernet autoselect
	status: active
	laggproto lacp lagghash l2,l3,l4
	laggport: igb1 flags=18<COLLECTING,DISTRIBUTING>
	laggport: igb0 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING>
lagg0.7: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
	vlan: 7 parent interface: lagg0
`;

// What the FreeBSD Handbook prints of lagg(4), as of 14 and before 10 (FreeBSD Documentation License).
const HANDBOOK = `lagg0: flags=1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500
	options=4e504bb<RXCSUM,TXCSUM,VLAN_MTU,VLAN_HWTAGGING,JUMBO_MTU,VLAN_HWCSUM,LRO,VLAN_HWFILTER,VLAN_HWTSO>
	ether 00:50:56:29:a9:45
	hwaddr 00:00:00:00:00:00
	inet 192.168.5.5 netmask 0xffffff00 broadcast 192.168.5.255
	laggproto failover lagghash l2,l3,l4
	laggport: em0 flags=5<MASTER,ACTIVE>
	laggport: em1 flags=0<>
	groups: lagg
	media: Ethernet autoselect
	status: active
	nd6 options=829<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL,STABLEADDR>
lagg1: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
        options=8<VLAN_MTU>
        ether 00:05:5d:71:8d:b8
        media: Ethernet autoselect
        status: active
        laggproto lacp
        laggport: fxp1 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING>
        laggport: fxp0 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING>
`;

const OPENBSD = `trunk0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> mtu 1500
	lladdr 00:00:5e:00:53:01
	trunk: trunkproto lacp
	trunkport em1 active,collecting,distributing
	trunkport em0 active,collecting,distributing
`;

const MACOS = `bond0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> mtu 1500
	ether 00:00:5e:00:53:02
	media: autoselect (1000baseT <full-duplex>)
	status: active
	bond interfaces: en3 en4
`;

describe('ifconfig', () => {
  const found = parseIfconfig(FREEBSD);

  it('tells the members of a lagg, and what its ports are', () => {
    expect(found.map(({ name }) => name)).toEqual(['igb0', 'igb1', 'ix0', 'lo0', 'lagg0', 'lagg0.7']);
    expect(found[0]).toEqual({ name: 'igb0', up: true, link: true, bitsPerSecond: 1e9, aggregate: null });
    expect(found[1]).toMatchObject({ link: false, bitsPerSecond: null });
    expect(found[2]).toMatchObject({ up: false, link: null, bitsPerSecond: 10e9 });
    expect(found[4]!.aggregate).toEqual({ kind: 'lacp', members: ['igb1', 'igb0'] });
    expect(found[5]!.aggregate).toBeNull();
  });

  it('expands an aggregate to its members, each once', () => {
    expect(membersOf(['lagg0', 'igb0', 'ix0'], found)).toEqual(['igb1', 'igb0', 'ix0']);
    expect(aggregateOf('igb0', found)).toBe('lagg0');
    expect(aggregateOf('ix0', found)).toBeNull();
  });

  it('reads what the handbook prints, old and new', () => {
    expect(parseIfconfig(HANDBOOK)).toEqual([
      {
        name: 'lagg0',
        up: true,
        link: true,
        bitsPerSecond: null,
        aggregate: { kind: 'failover', members: ['em0', 'em1'] },
      },
      {
        name: 'lagg1',
        up: true,
        link: true,
        bitsPerSecond: null,
        aggregate: { kind: 'lacp', members: ['fxp1', 'fxp0'] },
      },
    ]);
  });

  it('knows the words of other systems', () => {
    expect(parseIfconfig(OPENBSD)[0]!.aggregate).toEqual({ kind: 'lacp', members: ['em1', 'em0'] });
    expect(parseIfconfig(MACOS)[0]!.aggregate).toEqual({ kind: 'bond', members: ['en3', 'en4'] });
  });
});

describe('/sys/class/net', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lacpscope-sysfs-'));
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\n`);
  };

  it('tells bonds and teams from bridges and VLANs', () => {
    for (const [name, flags] of Object.entries({ eth0: '0x1003', eth1: '0x1002', eth2: '0x1003', eth10: '0x1003' })) {
      put(`${name}/flags`, flags);
      put(`${name}/speed`, name === 'eth1' ? '-1' : '1000');
      put(`${name}/carrier`, name === 'eth1' ? '0' : '1');
    }
    for (const name of ['bond0', 'team0', 'br0', 'bond0.7']) put(`${name}/flags`, '0x1003');
    put('bonding_masters', 'bond0');
    put('bond0/bonding/slaves', 'eth0 eth1');
    put('bond0/bonding/mode', '802.3ad 4');
    put('bond0/uevent', 'DEVTYPE=bond\nINTERFACE=bond0');
    put('team0/uevent', 'INTERFACE=team0\nIFINDEX=9');
    put('br0/bridge/bridge_id', '8000.00005e005301');
    put('br0/uevent', 'DEVTYPE=bridge');
    put('bond0.7/uevent', 'DEVTYPE=vlan');
    for (const [member, master] of [
      ['eth0', 'bond0'],
      ['eth1', 'bond0'],
      ['eth2', 'team0'],
      ['eth10', 'team0'],
      ['bond0', 'br0'],
    ]) {
      symlinkSync(`../${master}`, join(folder, member!, 'master'));
    }
    const found = readSysfs(folder);
    expect(found.map(({ name }) => name)).toEqual([
      'bond0',
      'bond0.7',
      'br0',
      'eth0',
      'eth1',
      'eth2',
      'eth10',
      'team0',
    ]);
    const aggregates = found.flatMap(({ name, aggregate }) => (aggregate === null ? [] : [[name, aggregate]]));
    expect(aggregates).toEqual([
      ['bond0', { kind: '802.3ad', members: ['eth0', 'eth1'] }],
      ['team0', { kind: 'team', members: ['eth2', 'eth10'] }],
    ]);
    expect(found[3]).toMatchObject({ up: true, link: true, bitsPerSecond: 1e9 });
    expect(found[4]).toMatchObject({ up: false, link: false, bitsPerSecond: null });
  });
});
