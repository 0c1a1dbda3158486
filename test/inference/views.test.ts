import { describe, expect, it } from 'vitest';
import { TUNNEL } from '../../src/engine/pass.js';
import type { HashRow } from '../../src/flows/rows.js';
import { viewsOf } from '../../src/inference/fields/views.js';
import { libraryFor } from '../../src/inference/functions/library.js';
import { inferHash } from '../../src/inference/infer.js';
import { seeded } from '../../src/stats/random.js';
import { ip, row, rowsOf } from '../unit/inference/rows.js';

const layer34 = libraryFor({ ports: [4], rows: [row()] }).find(({ id }) => id === 'linux-layer3+4')!;

/** Flows between two tunnel ends; VXLAN with a source port drawn from the inner flow, GRE without ports. */
function tunnelled(
  tunnel: number,
  flows: number,
  port: (outer: HashRow, inside: HashRow) => number,
  unnamed: (inner: { readonly srcIp: Uint8Array }) => string = () => '',
): HashRow[] {
  const random = seeded(3);
  return Array.from({ length: flows }, () => {
    const srcIp = ip(`10.1.0.${1 + random.below(40)}`);
    const inner = {
      tunnel,
      unnamed: unnamed({ srcIp }),
      srcIp,
      dstIp: ip(`10.2.0.${1 + random.below(9)}`),
      protocol: 6,
      srcPort: 32768 + random.below(28000),
      dstPort: [80, 443, 5201][random.below(3)],
    };
    const udp = tunnel === TUNNEL.vxlan;
    const outer = row({
      srcIp: ip('192.0.2.1'),
      dstIp: ip('192.0.2.2'),
      protocol: udp ? 17 : 47,
      srcPort: udp ? 49152 + random.below(16000) : 0,
      dstPort: udp ? 4789 : 0,
      inner,
    });
    return { ...outer, port: port(outer, { ...outer, ...inner }) % 4 };
  });
}

const inferred = (rows: readonly HashRow[]) => {
  const result = inferHash(rowsOf(rows, 4))!;
  return { ...result, verdict: Object.fromEntries(result.fields.map((f) => [f.field, f.verdict])) };
};

describe('views into tunnels', () => {
  it('are compared only where they differ', () => {
    const gre = tunnelled(TUNNEL.gre, 3, () => 0);
    const vxlan = tunnelled(TUNNEL.vxlan, 3, () => 0);
    expect(viewsOf([row()])).toEqual(['outer']);
    expect(viewsOf(gre.slice(0, 1))).toEqual(['outer']);
    expect(viewsOf(gre)).toEqual(['outer', 'inner']);
    expect(viewsOf(vxlan)).toEqual(['outer', 'overlay']);
    expect(viewsOf([...gre, ...vxlan])).toEqual(['outer', 'inner', 'overlay']);
  });

  it('name the function of a sender that reads the outer headers of VXLAN', () => {
    const { function: found, verdict } = inferred(tunnelled(TUNNEL.vxlan, 200, (outer) => layer34.value(outer)));
    expect(found?.id).toBe('linux-layer3+4');
    expect(found?.alternatives).toContain('linux-encap3+4'); // which does not look into VXLAN: the same here
    expect(verdict).toMatchObject({ 'l4.srcport': 'used', 'inner.ip.src': 'unused', 'inner.l4.srcport': 'unused' });
  });

  it('say that a sender reads inside of VXLAN, and name no function that does not', () => {
    const { function: found, verdict } = inferred(tunnelled(TUNNEL.vxlan, 200, (_, inside) => layer34.value(inside)));
    expect(verdict).toMatchObject({ 'inner.ip.src': 'used', 'inner.l4.srcport': 'used' });
    expect(verdict['l4.srcport']).not.toBe('used');
    expect(found?.id ?? '').not.toMatch(/linux/);
  });

  it('say nothing of inner addresses where networks of their own may be what is hashed', () => {
    const table = Array.from({ length: 64 }, (_, i) => (i * 2654435761) >>> 13);
    const byNetwork = (_: HashRow, inside: HashRow) => table[inside.srcIp[3]!]!;
    const one = inferred(tunnelled(TUNNEL.vxlan, 300, byNetwork));
    expect(one.verdict['inner.ip.src']).toBe('used');
    const each = inferred(tunnelled(TUNNEL.vxlan, 300, byNetwork, ({ srcIp }) => `${srcIp[3]}`));
    expect(each.verdict['inner.ip.src']).not.toBe('used');
    expect(each.verdict['inner.l4.srcport']).toBe('unused');
    // A known function that predicts every flow decides all the same.
    const known = tunnelled(
      TUNNEL.gre,
      200,
      (_, inside) => layer34.value(inside),
      ({ srcIp }) => `${srcIp[3]}`,
    );
    expect(inferred(known).verdict['inner.ip.src']).toBe('used');
  });

  it('name Linux’ encapsulation policy where it reads inside of GRE', () => {
    const { function: found } = inferred(tunnelled(TUNNEL.gre, 200, (_, inside) => layer34.value(inside)));
    expect(found?.id).toBe('linux-encap3+4');
  });
});
