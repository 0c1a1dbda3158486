import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import { policies, policyNamed } from '../../../src/policies/catalogue.js';
import { NO_VALUE, type PolicyKey } from '../../../src/policies/policy.js';

const ip = (...bytes: number[]) => Uint8Array.from(bytes);
const packet: PolicyKey = {
  srcMac: 0x020000000a01,
  dstMac: 0x020000000a02,
  etherType: 0x0800,
  vlan: 0,
  srcIp: ip(192, 168, 1, 11),
  dstIp: ip(192, 168, 1, 5),
  protocol: 6,
  srcPort: 50123,
  dstPort: 5201,
  flowLabel: 0,
};

describe('the catalogue', () => {
  it('has every id once, and finds each by it', () => {
    const ids = policies().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const policy of policies()) {
      const named = policyNamed(policy.id);
      expect({ ...named, value: null, bucket: null }).toEqual({ ...policy, value: null, bucket: null });
      expect(named.value(packet), policy.id).toBe(policy.value(packet));
    }
  });

  it('finds the other names of a formula, and they choose alike', () => {
    for (const policy of policies()) {
      for (const name of policy.alsoKnownAs) {
        for (const ports of [2, 3, 4, 5, 6, 7, 8]) {
          expect(policyNamed(name).bucket(packet, ports), `${policy.id} ${name}`).toBe(policy.bucket(packet, ports));
        }
      }
    }
  });

  it('gives a bucket of the ports, or none where there is no value', () => {
    for (const policy of policies()) {
      for (const ports of [2, 3, 4, 8]) {
        const bucket = policy.bucket(packet, ports);
        if (policy.value(packet) < 0) expect(bucket, policy.id).toBe(NO_VALUE);
        else expect(bucket, policy.id).toBe(policy.value(packet) % (policy.buckets ?? ports));
      }
    }
  });

  it('has no value where the formula is not public, nor a claim of one', () => {
    const unknown = policies().filter(({ secret }) => secret === 'unknown');
    expect(unknown.map(({ id }) => id)).toContain('hp-procurve:l3');
    for (const policy of unknown) expect(policy.value(packet), policy.id).toBe(NO_VALUE);
  });

  it('reads options', () => {
    expect(policyNamed('linux-layer3+4@4.15').id).toBe('linux-layer3+4@4.15');
    expect(policyNamed('freebsd-lagg:l3,l2').id).toBe('freebsd-lagg:l2,l3');
    expect(policyNamed('freebsd9-lagg:l3;key=c0ffee')).toMatchObject({
      id: 'freebsd9-lagg:l3;key=00c0ffee',
      family: 'freebsd9-lagg',
      secret: 'none',
    });
    expect(policyNamed('freebsd9-lagg:l3').secret).toBe('seed');
    expect(policyNamed('cisco-xor8:src-dst-ip').id).toBe('cisco-xor8:l3');
    expect(policyNamed('teamd:eth,ipv4;tags=in-frame').id).toBe('teamd:eth,ipv4;tags=in-frame');
  });

  it.each([
    ['linux-layer34', 'linux-layer3+4'],
    ['layer3+4', 'linux-layer3+4'],
    ['linux-layer3+4@2.2', 'linux-layer3+4@'],
    ['freebsd9-lagg:l5', 'freebsd9-lagg:l'],
    ['freebsd9-lagg:l3;key=xyz', 'freebsd9-lagg:l3'],
    ['', 'linux-layer2'],
  ])('says what may be meant by "%s"', (wrong, closest) => {
    expect(() => policyNamed(wrong)).toThrow(UsageError);
    expect(() => policyNamed(wrong)).toThrow(closest);
  });

  it('reads no options it does not know', () => {
    expect(() => policyNamed('linux-layer2;key=1')).toThrow(UsageError);
    expect(() => policyNamed('linux-layer2;tags=gone')).toThrow(UsageError);
    expect(() => policyNamed('freebsd-lagg@9:l2')).toThrow(UsageError);
    expect(() => policyNamed('linux-layer2:l3')).toThrow(UsageError);
    expect(() => policyNamed('cisco-xor8:l3,5')).toThrow(UsageError);
  });
});

describe('a policy', () => {
  it('has no value for ICMP whose identifier nobody kept, where it reads that', () => {
    const icmp = { ...packet, protocol: 1, srcPort: 0, dstPort: 0 };
    expect(policyNamed('linux-layer3+4').value(icmp)).toBe(NO_VALUE);
    expect(policyNamed('linux-layer2+3').value(icmp)).toBeGreaterThanOrEqual(0);
    const echo = { type: 8, code: 0, identifier: 7, quoted: null };
    const known = { ...icmp, details: { icmp: echo } };
    expect(policyNamed('linux-layer3+4').value(known)).toBeGreaterThanOrEqual(0);
  });

  it('reads what is in a tunnel if it is an encapsulation policy, and only of tunnels without a UDP header', () => {
    const inner = { srcIp: ip(10, 0, 0, 1), dstIp: ip(10, 0, 0, 2), protocol: 17, srcPort: 53, dstPort: 4242 };
    const gre = { ...packet, protocol: 47, srcPort: 0, dstPort: 0, inner };
    const [plain, encapsulated] = [policyNamed('linux-layer3+4'), policyNamed('linux-encap3+4')];
    expect(encapsulated.value(gre)).toBe(plain.value({ ...packet, ...inner }));
    expect(plain.value(gre)).not.toBe(encapsulated.value(gre));
    const vxlan = { ...packet, protocol: 17, dstPort: 4789, inner };
    expect(encapsulated.value(vxlan)).toBe(plain.value(vxlan));
  });

  it('has no value where a misread tag in the frame hides what counts', () => {
    const tagged = { ...packet, vlan: 5 };
    expect(policyNamed('freebsd9-lagg:l2,l3,l4;tags=in-frame').value(tagged)).toBe(NO_VALUE); // the IP checksum
    const l3 = policyNamed('freebsd9-lagg:l3;tags=in-frame');
    expect(l3.value(tagged)).toBe(l3.value({ ...tagged, srcIp: ip(192, 168, 9, 9) })); // addresses are not reached
    const eight = { ...tagged, srcIp: ip(8, 0, 1, 1) };
    expect(l3.value(eight)).toBe(policyNamed('freebsd9-lagg:l3').value({ ...eight, vlan: 0 }));
  });
});
