/** ERF, the extensible record format of Endace's cards. It has no magic: only a row of records that fit tells it. */

const HEADER = 16;
const ETHERNET = 2;
const COLOURED = 11; // Ethernet, with a colour or a hash in the loss counter
const HASHED = [COLOURED, 16, 20];
const RECORDS = 3;
const [EARLIEST, LATEST] = [631_152_000, 4_102_444_800]; // 1990 to 2100

/**
 * Very conservative, as nothing else of the format can be checked: the first three records are Ethernet records whose times
 * do not jump and whose lengths agree, or the input has fewer and consists of them.
 *
 * Record header: time (64 bits, little-endian, seconds in the upper half), type, flags, record length, lost, wire length
 * (16 bits each, big-endian). ERF types reference guide of Endace.
 */
export function looksLikeErf(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let before = 0;
  let at = 0;
  for (let record = 0; record < RECORDS; record++) {
    if (record > 0 && at === head.length) return true;
    if (at + HEADER > head.length) return false;
    const seconds = view.getUint32(at + 4, true);
    const type = view.getUint8(at + 8) & 0x7f;
    const extensions = (view.getUint8(at + 8) & 0x80) !== 0 ? 8 : 0;
    const length = view.getUint16(at + 10);
    const wire = view.getUint16(at + 14);
    if (type !== ETHERNET && !HASHED.includes(type)) return false;
    if (seconds < EARLIEST || seconds > LATEST || (before !== 0 && Math.abs(seconds - before) > 3600)) return false;
    // Two bytes of padding before the frame, and the frame with its FCS; then up to 8 bytes to fill.
    if (wire < 18 || wire > 16_384 || length < HEADER + extensions + 2) return false;
    if (length - HEADER - extensions - 2 > wire + 8) return false;
    before = seconds;
    at += length;
  }
  return true;
}
