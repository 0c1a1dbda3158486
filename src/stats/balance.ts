/** How even a load is over K ports. */

const sumOf = (loads: ArrayLike<number>) => {
  let sum = 0;
  for (let port = 0; port < loads.length; port++) sum += loads[port];
  return sum;
};

/** Jain's fairness index (sum x)^2 / (K sum x^2): 1 if even, 1/K if all on one; null without load. Jain, Chiu and Hawe, 1984. */
export function jain(loads: ArrayLike<number>): number | null {
  const sum = sumOf(loads);
  if (!(sum > 0)) return null;
  let squares = 0;
  for (let port = 0; port < loads.length; port++) squares += (loads[port] / sum) ** 2; // shares: octets squared pass 2^53
  return 1 / (loads.length * squares);
}

/** exp of the entropy of the shares: how many equally loaded ports carry as diverse a load; null without load. */
export function effectiveLinks(loads: ArrayLike<number>): number | null {
  const sum = sumOf(loads);
  if (!(sum > 0)) return null;
  let entropy = 0;
  for (let port = 0; port < loads.length; port++) {
    const share = loads[port] / sum;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}

/** Largest load over the mean load: 1 if even, K if all on one; null without load. */
export function maxOverMean(loads: ArrayLike<number>): number | null {
  const sum = sumOf(loads);
  if (!(sum > 0)) return null;
  let most = 0;
  for (let port = 0; port < loads.length; port++) most = Math.max(most, loads[port]);
  return (loads.length * most) / sum;
}
