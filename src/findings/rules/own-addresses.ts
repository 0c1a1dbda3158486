import { finding, type Rule } from '../rule.js';
import { list, sideOf } from '../words.js';

/** Addresses that look like what a hash reads, and are what the link was picked by, or what it was given. */
export const ownAddresses: Rule = {
  asks: 'Are these ports one aggregate at all?',
  judge: ({ draft }) => {
    const own = draft.lag.ownAddresses;
    if (own.length === 0 || draft.quality.verdict === 'unusable') return [];
    const { decider: far } = sideOf('ingress', draft);
    const { decider: near } = sideOf('egress', draft);
    return [
      finding({
        id: 'load-own-addresses',
        severity: 'warning',
        title: 'Each link has a MAC address of its own: these ports do not look like one LAG',
        explanation:
          `${list(own.map(({ port, mac }) => `${port} ${mac}`))}: nearly all frames of each are on that link alone. So ${near} has interfaces of their own, or a bond that needs nothing of ${far} (balance-tlb, balance-alb, a switch-independent team); a static LAG whose two ends hash on this address alone would look the same. ` +
          `Towards ${near} a frame takes the link of the address that its sender knows, by ARP or by name: no hash is looked for.`,
        advice: `For one LAG: LACP (802.3ad) at ${near}, and a trunk of these ports at ${far}. Else spread the clients over the addresses.`,
        ports: own.map(({ port }) => port),
      }),
    ];
  },
};
