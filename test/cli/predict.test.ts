import { beforeAll, describe, expect, it } from 'vitest';
import type { Analysis } from '../../src/document/schema.js';
import { CAPTURES, documentOf, lacpscope, put, withFolder } from './lacpscope.js';

let analysis: Analysis;
beforeAll(() => {
  analysis = documentOf(lacpscope(['analyze', ...CAPTURES, '--json', '--job', '16TiB', '--clients', '4']));
});

/** With the saved document alone, in a folder of its own. */
function withRules(change: (document: Analysis) => unknown, args: readonly string[], input?: string) {
  let outcome = lacpscope(['help']);
  withFolder((folder) => {
    put(folder, 'rules.json', JSON.stringify(change(structuredClone(analysis))));
    outcome = lacpscope(args, { cwd: folder, input });
  });
  return outcome;
}

const asIs = (document: Analysis) => document;
const OUT = ['--src', '10.20.30.10', '--dst', '10.20.30.101', '--sport', '5201'];
const RULES = ['predict', '--rules', 'rules.json'];

describe('lacpscope predict', () => {
  it('answers from the saved document alone', () => {
    const { status, stdout, stderr } = withRules(asIs, [...RULES, ...OUT, '--dport', '5301']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^igb\d, by the rule \(100 %\)\n {2}10\.20\.30\.10:5201 -> 10\.20\.30\.101:5301/);
  });

  it('knows flows that were seen, and says so', () => {
    const [{ flow, port }] = analysis.directions.egress.topFlows;
    const { stdout } = withRules(asIs, [
      ...RULES,
      ...OUT.slice(0, 2),
      '--dst',
      flow.ipDst!,
      '--sport',
      `${flow.srcPort}`,
      '--dport',
      `${flow.dstPort}`,
    ]);
    expect(stdout).toContain(`${port}, certain`);
  });

  it('answers many at once: ranges on the command line, lines of standard input', () => {
    const ranged = withRules(asIs, [...RULES, ...OUT, '--dport', '5301-5308', '--json']);
    const flows = JSON.parse(ranged.stdout).flows as { flow: { dstPort: number }; port: string }[];
    expect(flows.map(({ flow }) => flow.dstPort)).toEqual([5301, 5302, 5303, 5304, 5305, 5306, 5307, 5308]);
    const lines = flows.map(({ flow }) => `10.20.30.10 10.20.30.101 5201 ${flow.dstPort}`).join('\n');
    const read = withRules(asIs, ['predict', '-', '--rules', 'rules.json', '--json'], `# these eight\n${lines}\n`);
    expect(JSON.parse(read.stdout)).toEqual(JSON.parse(ranged.stdout));
    expect(withRules(asIs, [...RULES, ...OUT, '--dport', '5301-5308']).stdout.split('\n')[0]).toMatch(
      /^FLOW +LINK +HOW SURE$/,
    );
  });

  it('takes MAC addresses for all lines, and options that lines would contradict are refused', () => {
    const byMacs = ['predict', '-', '--policy', 'linux-layer2', '--ports', '4', '--json'];
    const macs = ['--smac', '02:00:00:00:0a:10', '--dmac', '02:5e:00:00:00:2b'];
    const { status, stdout } = lacpscope([...byMacs, ...macs], { input: '192.0.2.1 198.51.100.7 5201 40000\n' });
    expect(status).toBe(0);
    expect(JSON.parse(stdout).flows[0].bucket).toBe((0x10 ^ 0x2b ^ 0x0800) % 4);
    for (const more of [['--src', '192.0.2.9'], ['--dport', '7'], [...macs.slice(0, 2)]]) {
      const refused = lacpscope([...byMacs, ...macs, ...more], { input: '192.0.2.1 198.51.100.7 5201 40000\n' });
      expect(refused).toMatchObject({ status: 2, stdout: '' });
      expect(refused.stderr).toContain(more[0]);
    }
  });

  it('cannot tell without a rule: status 4, and what would tell', () => {
    const back = ['--src', '10.20.30.101', '--dst', '10.20.30.10', '--sport', '5301', '--dport', '5201'];
    const { status, stdout } = withRules(asIs, [...RULES, ...back]);
    expect(status).toBe(4);
    expect(stdout).toContain('What would tell: experiment');
  });

  it('needs no capture for a published formula', () => {
    const args = [
      'predict',
      '--policy',
      'linux-layer3+4',
      '--src',
      '192.0.2.20-23',
      '--dst',
      '192.0.2.10',
      '--sport',
      '40000',
      '--dport',
      '2049',
    ];
    const buckets = lacpscope([...args, '--ports', '4']);
    expect(buckets.stdout).toContain('The order of the links is not known');
    const ports = lacpscope([...args, '--port-order', 'igb3,igb2,igb1,igb0', '--json']);
    const flows = JSON.parse(ports.stdout).flows as { bucket: number; port: string }[];
    expect(flows.map(({ port }) => port)).toEqual(flows.map(({ bucket }) => `igb${3 - bucket}`));
    // 40000 and 2049 are 9c40 and 0801; the bytes XORed with those of the addresses, the lowest bit dropped, modulo 4
    const fold = (client: number) => 0x9c ^ 0x40 ^ 0x08 ^ 0x01 ^ client ^ 10;
    expect(flows.map(({ bucket }) => bucket)).toEqual([20, 21, 22, 23].map((client) => (fold(client) >>> 1) & 3));
  });

  it.each([
    [['predict'], 'Give --rules'],
    [['predict', '--policy', 'linux-layer3+4', '--src', '1.1.1.1'], '--ports'],
    [['predict', '--policy', 'linux-layer34', '--ports', '4', '--src', '1.1.1.1'], 'linux-layer3+4'],
    [['predict', '--policy', 'linux-layer2', '--ports', '4', '--src', '1.1.1'], 'not an IP address'],
    [
      ['predict', '--policy', 'linux-layer2', '--ports', '4', '--sport', '9-5', '--src', '1.1.1.1'],
      'ends before it begins',
    ],
    [
      [
        'predict',
        '--policy',
        'linux-layer2',
        '--ports',
        '4',
        '--sport',
        '0-65535',
        '--dport',
        '0-99',
        '--src',
        '1.1.1.1',
      ],
      'are the most',
    ],
    [['predict', '--policy', 'linux-layer2', '--ports', '4'], 'Which flow?'],
    [
      ['predict', '--policy', 'linux-layer2', '--ports', '3', '--port-order', 'a,b', '--src', '1.1.1.1'],
      'names 2 links',
    ],
    [['plan'], 'Give --rules'],
    [['analyze', '--clients', '4', 'x.pcap'], '--job'],
    [['analyze', '--job', '16 apples', 'x.pcap'], 'not a size'],
  ])('refuses %j', (args, why) => {
    const { status, stderr } = lacpscope(args);
    expect(stderr).toContain(why);
    expect(status).toBe(2);
  });

  it.each([
    [
      'of another version',
      (document: Analysis) => ({ ...document, schema: 'lacpscope/analysis@2' }),
      'lacpscope/analysis@2',
    ],
    [
      'of an older lacpscope',
      ({ plan: _, ...document }: Analysis) => ({ ...document, tool: { name: 'lacpscope', version: '0.0.1' } }),
      'It is of lacpscope 0.0.1',
    ],
    ['that is none', () => ({ anything: 1 }), 'not an analysis document'],
  ])('refuses a document %s with status 3', (_, change, why) => {
    const { status, stderr } = withRules(change as (document: Analysis) => unknown, [
      ...RULES,
      ...OUT,
      '--dport',
      '5301',
    ]);
    expect(stderr).toContain(why);
    expect(status).toBe(3);
  });

  it('says which policy of an edited document it does not know', () => {
    const edited = withRules(
      (document) => {
        document.directions.egress.hash!.function!.members[0]!.policy = 'linux-layer5';
        return document;
      },
      [...RULES, ...OUT, '--dport', '5301'],
    );
    expect(edited.status).toBe(3);
    expect(edited.stderr).toContain('linux-layer5');
    expect(edited.stderr).not.toContain('this is a bug');
  });
});

describe('lacpscope plan', () => {
  it('gives each client a link, and predict agrees', () => {
    const { status, stdout } = withRules(asIs, ['plan', '--rules', 'rules.json', '--json']);
    expect(status).toBe(0);
    const { assignments, server } = JSON.parse(stdout) as {
      server: string;
      assignments: { peer: string; change: string; port: string }[];
    };
    for (const { peer, change, port } of assignments) {
      const args = [
        '--src',
        '10.20.30.10',
        '--dst',
        peer,
        '--sport',
        server.split(':')[1]!,
        '--dport',
        change.split(' ')[2]!,
      ];
      expect(withRules(asIs, [...RULES, ...args]).stdout.startsWith(`${port}, `)).toBe(true);
    }
  });

  it('refuses where no rule is known, and says why', () => {
    const { status, stdout, stderr } = withRules(asIs, ['plan', '--rules', 'rules.json', '--direction', 'in']);
    expect([status, stdout]).toEqual([4, '']);
    expect(stderr).toContain('no rule is known for this direction');
  });
});

describe('a job', () => {
  it('is in the document, the text and the report of the same run', () => {
    expect(analysis.job).toMatchObject({ octets: 16 * 2 ** 40, clients: 4, links: 4 });
    const text = lacpscope(['analyze', ...CAPTURES, '--job', '16TiB', '--clients', '4']).stdout;
    expect(text).toContain('JOB  17.6 TB in equal parts with 4 clients');
    const html = lacpscope(['analyze', ...CAPTURES, '--job', '16TiB', '--clients', '4', '--format', 'html']).stdout;
    expect(html).toContain('How long the job takes');
  });
});
