/** Draws the report of a document that it is given, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Analysis } from '../document/schema.js';
import { renderReport } from '../report/html.js';

parentPort?.postMessage(await renderReport(workerData as Analysis));
