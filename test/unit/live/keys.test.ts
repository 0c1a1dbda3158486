import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyDecoder } from '../../../src/live/view/keys.js';
import { FIRST_UI, PANELS, pressed, type Ui, wishOf } from '../../../src/live/view/ui.js';

const keysOf = (...pieces: readonly string[]) => {
  const decoder = new KeyDecoder();
  return [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.settle()];
};

describe('keys', () => {
  it.each([
    ['q', 'q'],
    ['\u0003', 'ctrl-c'],
    ['\u001a', 'ctrl-z'],
    ['\u000c', 'ctrl-l'],
    ['\t', 'tab'],
    ['\u001b[A', 'up'], // normal cursor keys, ECMA-48 CUU
    ['\u001bOA', 'up'], // application cursor keys
    ['\u001b[1;5B', 'down'], // with Ctrl
    ['\u001b[5~', 'page-up'],
    ['\u001b[6;2~', 'page-down'],
    ['\u001b[H', 'home'],
    ['\u001b[1~', 'home'], // the Linux console, screen
    ['\u001b[4~', 'end'],
    ['\u001b[Z', 'shift-tab'],
    ['\u001b', 'escape'],
    ['é', 'é'],
    ['😀', '😀'],
  ])('%j is %s', (sent, key) => {
    expect(keysOf(sent)).toEqual([key]);
  });

  it.each(['\u001b[[A', '\u001bOP', '\u001b[15~', '\u001b[200~', '\u001bx', '\u001b[?62;c', '\u001b[', '\u001b[12'])(
    '%j is none of ours, and no letter of it is',
    (sent) => {
      expect(keysOf(sent)).toEqual([]);
      expect(keysOf(sent.length > 3 ? `${sent}q` : '', 'q').at(-1)).toBe('q');
    },
  );

  it('come out the same however the pieces fall', () => {
    const sequence = fc.constantFrom('q', '\u001b[A', '\u001bOB', '\u001b[5~', '\u001b[1;5C', '\t', '😀', '\u001b[[A');
    fc.assert(
      fc.property(fc.array(sequence), fc.nat(), fc.nat(), (sent, a, b) => {
        const whole = sent.join('');
        const [i, j] = [a % (whole.length + 1), b % (whole.length + 1)].sort((x, y) => x - y) as [number, number];
        const isWithinPair = (at: number) => /[\ud800-\udbff]/.test(whole[at - 1] ?? '');
        fc.pre(!isWithinPair(i) && !isWithinPair(j)); // a stream decoder gives whole characters
        expect(keysOf(whole.slice(0, i), whole.slice(i, j), whole.slice(j))).toEqual(keysOf(whole));
      }),
    );
  });

  it('hold no more than one sequence, whatever is sent', () => {
    const decoder = new KeyDecoder();
    for (let n = 0; n < 1000; n++) decoder.push('\u001b[0;0;0;0');
    expect(decoder.settle()).toEqual([]);
    expect(decoder.push('\u001b\u001b[A')).toEqual(['escape', 'up']);
    expect(decoder.isOpen).toBe(false);
  });
});

describe('what keys change', () => {
  const extent = { length: 30, page: 10 };
  const pressing = (keys: readonly string[], ui: Ui = FIRST_UI) =>
    keys.reduce((now, key) => pressed(now, key, extent), ui);

  it('panels, in a circle and by number', () => {
    expect(pressing(['tab']).panel).toBe('connections');
    expect(pressing(['shift-tab']).panel).toBe('events');
    expect(pressing(PANELS.map(() => 'tab')).panel).toBe('overview');
    expect(pressing(['4']).panel).toBe('LACP');
    expect(pressing(['9']).panel).toBe('overview');
  });

  it('direction and order, from the top again', () => {
    expect(pressing(['down', 'd'])).toMatchObject({ direction: 'in', offset: 0 });
    expect(pressing(['d', 'd', 'd']).direction).toBe('both');
    expect(pressing(['s']).sort).toBe('changes');
  });

  it('the place in the list, within it', () => {
    expect(pressing(['up']).offset).toBe(0);
    expect(pressing(['down', 'down', 'up']).offset).toBe(1);
    expect(pressing(['page-down', 'page-down', 'page-down', 'page-down']).offset).toBe(20);
    expect(pressing(['end', 'page-up']).offset).toBe(11);
    expect(pressing(['end', 'home']).offset).toBe(0);
    expect(pressing(['down'], { ...FIRST_UI, offset: 99 }).offset).toBe(20); // the list became shorter
  });

  it('pause and help; a message goes with the next key', () => {
    expect(pressing(['p']).isPaused).toBe(true);
    expect(pressing(['p', ' ']).isPaused).toBe(false);
    expect(pressing(['?']).isHelp).toBe(true);
    expect(pressing(['?', 'd', 'escape'])).toEqual(FIRST_UI); // nothing changes behind the overlay
    expect(pressing(['x'], { ...FIRST_UI, message: 'Written.' })).toEqual(FIRST_UI);
  });

  it('nothing where they mean nothing, and never what was', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('tab', 'p', 'd', 's', '?', 'down', 'end', 'q', 'x', '')), (keys) => {
        const frozen = Object.freeze({ ...FIRST_UI });
        expect(() => pressing(keys, frozen)).not.toThrow();
      }),
    );
    expect(pressing(['x', 'enter', ''])).toBe(FIRST_UI);
  });

  it('the rest are wishes', () => {
    expect(['q', 'ctrl-c', 'w', 'ctrl-l', 'ctrl-z', 'x'].map(wishOf)).toEqual([
      ...['end', 'end', 'write', 'redraw', 'suspend', null],
    ]);
  });
});
