import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  CAPTURES,
  capture,
  documentOf,
  lacpscope,
  put,
  ROOT,
  recordEdges,
  withFolder,
  withFrames,
} from './lacpscope.js';

const OTHERS = CAPTURES.slice(1);
const asRoot = process.getuid?.() === 0;

/** Nothing is analysed: status 3, the name of the input, no output, and no stack trace. */
function expectRefused(path: string, says: RegExp, others = OTHERS) {
  const { status, stdout, stderr } = lacpscope(['analyze', path, ...others, '--json']);
  expect({ status, stdout }, stderr).toEqual({ status: 3, stdout: '' });
  expect(stderr).toMatch(says);
  expect(stderr).toContain(path);
  expect(stderr).not.toMatch(/^\s+at .*\.js/m);
}

it('says a hostile file name without obeying it', () => {
  withFolder((folder) => {
    const name = 'a\u001b[31mb\nc.pcap';
    const cut = put(folder, name, capture(CAPTURES[0]!).subarray(0, 3000));
    for (const path of [cut, `${cut}.gone`]) {
      const { stderr } = lacpscope(['analyze', '-q', path, ...OTHERS]);
      expect(stderr).toContain('a\\u{1b}[31mb');
      expect(stderr).not.toContain('\u001b');
    }
    expect(
      lacpscope(['analyze', '-q', cut, ...OTHERS])
        .stderr.trim()
        .split('\n'),
    ).toHaveLength(1);
  });
});

it('warns of the rate of a port that is not there', () => {
  const { status, stderr } = lacpscope(['analyze', '-q', ...CAPTURES, '--rate', 'igb9=1G']);
  expect(status).toBe(0);
  expect(stderr).toBe('lacpscope: warning: --rate igb9=…: there is no such port, but igb0, igb1, igb2, igb3.\n');
  expect(lacpscope(['analyze', '-q', ...CAPTURES, '--rate', 'igb2=1G']).stderr).toBe('');
});

describe('an input that cannot be read', () => {
  it('is refused by name when it is not there', () => {
    expectRefused('no-such.pcap', /no such file|not found|does not exist/i);
  });

  it('is refused when it is a folder', () => {
    withFolder((folder) => expectRefused(folder, /folder|directory/i));
  });

  it('is refused when it has 0 bytes', () => {
    withFolder((folder) => expectRefused(put(folder, 'empty.pcap', ''), /empty/i));
  });

  it('is refused when it is text, and says what it is not', () => {
    withFolder((folder) => expectRefused(put(folder, 'notes.txt', 'igb0 seems slow\n'.repeat(100)), /pcap/i));
  });

  it('is refused when it is a picture or noise', () => {
    withFolder((folder) => {
      expectRefused(put(folder, 'a.png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')), /pcap/i);
      expectRefused(put(folder, 'b.bin', Buffer.alloc(4096, 0xa5)), /pcap/i);
    });
  });

  it.each([
    ['bzip2', Buffer.from('BZh91AY&SY'), /bzip2|bunzip2/],
    ['xz', Buffer.from('fd377a585a000004', 'hex'), /xz/],
    ['zstd', Buffer.from('28b52ffd04000000', 'hex'), /zstd/],
  ])('is refused when it is packed with %s, with the command that unpacks it', (_, bytes, command) => {
    withFolder((folder) => expectRefused(put(folder, 'igb0.pcap', bytes), command));
  });

  it('is refused when the file header is cut', () => {
    withFolder((folder) =>
      expectRefused(put(folder, 'a.pcap', capture('igb0.pcap').subarray(0, 20)), /header|cut|short/i),
    );
  });

  it.skipIf(asRoot)('is refused when it may not be read', () => {
    withFolder((folder) => {
      const path = put(folder, 'a.pcap', capture('igb0.pcap'));
      chmodSync(path, 0);
      expectRefused(path, /permission/i);
    });
  });

  it.each([
    ['by its name', (folder: string) => [`${folder}/a.pcap`, `${folder}/a.pcap`]],
    ['by another name', (folder: string) => [`one=${folder}/a.pcap`, `two=${folder}/sub/../a.pcap`]],
  ])('is refused when it is given twice, %s', (_, names) => {
    withFolder((folder) => {
      put(folder, 'a.pcap', capture('igb0.pcap'));
      mkdirSync(`${folder}/sub`);
      const { status, stdout, stderr } = lacpscope(['analyze', ...names(folder), 'igb1.pcap', '--json']);
      expect([2, 3]).toContain(status);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/twice|same file/i);
    });
  });
});

describe('a damaged input', () => {
  it('is analysed up to where it is cut off, with a warning', () => {
    withFolder((folder) => {
      const whole = capture('igb0.pcap');
      const edges = recordEdges(whole);
      const path = put(folder, 'igb0.pcap', whole.subarray(0, edges[100]! + 30));
      const outcome = lacpscope(['analyze', path, ...OTHERS, '--json']);
      expect(outcome.status).toBe(0);
      expect(outcome.stderr).toContain('igb0.pcap');
      expect(outcome.stderr).toContain('Analysed up to there');
      const [input] = documentOf(outcome).inputs;
      expect(input).toMatchObject({ frames: 100, complete: false, damage: { offset: edges[100], framesBefore: 100 } });
    });
  });

  it('is analysed up to a record whose length cannot be', () => {
    withFolder((folder) => {
      const bytes = Buffer.from(capture('igb0.pcap'));
      const at = recordEdges(bytes)[50]!;
      bytes.writeUInt32LE(0x7fff_ffff, at + 8);
      const outcome = lacpscope(['analyze', put(folder, 'igb0.pcap', bytes), ...OTHERS, '--json']);
      expect(outcome.status).toBe(0);
      expect(outcome.stderr).toContain(`byte ${at}`);
      expect(documentOf(outcome).inputs[0]).toMatchObject({ frames: 50, complete: false, damage: { offset: at } });
    });
  });

  it('changes nothing that its other ports say', () => {
    withFolder((folder) => {
      const whole = capture('igb0.pcap');
      const path = put(folder, 'igb0.pcap', whole.subarray(0, recordEdges(whole)[100]! + 30));
      const ports = (args: string[]) =>
        documentOf(lacpscope(['analyze', ...args, '--json']))
          .directions.egress.ports.slice(1)
          .map(({ frames }) => frames);
      expect(ports([path, ...OTHERS])).toEqual(ports([...CAPTURES]));
    });
  });
});

describe('an unusual input', () => {
  it('without frames is an idle port, and no error', () => {
    withFolder((folder) => {
      const cwd = join(ROOT, 'samples/rr-pingpong'); // no LACP, which would say that a silent port is no member
      const members = ['igb0', 'igb1', 'igb2', 'igb3']; // whether a port without a frame is one, nothing says
      const path = put(
        folder,
        'igb9.pcap',
        withFrames(capture('igb0.pcap'), () => false),
      );
      const outcome = lacpscope(['analyze', ...CAPTURES, path, '--json'], { cwd });
      expect({ status: outcome.status, stderr: outcome.stderr }).toEqual({ status: 0, stderr: '' });
      expect(documentOf(outcome)).toMatchObject({ lag: { ports: members } });
      expect(documentOf(outcome).directions.ingress.ports.map(({ port }) => port)).toEqual([...members, 'igb9']);
      expect(documentOf(outcome).findings.map(({ id }) => id)).toContain('capture-port-empty');
      expect(documentOf(outcome).inputs[4]).toMatchObject({ frames: 0, complete: true });
    });
  });

  it('may be compressed with gzip, whatever its name', () => {
    withFolder((folder) => {
      const path = put(folder, 'igb0.pcap', gzipSync(capture('igb0.pcap')));
      const packed = documentOf(lacpscope(['analyze', path, ...OTHERS, '--json']));
      const plain = documentOf(lacpscope(['analyze', ...CAPTURES, '--json']));
      expect(packed.inputs[0]).toMatchObject({ compression: 'gzip', frames: 433, complete: true });
      expect(packed.directions).toEqual(plain.directions);
    });
  });
});
