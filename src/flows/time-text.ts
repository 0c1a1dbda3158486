/** Times as the document writes them: seconds since the Unix epoch with nine decimals. */

/** @param ns since `originNs`; fractions of a nanosecond come from halving an interval */
export function timeText(originNs: bigint, ns: number): string {
  return epochText(originNs + BigInt(Math.round(ns)));
}

export function epochText(timeNs: bigint): string {
  const digits = (timeNs < 0n ? -timeNs : timeNs).toString().padStart(10, '0');
  return `${timeNs < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
