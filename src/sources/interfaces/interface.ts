/** What a system says of its network interfaces, as far as capturing needs it. */
export interface NetworkInterface {
  readonly name: string;
  readonly up: boolean;
  /** There is a link; null where the system does not say. */
  readonly link: boolean | null;
  readonly bitsPerSecond: number | null;
  /** What it is made of, if it is an aggregate: lacp, loadbalance, 802.3ad, active-backup …, in the system's words. */
  readonly aggregate: { readonly kind: string; readonly members: readonly string[] } | null;
}

/** The aggregate that an interface is a member of. */
export const aggregateOf = (name: string, all: readonly NetworkInterface[]): string | null =>
  all.find(({ aggregate }) => aggregate?.members.includes(name))?.name ?? null;

/** Aggregates are captured on their members: the aggregate itself does not tell which link a frame took. */
export function membersOf(names: readonly string[], all: readonly NetworkInterface[]): string[] {
  const expanded = names.flatMap((name) => all.find((each) => each.name === name)?.aggregate?.members ?? [name]);
  return [...new Set(expanded)];
}
