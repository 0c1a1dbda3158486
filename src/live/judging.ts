/** Analyses while the capture goes on, in a thread of their own: neither frames nor keys wait for one. */
import { Worker } from 'node:worker_threads';
import type { ImageOptions } from '../analysis/judge-image.js';
import type { Analysis } from '../document/schema.js';
import type { PassImage } from '../engine/image.js';

export type Judge = (image: PassImage, options: ImageOptions) => Promise<Analysis>;

export type Answer = { readonly document: Analysis } | { readonly error: string };

export class JudgingThread {
  #worker: Worker | null = null;

  /** One at a time. @throws Error when the analysis fails; the next one has a new thread */
  readonly judge: Judge = async (image, options) => {
    this.#worker ??= new Worker(new URL('./judging-thread.js', import.meta.url));
    const worker = this.#worker;
    try {
      const answer = await new Promise<Answer>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.once('exit', () => reject(new Error('its thread ended')));
        worker.postMessage({ image, options }, [image.bytes.buffer]);
      });
      if ('error' in answer) throw new Error(answer.error);
      return answer.document;
    } catch (error) {
      this.close();
      throw error;
    } finally {
      worker.removeAllListeners();
    }
  };

  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }
}
