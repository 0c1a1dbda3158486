/**
 * Fast Walsh-Hadamard transform in place: out[a] = sum over x of in[x] (-1)^(bits that a and x share). What a function owes to
 * each XOR of its bits. The length is a power of two; n log2 n additions.
 */
export function walshHadamard(values: Float64Array): void {
  for (let half = 1; half < values.length; half *= 2) {
    for (let from = 0; from < values.length; from += 2 * half) {
      for (let i = from; i < from + half; i++) {
        const a = values[i];
        const b = values[i + half];
        values[i] = a + b;
        values[i + half] = a - b;
      }
    }
  }
}
