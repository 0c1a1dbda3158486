/**
 * How long the record headers of a classic pcap are. Patched libpcaps wrote more than the 16 bytes of the format and said
 * so only in part: 24 under a magic of their own (later patches), 28 under the same (SuSE 6.3), 24 and 20 under the ordinary
 * one (Red Hat 6.1, Nokia). All begin with the ordinary 16, so the second record shows which it is.
 */

export type RecordHeaderOctets = 16 | 20 | 24 | 28;

/** Which of the two lengths in a record header is the captured one: the first, the second, or the shorter. */
export type LengthOrder = 'usual' | 'swapped' | 'swapped-if-longer';

export interface Records {
  readonly view: DataView;
  readonly from: number; // of the first record
  readonly little: boolean;
  readonly lengths: LengthOrder;
  readonly snapLength: number;
}

const LARGEST = 256 * 1024;
const TRIED = 4;
const ENOUGH = 3; // records that fit in a row, against a usual reading that is impossible
const DAY = 86_400;

/** @param candidates the usual length first: it stays unless it is impossible and another one fits several times */
export function guessRecordHeader(
  records: Records,
  candidates: readonly [RecordHeaderOctets, ...RecordHeaderOctets[]],
): RecordHeaderOctets {
  const [usual, ...others] = candidates;
  if (fits(records, usual) !== 'no') return usual;
  return others.find((octets) => fits(records, octets) === 'yes') ?? usual;
}

/** Too few records to tell are 'perhaps': they are neither impossible nor proof. */
function fits(
  { view, from, little, lengths, snapLength }: Records,
  octets: RecordHeaderOctets,
): 'yes' | 'perhaps' | 'no' {
  let before: number | null = null;
  let at = from;
  let whole = 0;
  for (; whole < TRIED && at + octets <= view.byteLength; whole++) {
    const seconds = view.getUint32(at, little);
    const [first, second] = [view.getUint32(at + 8, little), view.getUint32(at + 12, little)];
    const captured = lengths === 'usual' ? first : lengths === 'swapped' ? second : Math.min(first, second);
    const wire = captured === first ? second : first;
    const impossible =
      view.getUint32(at + 4, little) >= 1_000_000 ||
      captured > LARGEST ||
      captured > wire ||
      (snapLength > 0 && captured > snapLength) ||
      (before !== null && Math.abs(seconds - before) > DAY);
    // With the wrong length the second record is no record already: what comes later is damage.
    if (impossible) return whole > 1 ? 'perhaps' : 'no';
    before = seconds;
    if (at + octets + captured > view.byteLength) break;
    at += octets + captured;
  }
  return whole >= ENOUGH || (whole === ENOUGH - 1 && at === view.byteLength) ? 'yes' : 'perhaps';
}
