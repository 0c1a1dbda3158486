/**
 * Until when a port that brings no frames has brought all there are. The clock that stamps frames may be that of another machine:
 * how far it is from ours is seen in the frames that do come.
 */
import type { Core } from './core.js';
import type { LaneReader } from './lane.js';
import { STATUS } from './layout.js';

const MINUTE_MS = 60_000;

export class Promises {
  readonly #frames: number[];
  /** Of frames less ours when they came, at most, in this minute and the one before; null before any. */
  #ahead: number | null = null;
  #aheadBefore: number | null = null;
  #minute = 0;
  #moved = false;
  #seen = 0;

  /** @param now milliseconds since the epoch */
  constructor(
    readonly core: Core,
    readonly lanes: readonly LaneReader[],
    readonly holdMs: number,
    readonly now: () => number,
  ) {
    this.#frames = lanes.map(() => 0);
  }

  /**
   * Looks at what came, and promises the engine what will not come any more.
   *
   * @param waiting lanes that wait for bytes, and since when: who has some to read is promised nothing
   */
  renew(waiting: ReadonlyMap<number, number>): void {
    const now = this.now();
    this.#look(now);
    for (const [lane, since] of waiting) {
      const known = this.lanes[lane]!.quietUntil();
      const until = known === undefined ? this.#guess(now, since) : known;
      if (until === null || until <= 0) continue;
      this.core.exports.promise(lane, BigInt(Math.floor(until * 1000)) * 1000n);
      this.#moved = true;
    }
  }

  /** For a lane that has been waiting for long enough, by what the clocks of those that bring frames are ahead of ours. */
  #guess(now: number, since: number): number | null {
    if (this.#ahead === null || now - since < this.holdMs) return null;
    const ahead = this.#aheadBefore === null ? this.#ahead : Math.max(this.#ahead, this.#aheadBefore);
    return now + ahead - this.holdMs;
  }

  /** Since the last time: frames or promises, for which the engine has to run. */
  haveMoved(): boolean {
    const frames = this.lanes.reduce((sum, lane) => sum + lane.frames, 0);
    const moved = this.#moved || frames !== this.#seen;
    this.#moved = false;
    this.#seen = frames;
    return moved;
  }

  #look(now: number): void {
    this.lanes.forEach((lane, number) => {
      if (lane.frames === this.#frames[number]) return;
      this.#frames[number] = lane.frames;
      const ahead = Number(lane.lastNs / 1000n) / 1000 - now;
      // One that waits for others has not shown its newest frames: it tells of the clock only as long as nobody else does.
      if (lane.status === STATUS.wantBytes) this.#keep(ahead, Math.floor(now / MINUTE_MS));
      else if (this.#ahead === null || ahead > this.#ahead) this.#ahead = ahead;
    });
  }

  #keep(ahead: number, minute: number): void {
    if (this.#ahead === null || minute !== this.#minute) {
      this.#aheadBefore = this.#ahead;
      this.#ahead = ahead;
      this.#minute = minute;
    } else if (ahead > this.#ahead) {
      this.#ahead = ahead;
    }
  }
}
