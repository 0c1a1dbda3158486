/** Exit statuses. Scripts rely on them: documented in the README, never reused. */
export const EXIT = {
  done: 0,
  conditionNotMet: 1,
  usage: 2,
  unreadable: 3, // an input that is no capture, a document that is none, output that cannot be written
  nothingToSay: 4, // read and counted, but no LAG can be judged from it
  notPermitted: 5,
  bug: 70, // sysexits' EX_SOFTWARE
  interrupted: 130,
} as const;
