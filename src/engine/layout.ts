/** Offsets in the memory of the engine, as native/engine declares its structures (static_assert there holds the sizes). */

export const ROW = {
  stride: 64,
  lastTime: 8,
  octets: 16,
  frames: 24,
  state: 28,
  nextSequence: 32,
  pairs: 36,
  gaps: 40,
} as const;

export const COLD = {
  stride: 48,
  firstTime: 0,
  type: 8,
  ports: 12,
  addresses: 16,
  flowLabel: 20, // in place of the second address
  firstFrame: 24,
  protocol: 36, // in its upper four bits COLD_FLAG
  stations: 40, // the entry in its lower 24 bits, above them the lane
  rare: 44, // the same, and above it the window scale and what was told
  entryMask: 0xff_ffff,
  laneShift: 24,
  laneMask: 31,
  scaleShift: 24,
  scaleMask: 31,
  toldShift: 29,
  toldMask: 3,
} as const;

export const COLD_FLAG = { ports: 1 << 28, inner: 1 << 29, innerPorts: 1 << 30, group: 1 << 31 } as const;

/** Three words: the MAC addresses of a flow. */
export const STATIONS = { stride: 12 } as const;

/** Counters that most flows never have (Rare). */
export const RARE = {
  stride: 64,
  holes: 0,
  repeats: 4,
  firstFragments: 16,
  laterFragments: 20,
  truncated: 24,
  framesHigh: 28,
  extra: 32,
  loss: 36,
  dupAckRuns: 40,
  superFrames: 60,
} as const;

export const LOSS = { stride: 128, late: 0, filled: 4, again: 8, missed: 12 } as const;

export const CLOSURE = { stride: 40, closed: 8, row: 16, data: 20, frames: 24, times: 28 } as const;

/** kSegments of them in an excerpt, kExcerpts of these in each of kLargeFlows. */
export const SEGMENT = {
  stride: 24,
  after: 0,
  sequence: 4,
  acknowledged: 8,
  stamp: 12,
  echo: 16,
  payload: 20,
  window: 22,
} as const;
export const EXCERPT = { stride: 24_608, begin: 0, from: 8, to: 16, count: 24, segments: 32 } as const;
export const LARGE_FLOW = { stride: 196_896, most: 64, row: 0, answer: 4, taken: 8, excerpts: 32 } as const;

export const ADDRESSES = { stride: 32 } as const;

/** Words of a flow's key that few flows have (kExtraWords), by their octets in the area `extras`. */
export const EXTRA = {
  stride: 72,
  innerProtocol: 0,
  innerVersion: 1,
  tunnel: 2,
  innerPorts: 4,
  innerAddresses: 8,
  innerMacs: 40,
  tunnelId: 52,
  topLabel: 56,
  bottomLabel: 60,
  session: 64,
} as const;

export const MOVER = {
  flow: 16,
  committedSwitches: 28,
  switches: 32,
  longestRun: 36,
  firstRun: 44,
  truncatedRuns: 60, // 16 bits
  gapFrames: 64,
  gapSwitches: 92,
  mixedFrames: 148,
  pairs: 152,
  holes: 156,
  ackAdvances: 160,
  ackSwitches: 164,
  samples: 172,
  sampled: 176,
  answeredBy: 180,
  filledHoles: 184,
  ackOwnAdvances: 188,
  // of its Coverage
  freshOctets: 192,
  sequenceSpan: 200,
  reordered: 224,
  extentMax: 228,
  nReordered3: 232,
  forgot: 248, // upper 16 bits
  repeated: 256,
  // of the mover again
  alikeOnPort: 264,
  alikeElsewhere: 268,
  transitions: 320, // as many as ports, squared; the ports are behind them
} as const;

export const MOVER_PORT = {
  stride: 128,
  octets: 0,
  duplicateOctets: 8,
  firstTime: 16,
  lastTime: 24,
  wholeFrames: 32,
  firstFragments: 36,
  laterFragments: 40,
  duplicates: 44,
  firstFrame: 56,
  lane: 60,
} as const;

/** kSamples of them in a block; Changing. */
export const SAMPLE = { stride: 20, head: 0, sumAndPriority: 8, port: 12, number: 16, block: 512 } as const;

/** The entry of the next one, and above that the port. */
export const RUN = {
  stride: 24,
  first: 0,
  last: 8,
  frames: 16,
  next: 20,
  nextMask: 0xfff_ffff,
  portShift: 28,
} as const;

export const LANE = {
  stride: 80,
  head: 0,
  tail: 4,
  status: 8,
  format: 12,
  swapped: 16,
  recordHeader: 20,
  frames: 24,
  interfaceCount: 28,
  lastTime: 32,
  damage: 44,
  capturedAt: 48,
  wireAt: 52,
  mixed: 56,
  parent: 60,
  linkIndex: 64,
} as const;

export const INTERFACE = {
  stride: 88,
  octets: 0,
  capturedOctets: 8,
  firstTime: 16,
  lastTime: 24,
  offset: 32,
  factor: 40,
  frames: 48,
  snapLength: 52,
  backwards: 56,
  slowFrames: 60,
  mode: 72,
  port: 73,
  skip: 74,
  link: 75,
  splits: 76,
  child: 78,
  sibling: 80,
  linkIndex: 84,
} as const;

export const SILENCE = { stride: 24, from: 0, to: 8, lane: 16, portAndDirection: 20 } as const;
export const CONTROL = {
  header: 32,
  time: 0,
  octets: 8,
  kind: 12,
  port: 16,
  lane: 20,
  frame: 24,
  payloadAt: 28,
} as const;

export const ANSWER = { examples: 28, labels: 108 } as const;
export const GROUP = {
  stride: 24,
  first: 0,
  flows: 8,
  ports: 12,
  sum: 16,
  flowMask: 0xff_ffff,
  portMask: 0xffff,
} as const;
export const PAIRS = { stride: 32, differing: 0, moved: 4, examples: 8, listed: 3 } as const;

/** By direction and port; of BUSIEST_SECONDS (kStretchNs). */
export const BUSIEST = { stride: 24, octets: 0, frames: 8, lanes: 16 } as const;
export const BUSIEST_SECONDS = 0.8;
export const LOAD_TOTAL = { stride: 16, octets: 0, frames: 8 } as const;
export const LOAD = { stride: 24, frames: 0, octets: 8, flows: 16, used: 20 } as const;
export const RANKED = { stride: 16, row: 8 } as const;
/** Numbers by port, then single ones, all of 64 bits. */
export const SUMS = { stride: 1680, byPort: 12, single: 18 } as const;
/** By port of the SYN and port of its answer; times of 64 bits, signed. */
export const TURNAROUND = { stride: 32, least: 0, kept: 3, count: 24 } as const;

/** Marking and kMarkOpen, RankBy. */
export const MARKING = { all: 0, ends: 1, 'one-port': 2, unicast: 3, rows: 4, 'open-rows': 5, sender: 6 } as const;
export const MARK_OPEN = 1;
export const ORDER = { number: 0, source: 1, octets: 2 } as const;

export const STATE = { portMask: 15, egressBit: 1 << 4, moverShift: 12, noRoom: (1 << 20) - 1 } as const;

/** In ROW.pairs of a TCP flow that sent no payload (kNoDataYet). */
export const NO_DATA_YET = 2 ** 31;

export const LANES = 32;
export const INTERFACES = 256; // per lane
export const PORTS = 16;
export const BUCKETS = 1024;
export const HEADROOM = 264 * 1024;
export const BLOCK = 256 * 1024;
export const REGION = HEADROOM + BLOCK;
export const KEY_WORDS = 32;
export const LOCAL_ADDRESSES = 4096; // of each kind

/** What `area` of the module names. */
export const AREA = {
  keys: 0,
  lanes: 1,
  interfaces: 2,
  regions: 3,
  rows: 4,
  colds: 5,
  addresses: 6,
  extras: 7,
  movers: 8,
  runs: 9,
  seriesOctets: 10,
  seriesFrames: 11,
  control: 12,
  silences: 13,
  lastUnicast: 14,
  localMacs: 15,
  localIps: 16,
  dissected: 17,
  marks: 18,
  groups: 19,
  answer: 20,
  pairs: 21,
  sums: 22,
  loads: 23,
  rares: 24,
  turnarounds: 25,
  losses: 26,
  samples: 27,
  loadTotals: 28,
  closures: 29,
  excerpts: 30,
  busiest: 31,
  stations: 32,
  tally: 33,
  ofMovers: 34,
} as const;

/** What `count` of the module counts. */
export const COUNT = {
  flows: 0,
  movers: 1,
  moverStride: 2,
  seriesWidth: 3,
  seriesUsed: 4,
  controlUsed: 5,
  silences: 6,
  overflowFrames: 7,
  moversRefused: 8,
  seriesStart: 9,
  atomicFragments: 10,
  moverPorts: 11,
  extras: 12,
  lossesRefused: 13,
  horizon: 14,
  closures: 15,
  moverPortsAt: 16,
  stations: 17,
} as const;

export const STATUS = {
  ready: 0,
  wantBytes: 1,
  rareBlock: 2,
  damaged: 3,
  controlFull: 4,
  ended: 5,
  newInterface: 6,
} as const;
export const FORMAT = { pcap: 0, pcapng: 1 } as const;
/** How frames begin (`Link` in parsed.hpp). */
export const LINK = { ethernet: 0, rawIp: 1, loopback: 2, cooked: 3, cooked2: 4 } as const;
export const TIME_MODE = { multiply: 0, divide: 1, powerOfTwo: 2 } as const;

/** Why the engine would not frame a record (`Damage` in records.hpp). */
export const DAMAGE_REASONS: readonly string[] = [
  'unknown damage',
  'the record claims more than 256 KiB',
  'the block length is impossible',
  'the length at the end of the block differs from the one at its start',
  'the packet names an interface that was not described',
  'the packet is longer than its block',
  'the header of another capture is there: take them apart, or join them with mergecap instead of cat',
];
