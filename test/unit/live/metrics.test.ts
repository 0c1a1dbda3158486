import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import { metricsAddress } from '../../../src/live/metrics/address.js';
import {
  formatFor,
  OPEN_METRICS,
  openMetrics,
  PROMETHEUS,
  prometheusText,
} from '../../../src/live/metrics/exposition.js';
import { familiesOf } from '../../../src/live/metrics/families.js';
import { checkTextfile } from '../../../src/live/metrics/textfile.js';
import { FIRST_STATE, hostileState, PING_PONG_STATE, STATE, unknownRates } from '../../helpers/live-state.js';

const samplesOf = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('metrics', () => {
  it('say what the state says', () => {
    const said = samplesOf(openMetrics(familiesOf(PING_PONG_STATE)));
    for (const line of [
      `lacpscope_link_bytes_total{link="igb2",direction="ingress"} ${STATE.ports[2]!.ingress.octets}`,
      'lacpscope_link_utilization_ratio{link="igb2",direction="ingress"} 0.9988',
      'lacpscope_link_speed_bytes_per_second{link="igb0"} 125000000',
      'lacpscope_capture_dropped_frames_total 0',
      'lacpscope_pingpong_flows{direction="ingress"} 1',
      'lacpscope_pingpong_flows{direction="egress"} 0',
      'lacpscope_link_lacp_state{link="igb0",lacpscope_link_lacp_state="aggregated"} 1',
      'lacpscope_link_lacp_state{link="igb0",lacpscope_link_lacp_state="expired"} 0',
      'lacpscope_imbalance_ratio{direction="ingress"} 4',
      'lacpscope_imbalance_ratio{direction="egress"} 1',
      'lacpscope_hash_function_info{direction="egress",function="linux-layer3+4"} 1',
      'lacpscope_findings{id="pingpong-round-robin",severity="fault"} 1',
      'lacpscope_last_analysis_timestamp_seconds 1795332470',
    ]) {
      expect(said).toContain(line);
    }
  });

  it('say nothing of what is not known', () => {
    const unknown = { ...unknownRates(FIRST_STATE), dropped: null };
    const text = openMetrics(familiesOf(unknown));
    expect(text).not.toMatch(/utilization|speed|pingpong|lacp_state|last_|imbalance|capture_dropped/);
    expect(samplesOf(openMetrics(familiesOf(null)))).toHaveLength(1); // the build
    const ended = STATE.ports.map((port) => ({ ...port, isCaptured: port.name !== 'igb2' }));
    const text2 = openMetrics(familiesOf({ ...STATE, ports: ended }));
    expect(text2).toContain('lacpscope_link_captured{link="igb2"} 0');
    expect(text2).not.toContain('lacpscope_link_utilization_ratio{link="igb2"');
  });

  it.each([
    ['OpenMetrics', openMetrics],
    ['Prometheus', prometheusText],
  ])('are well formed as %s, whatever the names', (_, write) => {
    for (const state of [STATE, PING_PONG_STATE, hostileState(PING_PONG_STATE), FIRST_STATE, null]) {
      const text = write(familiesOf(state));
      expect(text.endsWith('\n')).toBe(true);
      const samples = samplesOf(text);
      for (const line of samples) {
        expect(line).toMatch(/^lacpscope_[a-z_]+(\{([a-z_]+="([^"\\]|\\["\\n])*",?)+\})? [\d.e+-]+$/);
      }
      const keys = samples.map((line) => line.replace(/ \S+$/, ''));
      expect(new Set(keys).size).toBe(keys.length);
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    }
  });

  it('are all in the README, by the name a query has', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
    const names = samplesOf(openMetrics(familiesOf(PING_PONG_STATE))).map((line) => line.replace(/[{ ].*/, ''));
    for (const name of new Set(names)) expect(readme).toContain(`\`${name}\``);
  });

  it('keep to the rules of OpenMetrics on names, units and the end', () => {
    const families = familiesOf(PING_PONG_STATE);
    for (const { name, unit, type, help, samples } of families) {
      if (unit !== undefined) expect(name.endsWith(`_${unit}`)).toBe(true);
      expect(name).not.toMatch(/_(total|info|created|bucket)$/);
      expect(help).toMatch(/\.$/);
      if (type === 'counter') for (const { value } of samples) expect(value).toBeGreaterThanOrEqual(0);
    }
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
    expect(openMetrics(families).split('\n').slice(-2)).toEqual(['# EOF', '']);
    expect(prometheusText(families)).not.toMatch(/# (EOF|UNIT)|stateset|TYPE \S+ info/);
    expect(prometheusText(families)).toContain('# TYPE lacpscope_link_bytes_total counter');
  });
});

describe('the format', () => {
  // As Prometheus 2.53 and 3 send it, curl, a browser, and RFC 9110's rules.
  const prometheus2 =
    'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
  const prometheus3 =
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
  it.each([
    [prometheus2, OPEN_METRICS],
    [prometheus3, OPEN_METRICS],
    ['*/*', PROMETHEUS],
    [undefined, PROMETHEUS],
    ['text/html,application/xhtml+xml,*/*;q=0.8', PROMETHEUS],
    ['application/openmetrics-text; version="1.0.0"', OPEN_METRICS],
    ['application/openmetrics-text;version=2.0.0', PROMETHEUS],
    ['application/openmetrics-text;q=0, text/plain', PROMETHEUS],
    ['application/openmetrics-text;q=0.3,text/plain;q=0.9', PROMETHEUS],
    ['application/openmetrics-text;q=x', PROMETHEUS],
  ])('for %s is %s', (accept, format) => {
    expect(formatFor(accept)).toBe(format);
  });
});

describe('the address of metrics', () => {
  it.each([
    ['127.0.0.1:9470', { host: '127.0.0.1', port: 9470 }],
    ['[::1]:9470', { host: '::1', port: 9470 }],
    ['localhost:9470', { host: '127.0.0.1', port: 9470 }],
    [':9470', { host: '127.0.0.1', port: 9470 }],
    ['9470', { host: '127.0.0.1', port: 9470 }],
    ['127.9.9.9:1', { host: '127.9.9.9', port: 1 }],
  ])('%s is of this machine', (text, address) => {
    expect(metricsAddress(text, false)).toEqual(address);
  });

  it.each(['0.0.0.0:9470', '[::]:9470', '192.0.2.1:9470', '[::ffff:192.0.2.1]:9470', '[fe80::1]:9470'])(
    '%s is refused, unless it is said twice',
    (text) => {
      expect(() => metricsAddress(text, false)).toThrow(/--metrics-anywhere/);
      expect(metricsAddress(text, true).port).toBe(9470);
    },
  );

  it.each(['', 'x', ':0', ':65536', '127.0.0.1', '::1:9470', '[127.0.0.1]:1', 'example.org:9470', '[]:1', '1.2.3:4'])(
    '%j is no address',
    (text) => {
      for (const isAnywhere of [false, true]) expect(() => metricsAddress(text, isAnywhere)).toThrow(UsageError);
    },
  );

  it('of a file ends in .prom', () => {
    expect(checkTextfile('/var/lib/lag.prom')).toBe('/var/lib/lag.prom');
    for (const path of ['lag.txt', '.prom', 'lag.prom.tmp', '/x/.prom'])
      expect(() => checkTextfile(path)).toThrow(UsageError);
  });
});
