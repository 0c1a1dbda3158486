import { spawnSync } from 'node:child_process';
import { copyFileSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../src/document/schema.js';
import { CAPTURES, capture, documentOf, lacpscope, MAIN, put, SAMPLE, withFolder } from './lacpscope.js';

const portsOf = (analysis: Analysis) => analysis.inputs.map(({ port }) => port);

/** What a port carried, without its name and the name of its source. */
const loads = ({ directions }: Analysis) =>
  [directions.ingress, directions.egress].map(({ ports }) =>
    ports.map(({ frames, octets, flows }) => [frames, octets, flows]),
  );

const plain = documentOf(lacpscope(['analyze', ...CAPTURES, '--json']));

describe('the inputs', () => {
  it('are named after their files', () => {
    expect(portsOf(plain)).toEqual(['igb0', 'igb1', 'igb2', 'igb3']);
    expect(plain.inputs.map(({ frames }) => frames)).toEqual([433, 1600, 6116, 983]);
  });

  it('may be named', () => {
    const named = documentOf(lacpscope(['analyze', ...CAPTURES.map((file, n) => `Gi1/0/${n + 1}=${file}`), '--json']));
    expect(portsOf(named)).toEqual(['Gi1/0/1', 'Gi1/0/2', 'Gi1/0/3', 'Gi1/0/4']);
    expect(loads(named)).toEqual(loads(plain));
  });

  it('are taken whole where a file has "=" in its name', () => {
    withFolder((folder) => {
      const path = put(folder, 'rate=1G.pcap', capture('igb0.pcap'));
      const found = documentOf(lacpscope(['analyze', path, ...CAPTURES.slice(1), '--json']));
      expect(found.inputs[0]).toMatchObject({ frames: 433, port: 'rate=1G' });
      expect(documentOf(lacpscope(['analyze', `x=${path}`, ...CAPTURES.slice(1), '--json'])).inputs[0]!.port).toBe('x');
    });
  });

  it('lose the suffix that dumpcap adds to the names of a ring', () => {
    withFolder((folder) => {
      const path = put(folder, 'igb0_00001_20140811184002.pcap', capture('igb0.pcap'));
      expect(portsOf(documentOf(lacpscope(['analyze', path, ...CAPTURES.slice(1), '--json'])))[0]).toBe('igb0');
    });
  });

  it.each([
    ['-r', 'igb0.pcap', '-r', 'igb1.pcap', '-r', 'igb2.pcap', '-r', 'igb3.pcap'],
    ['-r', 'igb0.pcap', ...CAPTURES.slice(1)],
  ])('may be given as tcpdump takes them: %s %s %s …', (...args) => {
    expect(loads(documentOf(lacpscope(['analyze', ...args, '--json'])))).toEqual(loads(plain));
  });

  it('may come from standard input', () => {
    for (const word of ['igb2=-', '-']) {
      const args = ['analyze', 'igb0.pcap', 'igb1.pcap', word, 'igb3.pcap', '--json'];
      const piped = documentOf(lacpscope(args, { input: capture('igb2.pcap') }));
      expect(loads(piped)).toEqual(loads(plain));
      if (word !== '-') expect(portsOf(piped)).toEqual(portsOf(plain));
    }
  });

  it('may come from standard input packed', () => {
    const args = ['analyze', 'igb0.pcap', 'igb1.pcap', 'igb2=-', 'igb3.pcap', '--json'];
    const piped = documentOf(lacpscope(args, { input: gzipSync(capture('igb2.pcap')) }));
    expect(piped.inputs[2]).toMatchObject({ compression: 'gzip', frames: 6116, complete: true });
    expect(loads(piped)).toEqual(loads(plain));
    const cut = lacpscope(args, { input: gzipSync(capture('igb2.pcap')).subarray(0, 5000) });
    expect(documentOf(cut).inputs[2]).toMatchObject({ compression: 'gzip', complete: false });
    expect(cut.stderr).toContain('the gzip data is damaged or cut off at its byte 5000: it ends too early');
  });

  it('may come from several pipes', () => {
    const line = `${process.execPath} ${MAIN} analyze igb0=/dev/fd/3 igb1=/dev/fd/4 igb2=- igb3.pcap --json 3< <(cat igb0.pcap) 4< <(cat igb1.pcap) < <(cat igb2.pcap)`;
    const { stdout, stderr } = spawnSync('bash', ['-c', line], { cwd: SAMPLE, encoding: 'utf8', maxBuffer: 1 << 28 });
    expect(stderr).toBe('');
    expect(loads(JSON.parse(stdout) as Analysis)).toEqual(loads(plain));
  });

  it('may be an open file descriptor', () => {
    const fd = openSync(join(SAMPLE, 'igb2.pcap'), 'r');
    const args = [MAIN, 'analyze', 'igb0.pcap', 'igb1.pcap', 'igb2=/dev/fd/3', 'igb3.pcap', '--json'];
    const { stdout } = spawnSync(process.execPath, args, {
      cwd: SAMPLE,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'inherit', fd],
    });
    expect(loads(JSON.parse(stdout) as Analysis)).toEqual(loads(plain));
  });
});

describe('the same captures', () => {
  it('give the same bytes from anywhere', () => {
    const there = lacpscope(['analyze', ...CAPTURES, '--json']).stdout;
    const fromRoot = lacpscope(['analyze', ...CAPTURES.map((file) => join(SAMPLE, file)), '--json'], {
      cwd: '/',
    }).stdout;
    expect(fromRoot).toBe(there);
    withFolder((folder) => {
      for (const file of CAPTURES) copyFileSync(join(SAMPLE, file), join(folder, file));
      expect(lacpscope(['analyze', ...CAPTURES, '--json'], { cwd: folder }).stdout).toBe(there);
    });
    expect(there).not.toContain(SAMPLE);
  });
});
