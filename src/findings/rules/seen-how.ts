import { DIRECTIONS, finding, type Rule } from '../rule.js';
import { capital, list, percent, sideOf } from '../words.js';

const SEGMENTS = 100; // of a port: fewer that came again may be bad luck
const TWICE = [0.45, 0.55] as const; // of them: no link loses so much; of keep-alives it would be all

/** What a capture point shows of each frame: one way only, or everything twice. */
export const seenHow: Rule = {
  asks: 'Does the capture show each frame, and once?',
  judge: ({ draft }) => {
    const { directions, capture, lag, quality } = draft;
    if (quality.verdict === 'unusable') return [];
    const silent = DIRECTIONS.find((name) => directions[name].frames === 0);
    const other = silent === 'ingress' ? directions.egress : directions.ingress;
    const oneWay = silent !== undefined && capture.tcp > 0 && other.flows > 0 && lag.localStation.basis !== 'unknown';
    const tcp = DIRECTIONS.flatMap((name) =>
      directions[name].ports.flatMap(({ port, tcp: of }) =>
        of !== null && of.segments >= SEGMENTS ? [{ port, share: (of.repeated ?? 0) / of.segments }] : [],
      ),
    );
    const isTwice = tcp.length > 0 && tcp.every(({ share }) => share >= TWICE[0] && share <= TWICE[1]);
    return [
      ...(oneWay
        ? [
            finding({
              id: 'capture-one-direction',
              severity: 'warning',
              title: `Nothing of ${sideOf(silent, draft).arrow} was captured`,
              explanation: `TCP is answered, so frames of ${sideOf(silent, draft).decider} are missing here, on every port, or take a way outside of this LAG: nothing is said of what it chooses, nor of losses that its acknowledgements would show.`,
              advice: 'Capture both directions (tcpdump without -Q or -P), on a port that passes both.',
            }),
          ]
        : []),
      ...(isTwice
        ? [
            finding({
              id: 'capture-doubled',
              severity: 'warning',
              title: 'The capture seems to show every frame twice',
              explanation: `${capital(list([...new Set(tcp.map(({ port, share }) => `${percent(share)} of the TCP segments of ${port} came again`))]))}: no link loses so much. As where a mirror session copies a frame when it comes in and when it goes out. Loads are then twice what they were.`,
              advice:
                'Mirror each member port in its two directions, and nothing else to the same place; or capture on the host.',
              ports: [...new Set(tcp.map(({ port }) => port))],
            }),
          ]
        : []),
    ];
  },
};
