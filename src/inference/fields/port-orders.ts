/** A naming of the ports by the elements of GF(2)^m, and its inverse. */
export interface PortOrder {
  readonly label: readonly number[];
  readonly port: readonly number[];
}

/**
 * Namings that no affine map turns into one another. All bijections of 2 or of 4 ports are affine: one. Of the 8! of 8
 * ports |AGL(3,2)| = 1344 are, so 30 remain: ports 0, 1, 2 are 0, 1, 2; port 3 is either 3, then port 4 is 4, or it is
 * off their plane, then it is 4.
 */
export function portOrders(size: number): PortOrder[] {
  const labels =
    size < 8
      ? [Array.from({ length: size }, (_, port) => port)]
      : [
          ...permutations([5, 6, 7]).map((rest) => [0, 1, 2, 3, 4, ...rest]),
          ...permutations([3, 5, 6, 7]).map((rest) => [0, 1, 2, 4, ...rest]),
        ];
  return labels.map((label) => ({ label, port: label.map((_, value) => label.indexOf(value)) }));
}

/**
 * The same for the numbers modulo a prime: of the K! bijections K (K - 1) are x -> a x + b, so that ports 0 and 1 may be 0 and 1,
 * and the others in any order.
 */
export function moduloOrders(size: number): PortOrder[] {
  const rest = Array.from({ length: size - 2 }, (_, i) => i + 2);
  const labels = permutations(rest).map((order) => [0, 1, ...order]);
  return labels.map((label) => ({ label, port: label.map((_, value) => label.indexOf(value)) }));
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}
