import { expect, it } from 'vitest';
import { frame } from '../helpers/frames.js';
import { analyzeFrames, at, SERVER } from '../helpers/paced-captures.js';

it('a link in use is one that carries octets, though each flow was on another for longer', async () => {
  const ports = [0, 1, 2].map((port) =>
    Array.from({ length: 20 }, (_, flow) => flow).flatMap((flow) => {
      const isHere = (n: number) => (n < 60 ? flow % 2 === port : port === 2);
      return Array.from({ length: 100 }, (_, n) => n)
        .filter(isHere)
        .map((n) => ({
          ns: at(n * 0.02 + flow * 0.05),
          bytes: frame({ dst: SERVER, srcIp: `192.0.2.${20 + flow}`, seq: 1 + n * 1000, payload: 1000, id: n + 1 }),
        }));
    }),
  );
  const { directions, findings } = await analyzeFrames(ports);
  expect(directions.ingress.ports.map(({ flows }) => flows)).toEqual([10, 10, 0]);
  expect(findings.find(({ id }) => id === 'load-spread')!.title).toBe('Switch → server: 3 of 3 links in use');
});

it('a tunnel without ports is a load as well', async () => {
  const esp = (last: number) =>
    Array.from({ length: 200 }, (_, n) => ({
      ns: at(n * 0.01),
      bytes: frame({ src: `${last}`, dst: SERVER, srcIp: `192.0.2.${last}`, protocol: 50, payload: 500, id: n + 1 }),
    }));
  const titles = async (ports: Parameters<typeof analyzeFrames>[0]) =>
    (await analyzeFrames(ports)).findings.filter(({ id }) => /^(load|flows)-/.test(id)).map(({ title }) => title);
  expect(await titles([esp(20), esp(21)])).toContain('Switch → server: 2 of 2 links in use');
  const [few] = [[...esp(21).slice(0, 2)]];
  expect(await titles([esp(20), few])).toContain('One flow carries 99 % of switch → server');
});
