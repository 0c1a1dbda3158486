import { expect, test } from 'vitest';
import { odds } from '../../src/report/words.js';

test.each([
  [4 ** -1999, 'less than 1 in 10^300'],
  [1 / 64, '1 in 64'],
])('odds of %s: %s', (chance, words) => expect(odds(chance)).toBe(words));
