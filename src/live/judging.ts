/** Analyses while the capture goes on, in a thread of their own: neither frames nor keys wait for one. */
import { Worker } from 'node:worker_threads';
import type { ImageOptions } from '../analysis/judge-image.js';
import type { Analysis } from '../document/schema.js';
import type { PassImage } from '../engine/image.js';

export type Judge = (image: PassImage, options: ImageOptions) => Promise<Analysis>;

export type Answer = { readonly document: Analysis } | { readonly error: string };

interface Asked {
  resolve(document: Analysis): void;
  reject(error: Error): void;
}

export class JudgingThread {
  #worker: Worker | null = null;
  #asked: Asked | null = null;

  /** One at a time. @throws Error when the analysis fails; after the thread itself failed, the next one has a new one */
  readonly judge: Judge = (image, options) =>
    new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
      this.#worker ??= this.#begin();
      this.#worker.postMessage({ image, options }, [image.bytes.buffer]);
    });

  #begin(): Worker {
    const worker = new Worker(new URL('./judging-thread.js', import.meta.url));
    worker.on('message', (answer: Answer) => {
      if ('error' in answer) this.#asked?.reject(new Error(answer.error));
      else this.#asked?.resolve(answer.document);
    });
    const failed = (error: Error) => {
      if (this.#worker === worker) this.#worker = null;
      this.#asked?.reject(error);
    };
    worker.on('error', failed);
    worker.on('exit', () => failed(new Error('its thread ended')));
    return worker;
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }
}
