import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { captureScript, filterWithout, readSurvey, surveyScript } from '../../../src/sources/ssh/scripts.js';

const CONNECTION = ['192.0.2.2', '40000', '192.0.2.1', '22'];

describe('the survey of another machine', () => {
  it('is read from Linux and from FreeBSD', () => {
    const linux =
      'motd\nspeed eth0 1000\nspeed eth1 -1\nspeed bond0 \nconnection 192.0.2.2 40000 192.0.2.1 22\ntool tcpdump\nmembers bond0 eth0 eth1\nmembers team0 eth2\nmembers team0 eth3\n';
    expect(readSurvey(linux)).toEqual({
      connection: CONNECTION,
      hasTool: true,
      members: new Map([
        ['bond0', ['eth0', 'eth1']],
        ['team0', ['eth2', 'eth3']],
      ]),
      bitsPerSecond: new Map([['eth0', 1e9]]),
    });
    const freebsd = `connection fe80::1%igb0 40000 fe80::2 22
ifconfig lagg0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
ifconfig 	laggproto lacp lagghash l2,l3,l4
ifconfig 	laggport: igb0 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING>
ifconfig 	laggport: igb1 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING>
ifconfig igb0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
ifconfig 	media: Ethernet autoselect (1000baseT <full-duplex>)
`;
    const far = readSurvey(freebsd);
    expect(far).toMatchObject({ hasTool: false, members: new Map([['lagg0', ['igb0', 'igb1']]]) });
    expect(far.bitsPerSecond).toEqual(new Map([['igb0', 1e9]]));
    expect(filterWithout(far.connection, '')).toContain('host fe80::1 and host fe80::2)');
  });

  it('runs in any sh', () => {
    const { status, stdout } = spawnSync('sh', ['-s'], {
      input: surveyScript(["lo'; echo no", 'lo'], 'tcpdump'),
      env: { ...process.env, SSH_CONNECTION: CONNECTION.join(' ') },
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(readSurvey(stdout).connection).toEqual(CONNECTION);
    expect(stdout).not.toMatch(/^no$/m);
  });
});

it('leaves out its own connection, tagged or not, behind what the user wants', () => {
  const own = 'tcp port 40000 and tcp port 22 and host 192.0.2.2 and host 192.0.2.1';
  expect(filterWithout(CONNECTION, '')).toBe(`not ((${own}) or (vlan and ${own}))`);
  expect(filterWithout(CONNECTION, 'tcp or udp')).toBe(`(tcp or udp) and not ((${own}) or (vlan and ${own}))`);
  expect(filterWithout([], 'tcp')).toBe('tcp');
});

it('quotes what the shell over there must not read', () => {
  const script = captureScript({
    tool: 'tcpdump',
    device: 'igb0',
    filter: "host 'x' $(y)",
    snapLength: 128,
    bufferMib: 16,
    promiscuous: false,
  });
  expect(script).toContain("tcpdump -n -p -U -s 128 -B 16384 -i 'igb0' -w - 'host '\\''x'\\'' $(y)' </dev/null");
});

it('ends with the tool, with its status, and takes nothing else along', () => {
  const far = { tool: 'tcpdump', device: 'no such port', filter: '', snapLength: 128, bufferMib: 16 } as const;
  const input = `tcpdump() { echo "$*"; echo "no such port" >&2; return 7; }\n${captureScript({ ...far, promiscuous: true })}`;
  const { status, stdout, stderr } = spawnSync('sh', ['-s'], { input, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 7, stderr: 'no such port\n' });
  expect(stdout).toBe('-n -U -s 128 -B 16384 -i no such port -w - \n');
});
