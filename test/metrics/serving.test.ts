import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CaptureError } from '../../src/errors.js';
import { type MetricsServer, serveMetrics } from '../../src/live/metrics/server.js';
import { MetricsTextfile } from '../../src/live/metrics/textfile.js';
import type { LiveState } from '../../src/live/state.js';
import { STATE } from '../helpers/live-state.js';

const HERE = { host: '127.0.0.1', port: 0 };
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function served(state: LiveState | null = STATE, address = HERE): Promise<MetricsServer> {
  const server = await serveMetrics(address, () => state);
  ends.push(() => server.close());
  return server;
}

describe('the server of metrics', () => {
  it('gives each reader the format it asks for', async () => {
    const { port } = await served();
    const plain = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await plain.text()).toContain('lacpscope_link_bytes_total{link="igb2",direction="ingress"}');
    const headers = { accept: 'application/openmetrics-text;version=1.0.0' };
    const open = await fetch(`http://127.0.0.1:${port}/metrics?x=1`, { headers });
    expect(open.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    expect(await open.text()).toMatch(/\n# EOF\n$/);
  });

  it('answers GET of two paths, and nothing else', async () => {
    const { port } = await served();
    const status = async (path: string, method = 'GET') =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { method })).status;
    expect(await status('/')).toBe(200);
    expect(await status('/metrics/')).toBe(404);
    expect(await status('/../../etc/passwd')).toBe(404);
    for (const method of ['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])
      expect(await status('/metrics', method)).toBe(405);
  });

  it('serves before anything is known', async () => {
    const { port } = await served(null);
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toMatch(/^# HELP lacpscope_build_info/);
  });

  it('listens on IPv6 too', async () => {
    const { port } = await served(STATE, { host: '::1', port: 0 });
    expect((await fetch(`http://[::1]:${port}/metrics`)).status).toBe(200);
  });

  it('says so where the port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    ends.push(() => taken.close());
    const { port } = taken.address() as { port: number };
    const refused = serveMetrics({ host: '127.0.0.1', port }, () => null);
    await expect(refused).rejects.toThrow(CaptureError);
    await expect(refused).rejects.toThrow(`--metrics 127.0.0.1:${port}: another program listens there`);
    await expect(serveMetrics({ host: '192.0.2.1', port: 9470 }, () => null)).rejects.toMatchObject({
      code: 'metrics-address',
    });
  });

  it('has room for few connections, and ends those that say nothing', async () => {
    const { port } = await served();
    const closed: Socket[] = [];
    const sockets = Array.from({ length: 40 }, () => connect(port, '127.0.0.1'));
    for (const socket of sockets) {
      socket
        .on('error', () => undefined)
        .on('close', () => closed.push(socket))
        .resume();
    }
    ends.push(() => sockets.map((socket) => socket.destroy()));
    await expect.poll(() => closed.length).toBe(32);
    await expect.poll(() => closed.length, { timeout: 15_000 }).toBe(40);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
  });

  it('does not stand hostile requests', async () => {
    const { port } = await served();
    const answer = (text: string) =>
      new Promise<string>((resolve) => {
        let said = '';
        const socket = connect(port, '127.0.0.1', () => socket.write(text));
        socket.on('data', (data) => {
          said += data.toString();
        });
        socket.on('close', () => resolve(said)).on('error', () => resolve(said));
      });
    expect(await answer('\u0000\u0001\u0002\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
    expect(await answer(`GET /metrics HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431/);
    const posted = request({ port, host: '127.0.0.1', path: '/metrics', method: 'POST' });
    const status = new Promise((resolve) => {
      posted.on('response', (response) => resolve(response.statusCode)).on('error', () => undefined);
    });
    posted.write('x'.repeat(100_000)); // and never ends
    expect(await status).toBe(405);
    posted.destroy();
  });

  it('does not keep the process from ending, and closes at once', async () => {
    const server = await serveMetrics(HERE, () => STATE);
    const waiting = get({ port: server.port, host: '127.0.0.1', path: '/metrics', agent: false });
    waiting.on('error', () => undefined);
    const began = performance.now();
    await server.close();
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe('the textfile', () => {
  const folderWith = () => {
    const folder = mkdtempSync(join(tmpdir(), 'lacpscope-textfile-'));
    ends.push(() => rmSync(folder, { recursive: true }));
    return folder;
  };
  const later = (seconds: number) => ({ ...STATE, timeMs: STATE.timeMs + seconds * 1000 });

  it('is whole, is written every 15 seconds, and goes at the end', async () => {
    const folder = folderWith();
    const path = join(folder, 'lag.prom');
    const file = new MetricsTextfile(path);
    expect(await file.take(STATE)).toBeNull();
    expect(readFileSync(path, 'utf8')).toMatch(/^# HELP lacpscope_build_info.*\n$/s);
    writeFileSync(path, 'x');
    await file.take(later(14));
    expect(readFileSync(path, 'utf8')).toBe('x');
    await file.take(later(15));
    expect(readFileSync(path, 'utf8')).not.toBe('x');
    expect(readdirSync(folder)).toEqual(['lag.prom']);
    await file.close();
    await file.take(later(60));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says why it could not be written, and tries again', async () => {
    const folder = folderWith();
    const path = join(folder, 'not', 'there', 'lag.prom');
    const file = new MetricsTextfile(path);
    expect(await file.take(STATE)).toMatchObject({ code: 'ENOENT' });
    expect(await file.take(later(1))).toBeNull(); // not yet
    expect(await file.take(later(20))).toMatchObject({ code: 'ENOENT' });
    await file.close();
  });

  it('leaves a file alone that it did not write', async () => {
    const path = join(folderWith(), 'lag.prom');
    writeFileSync(path, 'of somebody else');
    await new MetricsTextfile(path).close();
    expect(existsSync(path)).toBe(true);
  });
});
