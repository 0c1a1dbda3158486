import { describe, expect, it } from 'vitest';
import { inferHash, inferring } from '../../src/inference/infer.js';
import { finish, inTurns, type Steps } from '../../src/inference/steps.js';
import { seeded } from '../../src/stats/random.js';
import { ipv4, row, rowsOf } from '../unit/inference/rows.js';

/** Counts to `end`, a step each. */
function* counting(end: number): Steps<number> {
  for (let i = 0; i < end; i++) yield;
  return end;
}

/** A clock that a look moves on by so much. */
function clock(ms: number): () => number {
  let time = 0;
  return () => {
    time += ms;
    return time;
  };
}

const goOn = async () => true;

const random = seeded(3);
const rows = Array.from({ length: 60 }, () => {
  const [src, dst] = [random.below(250), random.below(4)];
  return row({ srcIp: ipv4(0x0a000000 + src), dstIp: ipv4(0x0a000100 + dst), port: (src * 7 + dst) % 3 });
});

describe('work in steps', () => {
  it('comes to what it comes to at once', async () => {
    expect(finish(counting(5))).toBe(5);
    expect(await inTurns(counting(5), goOn)).toEqual({ isWhole: true, value: 5 });
    const input = rowsOf(rows, 3);
    const [atOnce, inSteps] = [inferHash(input)!, (await inTurns(inferring(input), goOn)).value!];
    expect(inSteps.fields).toEqual(atOnce.fields);
    expect(inSteps.function).toEqual(atOnce.function);
  });

  it('gives others a turn as time goes by, not after every step', async () => {
    let turns = 0;
    const others = async () => {
      turns++;
      return true;
    };
    await inTurns(counting(100), others, clock(30));
    expect(turns).toBe(100);
    turns = 0;
    await inTurns(counting(100), others, clock(4));
    expect(turns).toBeGreaterThan(10);
    expect(turns).toBeLessThan(25);
  });

  it('ends where one of the others throws', async () => {
    let taken = 0;
    function* work(): Steps<void> {
      for (;;) {
        taken++;
        yield;
      }
    }
    const others = async () => {
      if (taken >= 7) throw new DOMException('interrupted', 'AbortError');
      return true;
    };
    await expect(inTurns(work(), others, clock(1000))).rejects.toThrow('interrupted');
    expect(taken).toBe(7);
  });

  it('comes to what it handed over last where it is ended, or to nothing', async () => {
    function* work(): Steps<string, string> {
      yield;
      yield 'half';
      yield;
      yield;
      return 'whole';
    }
    const endedAfter = (turns: number) => {
      let left = turns;
      return inTurns(work(), async () => --left >= 0, clock(1000));
    };
    expect(await endedAfter(0)).toEqual({ isWhole: false, value: null });
    expect(await endedAfter(1)).toEqual({ isWhole: false, value: 'half' });
    expect(await endedAfter(2)).toEqual({ isWhole: false, value: 'half' });
    expect(await endedAfter(4)).toEqual({ isWhole: true, value: 'whole' });
  });

  it('hands over what it says of the fields before it looks for a function', () => {
    const input = rowsOf(rows, 3);
    const whole = inferHash(input)!;
    const handed = [...inferring(input)].filter((each) => each !== undefined);
    expect(handed).toHaveLength(1);
    expect(handed[0]).toMatchObject({ fields: whole.fields, cells: whole.cells, function: null, families: null });
  });

  it('stops between hypotheses and between functions, so that it can end within one direction', () => {
    let steps = 0;
    const work = inferring(rowsOf(rows, 3));
    while (!work.next().done) steps++;
    expect(steps).toBeGreaterThan(300);
  });
});
