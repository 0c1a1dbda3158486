/** Receivers that closed their window, as the engine counted them. */
import type { Core } from './core.js';
import { CLOSURE } from './layout.js';
import type { Closure } from './pass.js';

/** Of those whose data is in the capture. */
export function closuresOf(core: Core): Closure[] {
  const all: Closure[] = [];
  for (let entry = 1; entry <= core.count('closures'); entry++) {
    const at = core.area('closures') + CLOSURE.stride * entry;
    const word = (offset: number) => core.view.getUint32(at + offset, true);
    if (word(CLOSURE.data) === 0) continue;
    all.push({
      flow: word(CLOSURE.data) - 1, // row 0 is no flow
      frames: word(CLOSURE.frames),
      times: word(CLOSURE.times),
      closedNs: Number(core.view.getBigUint64(at + CLOSURE.closed, true)),
    });
  }
  return all;
}
