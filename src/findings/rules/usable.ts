import type { Analysis } from '../../document/schema.js';
import { finding, type Rule } from '../rule.js';
import { count, list } from '../words.js';

/** A file tells when frames came, not when its capture began or ended. */
const span = ({ source, firstTime, lastTime }: Analysis['inputs'][number]) =>
  firstTime === null ? `${source} has none` : `${source} from ${firstTime} to ${lastTime}`;

/** What makes it impossible to say anything of a LAG. The command then ends with a status of its own. */
export const usable: Rule = {
  asks: 'Can anything be said of a LAG at all?',
  judge: ({ draft }) => {
    const { inputs, lag, capture, quality } = draft;
    if (quality.verdict !== 'unusable') return [];
    const twins = quality.copies.filter(({ ports }) => ports.every((port) => lag.ports.includes(port)));
    if (lag.ports.length - twins.length < 2) {
      return [
        finding({
          id: 'capture-one-port',
          severity: 'fault',
          title: 'Only one member port was captured: nothing can be said of the LAG',
          explanation: `${count(capture.flows, 'flow')} on ${list(lag.ports)}. Which port a flow took shows only when all ports are captured together, each in a file or an interface of its own: a merged file, or one taken on the aggregate, does not say which port a frame used.`,
          advice:
            'Capture every member port at the same time and give all files: lacpscope analyze igb0.pcap igb1.pcap …',
          ports: lag.ports,
        }),
      ];
    }
    if (capture.frames > 0 && quality.overlap === 0) {
      return [
        finding({
          id: 'capture-no-overlap',
          severity: 'fault',
          title: 'The captures do not overlap in time',
          explanation: `There is no time in which all ports have frames: ${list(inputs.map(span))}. They were captured one after the other, or one link took over from another.`,
          advice: 'Start the captures of all member ports together, and stop them together.',
          ports: lag.ports,
        }),
      ];
    }
    return [
      finding({
        id: 'capture-no-unicast',
        severity: 'fault',
        title: 'No unicast traffic was captured: nothing can be said of the LAG',
        explanation: `${count(capture.frames, 'frame')} in ${count(inputs.length, 'input')}, none from one station to another.`,
        advice: 'Capture while the clients send, below the aggregate: on igb0, igb1 …, not on lagg0.',
        ports: lag.ports,
      }),
    ];
  },
};
