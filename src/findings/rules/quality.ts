import { STOPPED } from '../../engine/pass.js';
import { grouped } from '../../stats/grouped.js';
import { DIRECTIONS, type Draft, finding, type Rule } from '../rule.js';
import { count } from '../words.js';

const lostOn = ({ directions }: Draft) => [
  ...new Set(
    DIRECTIONS.flatMap((name) =>
      directions[name].ports.flatMap(({ port, tcp }) => ((tcp?.missed ?? 0) > 0 ? [port] : [])),
    ),
  ),
];

/** What the capture itself does not allow to say. */
export const quality: Rule = {
  asks: 'Can this capture be trusted?',
  judge: ({ draft, stationDoubt, oneSided }) => {
    const { inputs, quality: q, lag, capture } = draft;
    const stopped = inputs.filter(({ damage }) => damage?.reason === STOPPED);
    const damaged = inputs.filter((input) => !input.complete && !stopped.includes(input));
    const dropped = inputs.filter(({ drops }) => (drops.kernel ?? 0) + (drops.interface ?? 0) > 0);
    return [
      ...(stopped.length > 0
        ? [
            finding({
              id: 'capture-stopped',
              severity: 'notice',
              title: `Reading was stopped after ${count(capture.frames, 'frame')}`,
              explanation: `${stopped.length} of ${count(inputs.length, 'input')} were not read to their ends: the rest is in no figure here.`,
              advice: 'Run it again and let it finish for the whole capture.',
              ports: stopped.map(({ port }) => port),
            }),
          ]
        : []),
      ...damaged.map(({ source, port, damage }) =>
        finding({
          id: 'capture-damaged',
          severity: 'warning',
          title: `${source} is damaged or cut off${damage === null ? '' : ` at byte ${grouped(damage.offset)}`}`,
          explanation: `${damage?.reason ?? 'Not all of it could be read'}. ${count(damage?.framesBefore ?? 0, 'frame')} before it were analysed; what came after on ${port} is not in the figures.`,
          advice: 'Copy the capture again, or stop the capture before copying it.',
          ports: [port],
        }),
      ),
      ...dropped.map(({ source, port, drops }) =>
        finding({
          id: 'capture-drops',
          severity: 'warning',
          title: `${port}: the capture dropped ${count((drops.kernel ?? 0) + (drops.interface ?? 0), 'frame')}`,
          explanation: `So says ${source}. Loads of ${port} are too low by that much.`,
          advice: 'Capture with a smaller snap length (-s 128) or a larger buffer (-B).',
          ports: [port],
        }),
      ),
      ...(q.ackedGaps !== null && q.ackedGaps > 0
        ? [
            finding({
              id: 'capture-gaps',
              severity: 'warning',
              title: `The capture lost frames: ${count(q.ackedGaps, 'gap')} in TCP data that arrived`,
              explanation:
                'What is missing was acknowledged, or the sender went on for seconds without sending it again: the receiver had it, so the capture lost it, not the network. Loads are too low, and frames of UDP and of acknowledgements may be missing too.',
              advice: 'Capture with a smaller snap length (-s 128) or a larger buffer (-B).',
              ports: lostOn(draft),
            }),
          ]
        : []),
      ...(lag.localStation.basis === 'unknown' && capture.frames > 0 && q.verdict !== 'unusable'
        ? [
            finding({
              id: 'capture-station-unknown',
              severity: 'warning',
              title: 'Which end is the server can’t be told',
              explanation: `${stationDoubt ?? 'No address takes part in nearly all frames.'} The two directions are shown as two sides in no known order.`,
              advice: 'Name the server: --local MAC or --local IP',
            }),
          ]
        : []),
      ...(oneSided !== null
        ? [
            finding({
              id: 'capture-port-missing',
              severity: 'warning',
              title: 'A member port of the LAG seems not to be captured',
              explanation: `${oneSided.connections} of ${count(oneSided.of, 'TCP connection')} show one direction alone: the other half took a port that is not here, or a way outside of this LAG. Flows of that port are missing, not on another one, and how many ports the senders choose from is not known: no function is named.`,
              advice: 'Capture every member port of the LAG at the same time.',
            }),
          ]
        : []),
      ...(q.superFrames > 0
        ? [
            finding({
              id: 'capture-offload',
              severity: 'notice',
              title: `${count(q.superFrames, 'frame')} longer than a link carries`,
              explanation: `Offload: the card splits and joins segments after the capture point. ${q.superFrameSegments === null || q.superFrameSegments <= q.superFrames ? '' : `On the wire they were about ${grouped(q.superFrameSegments)} frames, if those had 1,514 octets. `}Octets are right but for the headers of these; frame counts are lower than on the wire.`,
              advice: 'Turn it off for the capture if counts matter: ethtool -K igb0 tso off gso off gro off lro off',
            }),
          ]
        : []),
    ];
  },
};
