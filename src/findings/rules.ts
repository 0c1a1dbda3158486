import type { Rule } from './rule.js';
import { copies } from './rules/copies.js';
import { crossCheck } from './rules/cross-check.js';
import { fragments } from './rules/fragments.js';
import { hashFields, hashFunction } from './rules/hash.js';
import { interrupted } from './rules/interrupted.js';
import { lacp, lacpHealth } from './rules/lacp.js';
import { limits } from './rules/limits.js';
import { losses } from './rules/losses.js';
import { members } from './rules/members.js';
import { mirrors } from './rules/mirrors.js';
import { moved } from './rules/moved.js';
import { noPingPong } from './rules/no-ping-pong.js';
import { oneLink } from './rules/one-link.js';
import { ownAddresses } from './rules/own-addresses.js';
import { phases } from './rules/phases.js';
import { pingPong } from './rules/ping-pong.js';
import { quality } from './rules/quality.js';
import { noFullLink, saturation } from './rules/saturation.js';
import { seenHow } from './rules/seen-how.js';
import { spread } from './rules/spread.js';
import { strays } from './rules/strays.js';
import { usable } from './rules/usable.js';

/** In the order of a report: what settles most questions first. */
export const RULES: readonly Rule[] = [
  usable,
  copies,
  mirrors,
  seenHow,
  pingPong,
  lacp,
  members,
  ownAddresses,
  oneLink,
  saturation,
  moved,
  losses,
  spread,
  phases,
  noFullLink,
  limits,
  noPingPong,
  interrupted,
  hashFields,
  hashFunction,
  fragments,
  lacpHealth,
  quality,
  strays,
  crossCheck,
];
