/** The parser of Prometheus's own Python client reads what we write, and reads the same. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { openMetrics, prometheusText } from '../../src/live/metrics/exposition.js';
import { type Family, familiesOf } from '../../src/live/metrics/families.js';
import { FIRST_STATE, hostileState, manyPorts, PING_PONG_STATE, STATE } from '../helpers/live-state.js';

// Debian's, whatever python3 is first on the path.
const PYTHON = '/usr/bin/python3';
const READ = `
import json, sys
module = 'openmetrics.parser' if sys.argv[1] == 'open' else 'parser'
parser = __import__('prometheus_client.' + module, fromlist=['x'])
families = parser.text_string_to_metric_families(sys.stdin.buffer.read().decode('utf-8'))
json.dump([[f.name, f.type, f.unit, f.documentation, [[s.name, s.labels, s.value] for s in f.samples]] for f in families], sys.stdout)
`;
const isThere = spawnSync(PYTHON, ['-c', 'import prometheus_client.openmetrics.parser']).status === 0;

type Read = [
  name: string,
  type: string,
  unit: string,
  help: string,
  samples: [string, Record<string, string>, number][],
];

function parsed(format: 'open' | 'plain', text: string): Read[] {
  const { stdout, stderr, status } = spawnSync(PYTHON, ['-c', READ, format], { input: text, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout) as Read[];
}

const suffix = (type: Family['type']) => (type === 'counter' ? '_total' : type === 'info' ? '_info' : '');
const states = { usual: STATE, pingPong: PING_PONG_STATE, first: FIRST_STATE, many: manyPorts(32) };
const all = { ...states, hostile: hostileState(PING_PONG_STATE), none: null };

describe.skipIf(!isThere)('the Prometheus client (Debian: python3-prometheus-client)', () => {
  it.each(Object.entries(all))('reads OpenMetrics of the state "%s" as it was meant', (_, state) => {
    const families = familiesOf(state);
    const expected = families.map(({ name, type, unit = '', help, samples }) => [
      ...[name, type, unit, help],
      samples.map(({ labels, value }) => [name + suffix(type), labels, value]),
    ]);
    expect(parsed('open', openMetrics(families))).toEqual(expected);
  });

  it.each(Object.entries(all))('reads the older format of the state "%s" as well', (_, state) => {
    const families = familiesOf(state);
    const samples = (read: readonly Read[]) => read.flatMap(([, , , , each]) => each);
    const expected = families.flatMap(({ name, type, samples: each }) =>
      each.map(({ labels, value }) => [name + suffix(type), labels, value]),
    );
    expect(samples(parsed('plain', prometheusText(families)))).toEqual(expected);
  });

  it('would refuse what is not OpenMetrics', () => {
    const broken = openMetrics(familiesOf(STATE)).replaceAll('_total{', '{');
    expect(spawnSync(PYTHON, ['-c', READ, 'open'], { input: broken }).status).not.toBe(0);
  });
});
