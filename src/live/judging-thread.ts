/** The other end of JudgingThread. */
import { parentPort } from 'node:worker_threads';
import { type ImageOptions, judgeImage } from '../analysis/judge-image.js';
import type { PassImage } from '../engine/image.js';
import type { Answer } from './judging.js';

interface Question {
  readonly image: PassImage;
  readonly options: ImageOptions;
}

parentPort?.on('message', async ({ image, options }: Question) => {
  let answer: Answer;
  try {
    answer = { document: await judgeImage(image, options) };
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(answer);
});
