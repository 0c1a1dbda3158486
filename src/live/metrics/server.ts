/** GET /metrics, for Prometheus and whoever reads its formats. It answers few readers, shortly, and keeps nothing of them. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CaptureError } from '../../errors.js';
import type { LiveState } from '../state.js';
import type { MetricsAddress } from './address.js';
import { formatFor, OPEN_METRICS, openMetrics, prometheusText } from './exposition.js';
import { familiesOf } from './families.js';

const MOST_CONNECTIONS = 8;
const TIMEOUT_MS = 5000;

const PLAIN = 'text/plain; charset=utf-8';
const PAGE = '<!doctype html><title>lacpscope</title><p>lacpscope live: <a href="/metrics">metrics</a></p>\n';

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** @param stateNow what is known when somebody asks; null before anything is */
export async function serveMetrics(
  { host, port }: MetricsAddress,
  stateNow: () => LiveState | null,
): Promise<MetricsServer> {
  const options = {
    ...{ headersTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS, keepAliveTimeout: TIMEOUT_MS },
    ...{ connectionsCheckingInterval: TIMEOUT_MS / 5, maxHeaderSize: 8192 },
  };
  const server = createServer(options, (request, response) => answer(request, response, stateNow));
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = 2 * TIMEOUT_MS; // a reader that stops in the middle of the answer
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(refused(error, host, port)));
    server.listen({ host, port, exclusive: true }, resolve);
  });
  // What goes wrong with one reader later is none of the capture's business.
  server.on('error', () => undefined);
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function answer(request: IncomingMessage, response: ServerResponse, stateNow: () => LiveState | null): void {
  const { status, type, text, headers } = answerTo(request, stateNow);
  response.writeHead(status, {
    ...{ 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) },
    ...{ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', ...headers },
  });
  response.end(text);
}

function answerTo({ url = '', method, headers }: IncomingMessage, stateNow: () => LiveState | null): Answer {
  const path = url.replace(/\?.*$/, '');
  if (path !== '/metrics' && path !== '/') return { status: 404, type: PLAIN, text: 'Not here: /metrics\n' };
  if (method !== 'GET') {
    // Whatever it sends is not read.
    return { status: 405, type: PLAIN, text: 'GET only\n', headers: { Allow: 'GET', Connection: 'close' } };
  }
  if (path === '/') return { status: 200, type: 'text/html; charset=utf-8', text: PAGE };
  const type = formatFor(headers.accept);
  const families = familiesOf(stateNow());
  return { status: 200, type, text: type === OPEN_METRICS ? openMetrics(families) : prometheusText(families) };
}

function refused(error: NodeJS.ErrnoException, host: string, port: number): CaptureError {
  const where = { source: `--metrics ${host.includes(':') ? `[${host}]` : host}:${port}` };
  switch (error.code) {
    case 'EADDRINUSE':
      return new CaptureError('metrics-port-in-use', where, 'another program listens there', 'Choose another port.');
    case 'EACCES':
      return new CaptureError('metrics-permission', where, 'not permitted', 'Choose a port from 1024 on.');
    case 'EADDRNOTAVAIL':
      return new CaptureError(
        'metrics-address',
        where,
        'no interface here has that address',
        'Choose one of this machine.',
      );
    default:
      return new CaptureError('metrics-server', where, error.message, 'Choose another address.');
  }
}
