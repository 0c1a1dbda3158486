/** XXH32, the checksum of lz4 frames, over data that comes in pieces. xxHash fast digest algorithm, section "XXH32". */

const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;
const STRIPE = 16;

const rotate = (x: number, bits: number) => (x << bits) | (x >>> (32 - bits));
const round = (lane: number, word: number) => Math.imul(rotate((lane + Math.imul(word, P2)) | 0, 13), P1);

export class Xxh32 {
  #a = (P1 + P2) | 0; // the seed is 0 wherever lz4 uses it
  #b = P2 | 0;
  #c = 0;
  #d = -P1 | 0;
  #octets = 0;
  readonly #stripe = new Uint8Array(STRIPE); // what did not fill one yet
  readonly #stripeView = new DataView(this.#stripe.buffer);

  update(bytes: Uint8Array): this {
    let at = 0;
    const waiting = this.#octets % STRIPE;
    this.#octets += bytes.length;
    if (waiting > 0) {
      at = Math.min(STRIPE - waiting, bytes.length);
      this.#stripe.set(bytes.subarray(0, at), waiting);
      if (waiting + at < STRIPE) return this;
      this.#mix(this.#stripeView, 0);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (; at + STRIPE <= bytes.length; at += STRIPE) this.#mix(view, at);
    this.#stripe.set(bytes.subarray(at));
    return this;
  }

  #mix(view: DataView, at: number): void {
    this.#a = round(this.#a, view.getUint32(at, true));
    this.#b = round(this.#b, view.getUint32(at + 4, true));
    this.#c = round(this.#c, view.getUint32(at + 8, true));
    this.#d = round(this.#d, view.getUint32(at + 12, true));
  }

  /** @returns 32 bits without a sign; more may follow. */
  digest(): number {
    let hash =
      this.#octets < STRIPE ? P5 : rotate(this.#a, 1) + rotate(this.#b, 7) + rotate(this.#c, 12) + rotate(this.#d, 18);
    hash = (hash + this.#octets) | 0;
    const end = this.#octets % STRIPE;
    let at = 0;
    for (; at + 4 <= end; at += 4) {
      hash = Math.imul(rotate((hash + Math.imul(this.#stripeView.getUint32(at, true), P3)) | 0, 17), P4);
    }
    for (; at < end; at++) hash = Math.imul(rotate((hash + Math.imul(this.#stripe[at]!, P5)) | 0, 11), P1);
    hash = Math.imul(hash ^ (hash >>> 15), P2);
    hash = Math.imul(hash ^ (hash >>> 13), P3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}
