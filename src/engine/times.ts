/** Times since the epoch do not fit a double: bigints, and null where there was no frame. */
export function earliest(times: readonly (bigint | null)[]): bigint | null {
  let found: bigint | null = null;
  for (const time of times) if (time !== null && (found === null || time < found)) found = time;
  return found;
}

export function latest(times: readonly (bigint | null)[]): bigint | null {
  let found: bigint | null = null;
  for (const time of times) if (time !== null && (found === null || time > found)) found = time;
  return found;
}
