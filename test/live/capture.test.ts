import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Analysis } from '../../src/document/schema.js';
import {
  CAPTURES,
  documentOf,
  lacpscope,
  MAIN,
  ROOT,
  recordEdges,
  SAMPLE,
  capture as sampleFile,
} from '../cli/lacpscope.js';
import { Lab, pair, type Running, whyNoLab, written } from './lab.js';

vi.setConfig({ testTimeout: 60_000 });
const reason = whyNoLab();
const PORTS = ['p0', 'p1', 'p2', 'p3'];
const hasCap = existsSync(join(ROOT, 'node_modules/cap/build/Release/cap.node'));
const SENT = [433, 1600, 6116, 983];
const inputs = PORTS.flatMap((port) => ['-i', port]);
const sample = Object.fromEntries(CAPTURES.map((file, n) => [`s${n}`, join(SAMPLE, file)]));
const framesOf = ({ inputs }: Analysis) => inputs.map(({ frames }) => frames);

describe.skipIf(reason !== null)(`capture${reason === null ? '' : ` (${reason})`}`, () => {
  const folder = reason === null ? mkdtempSync(join(tmpdir(), 'lacpscope-live-')) : '';
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.of(4, folder);
  });
  afterAll(() => {
    lab.close();
    rmSync(folder, { recursive: true });
  });

  const capture = (...args: readonly string[]) => lab.lacpscope('capture', ...inputs, ...args);
  const listening = (running: Running) => running.says('Capturing p0, p1, p2, p3');
  const interrupted = (running: Running) => {
    running.child.kill('SIGINT');
    return running.ended();
  };

  it('sees every frame on every port, and says of them what the file says, and tcpdump', async () => {
    const file = join(folder, 'lag.pcapng');
    const peers = PORTS.map((port, n) => {
      const count = ['-c', String(SENT[n])]; // told to end, it leaves what the kernel still has
      const options = ['-i', port, '-s', '128', '--time-stamp-precision=nano', '-w', join(folder, `${port}.pcap`)];
      return lab.start(['tcpdump', '-Z', 'root', ...count, ...options]);
    });
    for (const peer of peers) await peer.says('listening');
    const running = capture('-w', file, '--analyze', '--json');
    await listening(running);
    expect(lab.send(sample)).toBe(9132);
    const { status, stdout, stderr } = await interrupted(running);
    for (const peer of peers) expect((await peer.ended()).stderr).toContain('0 packets dropped by kernel');
    const live = JSON.parse(stdout) as Analysis;
    expect({ status, frames: framesOf(live) }).toEqual({ status: 0, frames: SENT });
    expect(stderr).toContain(`9,132 frames, 1.3 MB, 0 dropped, in ${file}`);
    expect(live.inputs[0]).toMatchObject({ snapLength: 128, timestampResolution: 1e-9, drops: { kernel: 0 } });
    expect(documentOf(lacpscope(['analyze', file, '--json']))).toEqual(live);
    const [port] = live.directions.ingress.ports;
    expect(port).toMatchObject({ linkBitsPerSecond: 10e9, linkRateBasis: 'interface' }); // what such ports claim
    const offline = documentOf(lacpscope(['analyze', ...PORTS.map((port) => join(folder, `${port}.pcap`)), '--json']));
    expect(comparable(offline)).toEqual(comparable(live));
  });

  it('says the same without a file, or with one for each port', async () => {
    const running = capture('-w', join(folder, 'each-{port}.pcapng'), '--json', '--analyze');
    const beside = capture('--json', '--immediate', '--promiscuous');
    for (const each of [running, beside]) await listening(each);
    lab.send(sample);
    const [one, other] = (await Promise.all([running, beside].map(interrupted))).map(documentOf);
    expect(framesOf(one!)).toEqual(SENT);
    expect(one!.inputs.map(({ source }) => source)).toEqual(PORTS.map((port) => `each-${port}.pcapng`));
    expect(comparable(other!)).toEqual(comparable(one!));
    expect(readdirSync(folder).filter((name) => name.startsWith('lacpscope-capture-'))).toEqual([]);
  });

  it('writes what others read: interfaces, times in order, drop counts', async () => {
    const file = join(folder, 'read.pcapng');
    const running = capture('-w', file, '-f', 'not port 9');
    await listening(running);
    lab.send(sample);
    expect(await interrupted(running)).toMatchObject({ status: 0, stdout: '' });
    const fields = ['frame.interface_name', 'frame.time_epoch', 'frame.cap_len'].flatMap((field) => ['-e', field]);
    const rows = execFileSync('tshark', ['-r', file, '-T', 'fields', ...fields], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
      .trim()
      .split('\n')
      .map((row) => row.split('\t'));
    expect(rows.length).toBe(9132);
    expect(new Set(rows.map(([name]) => name))).toEqual(new Set(PORTS));
    const times = rows.map(([, time]) => time!);
    expect(times).toEqual([...times].sort());
    expect(Math.max(...rows.map(([, , captured]) => Number(captured)))).toBe(128);
    const about = execFileSync('capinfos', [file], { encoding: 'utf8' });
    expect(about).toMatch(
      /Name = p3[\s\S]*Capture length = 128[\s\S]*Number of stat entries = 1[\s\S]*Number of packets = 983/,
    );
    expect(about).toContain('Filter string = not port 9');
  });

  it('keeps VLAN tags, and frames that are cut inside of their headers', async () => {
    const tagged = join(folder, 'tagged.pcap');
    writeFileSync(tagged, withVlan(sampleFile('igb2.pcap'), 7));
    const running = capture('--json', '-s', '40');
    await listening(running);
    lab.send({ s0: tagged, s1: join(SAMPLE, 'igb1.pcap') });
    const analysis = documentOf(await interrupted(running));
    expect(framesOf(analysis)).toEqual([6116, 1600, 0, 0]);
    expect(analysis.inputs[0]).toMatchObject({ snapLength: 40, complete: true });
    expect(analysis.quality.truncatedFrames).toBeGreaterThan(0);
    expect(analysis.quality.limits.join()).toContain('p3 has no frame at all');
    const flows = analysis.directions.ingress.topFlows.concat(analysis.directions.egress.topFlows);
    expect(new Set(flows.map(({ flow }) => flow.vlan))).toEqual(new Set([null, 7]));
  });

  it('counts what it could not take in', async () => {
    const running = capture('--json', '-B', '1');
    await listening(running);
    running.child.kill('SIGSTOP'); // a reader that is far too slow
    const sent = lab.send(sample, 8);
    running.child.kill('SIGCONT');
    const outcome = await interrupted(running);
    const { drops, frames } = total(documentOf(outcome));
    expect(drops).toBeGreaterThan(1000);
    expect(frames + drops).toBe(sent);
    expect(outcome.stderr).toContain(`${drops.toLocaleString('en')} dropped`);
  });

  it('goes on when a port goes down, comes up, disappears and is made anew', async () => {
    lab.run('ip', 'link', 'set', 'p3', 'down');
    const running = capture('--json');
    await listening(running);
    await running.says('p3: it is not up');
    lab.run('ip', 'link', 'set', 'p3', 'up');
    await running.says('p3: it came up');
    lab.run('ip', 'link', 'set', 'p2', 'down');
    await running.says('p2: it went down');
    lab.run('ip', 'link', 'set', 'p2', 'up');
    await running.says('p2: it came up');
    lab.run('ip', 'link', 'del', 'p1');
    await running.says('p1: it disappeared');
    lab.run('sh', '-c', pair(1));
    await running.says('p1: captured again');
    lab.send(sample);
    const outcome = await interrupted(running);
    expect(outcome.status).toBe(0);
    const analysis = documentOf(outcome);
    expect(framesOf(analysis)).toEqual(SENT);
    expect(analysis.quality.limits.join()).toContain('p2: it went down at 20');
  });

  it('stops at its limits, and without any traffic', async () => {
    expect(await capture('-a', 'duration:1', '-q').ended()).toMatchObject({ status: 4 });
    const counted = capture('-c', '100', '--json');
    await listening(counted);
    lab.send(sample);
    expect(total(documentOf(await counted.ended())).frames).toBe(100);
    const file = join(folder, 'large.pcapng');
    const large = capture('-a', 'filesize:100', '-w', file);
    await listening(large);
    lab.send(sample);
    expect(await large.ended()).toMatchObject({ status: 0 });
    expect(Math.abs(statSync(file).size - 100_000)).toBeLessThan(1000);
  });

  it('keeps a ring of files, and analyses those', async () => {
    const base = join(folder, 'ring.pcapng');
    const running = capture('-w', base, '-b', 'filesize:200', '-b', 'files:3', '--analyze', '--json');
    await listening(running);
    const sent = lab.send(sample);
    const analysis = documentOf(await interrupted(running));
    const files = readdirSync(folder).filter((name) => /^ring_\d{5}_\d{14}\.pcapng$/.test(name));
    expect(files.length).toBe(3);
    expect(new Set(analysis.inputs.map(({ source }) => source))).toEqual(new Set(files));
    const { frames } = total(analysis);
    expect(frames).toBeGreaterThan(1000);
    expect(frames).toBeLessThan(sent);
  });

  it('ends the writing where the disk is full, and analyses what is on it', async () => {
    lab.run('mkdir', '-p', join(folder, 'full'));
    lab.run('mount', '-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', join(folder, 'full'));
    const running = capture('-w', join(folder, 'full/lag.pcapng'), '--analyze', '--json');
    await listening(running);
    lab.send(sample);
    const outcome = await running.ended(); // by itself
    expect(outcome.status).toBe(3);
    expect(outcome.stderr).toMatch(/full\/lag\.pcapng: cannot be written: no space is left/);
    const analysis = documentOf(outcome);
    expect(analysis.inputs.every(({ complete }) => complete)).toBe(true);
    expect(total(analysis).frames).toBeGreaterThan(1000);
  });

  it('leaves what was written when it is killed, and quits at the second Ctrl-C', async () => {
    const file = join(folder, 'killed.pcapng');
    const running = capture('-w', file);
    await listening(running);
    const sent = lab.send(sample);
    await written(file, sent);
    running.child.kill('SIGKILL');
    await running.ended();
    const analysis = documentOf(lacpscope(['analyze', file, '--json']));
    expect(analysis.inputs.every(({ complete }) => complete)).toBe(true);
    expect(total(analysis).frames).toBe(sent);

    const twice = capture();
    await listening(twice);
    twice.child.kill('SIGINT');
    twice.child.kill('SIGINT');
    expect([0, 4, 130]).toContain((await twice.ended()).status);
  });

  it.each([
    [3, ['-i', 'p0', '-i', 'nonesuch'], 'nonesuch: there is no such interface'],
    [2, ['-i', 'p0', '-f', 'tcp prot 80'], 'not a filter'],
    [2, ['-i', 'any'], 'does not tell the ports apart'],
    [2, [], 'No member ports given'],
    [3, ['-i', 'p0', '-w', '/no/such/folder/x.pcapng'], '/no/such/folder'],
    [2, ['-i', 'p0', '-a', 'forever:1'], 'duration:N'],
    [2, ['-i', 'p0', '-b', 'filesize:1'], '-b needs -w'],
  ])('is refused with %i for %j', async (status, args, says) => {
    const outcome = await lab.lacpscope('capture', ...args).ended();
    expect(outcome).toMatchObject({ status, stdout: '' });
    expect(outcome.stderr).toContain(says);
  });

  it('says the line that mends it where it may not, or libpcap is missing', async () => {
    const nobody = ['setpriv', '--reuid=65534', '--clear-groups', '--inh-caps=-all', process.execPath, MAIN];
    const refused = await lab.start([...nobody, 'capture', '-i', 'p0']).ended();
    expect(refused).toMatchObject({ status: 5, stdout: '' });
    expect(refused.stderr).toMatch(/p0: may not be captured[\s\S]*setcap cap_net_raw,cap_net_admin\+eip/);
    expect((await lab.start([...nobody, 'interfaces']).ended()).status).toBe(5);
    const caps = ['inh-caps', 'ambient-caps', 'bounding-set'].map((name) => `--${name}=-all,+net_raw`);
    const raw = ['setpriv', '--reuid=65534', '--clear-groups', ...caps, process.execPath, MAIN]; // as in examples/systemd
    expect((await lab.start([...raw, 'interfaces']).ended()).status).toBe(0);
    const hidden = 'for f in $(ldconfig -p | grep -o "/.*libpcap.*"); do mount --bind /dev/null $f; done';
    const line = `${hidden}; ${process.execPath} ${MAIN} capture -i p0`;
    const without = await lab.start(['unshare', '--mount', 'sh', '-c', line]).ended();
    expect(without.status).toBe(3);
    expect(without.stderr).toContain('libpcap is not installed');
  });

  it.each(['libpcap.so.1', 'libpcap.so.0.8', 'libpcap.so.8', 'libpcap.so'])('takes libpcap as %s', async (name) => {
    const own = join(folder, `as-${name}`);
    const line = `
      real=$(ldconfig -p | sed -n 's,.* => \\(/.*libpcap\\.so\\.0\\.8\\)$,\\1,p' | head -1)
      mkdir -p ${own}; cp -L "$real" ${own}/${name}
      for f in $(ldconfig -p | grep -o "/.*libpcap.*"); do mount --bind /dev/null $f; done
      LD_LIBRARY_PATH=${own} exec ${process.execPath} ${MAIN} capture -i p0 -a duration:1`;
    const outcome = await lab.start(['unshare', '--mount', 'sh', '-ec', line]).ended();
    expect(outcome.stderr).toContain('Capturing p0');
    expect(outcome.status).toBe(4); // no traffic
  });

  it('captures the members of a bond', async () => {
    // This kernel may have no bonds: what it would say of one is put over what it says.
    const net = join(folder, 'net');
    const tell = (path: string, text: string) => {
      mkdirSync(dirname(join(net, path)), { recursive: true });
      writeFileSync(join(net, path), text);
    };
    for (const name of ['bond0', 'bond1', ...PORTS]) tell(`${name}/flags`, '0x1003\n');
    tell('bond0/bonding/slaves', 'p1 p2\n');
    tell('bond1/bonding/slaves', '\n');
    for (const name of ['bond0', 'bond1']) tell(`${name}/bonding/mode`, '802.3ad 4\n');
    const command = (...words: readonly string[]) => {
      const line = `mount --bind ${net} /sys/class/net; exec "$@"`;
      return lab.start(['unshare', '--mount', 'sh', '-c', line, 'sh', process.execPath, MAIN, ...words]);
    };
    const running = command('capture', '-i', 'bond0', '-c', '10', '--json');
    await running.says('Capturing p1, p2.');
    lab.send(sample);
    expect(framesOf(documentOf(await running.ended())).length).toBe(2);
    const alone = await command('capture', '-i', 'p1', '-a', 'duration:1', '-q').ended();
    expect(alone.stderr).toContain('p1 is one member of bond0 only. -i bond0 captures all of them.');
    expect((await command('capture', '-i', 'bond1').ended()).stderr).toContain('the aggregate has no members');
    const listed = (await command('interfaces').ended()).stdout;
    expect(listed).toMatch(/^bond0 .*802\.3ad: p1 p2$/m);
    expect(listed).toMatch(/^p2 .*member of bond0$/m);
    expect(listed).toContain('All members of bond0: lacpscope capture -i bond0');
  });

  it('drops whole frames where nobody reads, counts them, and never grows', async () => {
    const script = `
      import { captureAddon } from ${JSON.stringify(join(ROOT, 'dist/sources/live/addon.js'))};
      const port = captureAddon().openPort({ device: 'p0', queueOctets: 65536 }, () => undefined);
      console.error('listening');
      process.stdin.once('data', () => {
        const into = new Uint8Array(1 << 20);
        const octets = port.read(into);
        let frames = 0;
        for (let at = 0; at < octets; frames++) at += 16 + new DataView(into.buffer).getUint32(at + 8, true);
        console.log(JSON.stringify({ frames, octets, ...port.counters() }));
        port.close();
        process.exit();
      });
      setInterval(() => console.error('received ' + port.counters().received), 50);`;
    const reader = lab.start([process.execPath, '--input-type=module', '-e', script]);
    await reader.says('listening');
    const sent = lab.send({ s0: sample.s2! });
    await reader.says(`received ${sent}`);
    reader.child.stdin!.end('read');
    const { frames, octets, droppedByQueue, droppedByKernel } = JSON.parse((await reader.ended()).stdout);
    expect(octets).toBeLessThanOrEqual(65536);
    expect(frames + droppedByQueue + droppedByKernel).toBe(sent);
    expect(droppedByQueue).toBeGreaterThan(1000);
  });

  it.skipIf(!hasCap)('takes the npm package cap instead, and says what that forbids to conclude', async () => {
    // It has the kernel keep 64 KiB for each frame, whatever its size, and loses bursts that are larger than its buffer.
    const two = ['-i', 'p0', '-i', 'p1', '--backend', 'cap', '--json', '-B', '64', '-c', '433'];
    const running = lab.lacpscope('capture', ...two);
    await running.says('Capturing p0, p1');
    const sent = lab.send({ s0: sample.s0! });
    const analysis = documentOf(await running.ended());
    expect(framesOf(analysis)).toEqual([sent, 0]);
    expect(analysis.inputs[0]).toMatchObject({ drops: { kernel: null, interface: null }, snapLength: 128 });
    expect(analysis.quality).toMatchObject({ droppedFrames: null, skew: { bound: 1 } });
    expect(analysis.quality.limits.join()).toMatch(/order of frames of different ports[\s\S]*counts no lost frames/);
    const hidden = ['mount', '-t', 'tmpfs', 'tmpfs', join(ROOT, 'node_modules/cap')];
    const line = `${hidden.join(' ')}; exec ${process.execPath} ${MAIN} capture -i p0 --backend cap`;
    const without = await lab.start(['unshare', '--mount', 'sh', '-c', line]).ended();
    expect(without).toMatchObject({ status: 3, stdout: '' });
    expect(without.stderr).toContain('npm rebuild cap');
  });

  it('lists the ports that can be captured', async () => {
    const listed = await lab.lacpscope('interfaces').ended();
    expect(listed).toMatchObject({ status: 0, stderr: '' });
    expect(listed.stdout).toMatch(/^p0 +up +10 Gbit\/s$/m);
    expect(await lab.lacpscope('-D').ended()).toMatchObject({ stdout: listed.stdout });
    expect(await lab.lacpscope('capture', '-D').ended()).toMatchObject({ stdout: listed.stdout });
  });
});

function total({ inputs }: Analysis) {
  const drops = inputs.reduce((sum, each) => sum + (each.drops.kernel ?? 0) + (each.drops.interface ?? 0), 0);
  return { drops, frames: inputs.reduce((sum, { frames }) => sum + frames, 0) };
}

/** What does not depend on the container, flow by flow: examples are chosen by the order in which inputs were read. */
const comparable = ({ capture, directions, directionSplit, lacp }: Analysis) => ({
  capture,
  biflows: directionSplit.biflows,
  lacp: lacp.ports,
  directions: [directions.ingress, directions.egress].map(({ ports, topFlows, distribution, hash, pingPong }) => ({
    ports: ports.map(({ linkBitsPerSecond, linkRateBasis, utilisation, ...counted }) => counted),
    flows: topFlows.map((flow) => JSON.stringify(flow)).sort(),
    kind: distribution.kind,
    fields: hash?.fields.map(({ field, verdict }) => [field, verdict]),
    pingPong: pingPong.length,
  })),
});

/** Of an Ethernet capture in this byte order: each frame with an 802.1Q tag. */
function withVlan(pcap: Buffer, vlan: number): Buffer {
  const edges = recordEdges(pcap);
  const records = edges.slice(0, -1).flatMap((at, n) => {
    const head = Buffer.from(pcap.subarray(at, at + 16));
    head.writeUInt32LE(head.readUInt32LE(8) + 4, 8);
    head.writeUInt32LE(head.readUInt32LE(12) + 4, 12);
    const macs = pcap.subarray(at + 16, at + 28);
    return [head, macs, Buffer.from([0x81, 0, 0, vlan]), pcap.subarray(at + 28, edges[n + 1])];
  });
  return Buffer.concat([pcap.subarray(0, 24), ...records]);
}
