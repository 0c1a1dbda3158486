import { grouped } from '../../stats/grouped.js';
import { type Draft, finding, type Rule } from '../rule.js';
import { count, list, percent } from '../words.js';

const SOME_SHARE = 0.01; // of the frames of a direction: a switch that learns addresses floods the odd frame
const SOME_FRAMES = 100;
const SOME_ECHOES = 5;
const CUT = 0.01; // of all frames

/** Frames that are where they should not be, or not whole. */
export const strays: Rule = {
  asks: 'Is there anything in this capture that should not be?',
  judge: ({ draft }) =>
    draft.quality.verdict === 'unusable' ? [] : [...echoes(draft), ...flooded(draft), ...cutHeaders(draft)],
};

function echoes({ quality, lag }: Draft) {
  const ports = quality.echoes.map(({ port }) => port);
  const frames = quality.echoes.reduce((sum, each) => sum + each.frames, 0);
  if (frames < SOME_ECHOES || lag.localStation.basis === 'unknown') return [];
  return [
    finding({
      id: 'capture-echoes',
      severity: 'notice',
      title: `${count(frames, 'broadcast or multicast frame')} of the server ${frames === 1 ? 'was' : 'were'} on another link too: ${list(ports)}`,
      explanation:
        'They came back, or the server sent them twice. A switch that has bundled these ports sends none of them what came in on another: then it did not treat them as one LAG at that time, or there is another way between them. ' +
        'Bonds that the switch knows nothing of (balance-tlb, balance-alb, active-backup, broadcast) show such copies too. These frames are in no figure.',
      advice: `Check the trunk of the switch for ${list(ports)}.`,
      ports,
    }),
  ];
}

function flooded({ quality, directions, lag }: Draft) {
  const { flooded: found } = quality;
  if (found === null || lag.localStation.basis === 'unknown') return [];
  const share = directions.ingress.frames > 0 ? found.frames / directions.ingress.frames : 0;
  if (found.frames < SOME_FRAMES || share < SOME_SHARE) return [];
  const examples = found.examples.map(({ mac, frames }) => `${mac} (${grouped(frames)})`);
  return [
    finding({
      id: 'capture-flooded',
      severity: 'notice',
      title: `${count(found.frames, 'frame')} for other stations arrive (${percent(share)} of switch → server)`,
      explanation: `They are addressed to ${count(found.stations, 'station')} that never ${found.stations === 1 ? 'sends' : 'send'} here: ${list(examples)}. The switch does not know where ${found.stations === 1 ? 'it is' : 'they are'} and floods, or it mirrors another port. These frames take room on the links and are in the loads.`,
      evidence: found.examples.map(({ evidence }) => evidence),
      advice:
        'Look for these addresses in the switch: show mac-address-table. A station that only receives has to send now and then.',
    }),
  ];
}

function cutHeaders({ quality, capture }: Draft) {
  if (quality.truncatedFrames <= CUT * capture.frames) return [];
  return [
    finding({
      id: 'capture-cut-headers',
      severity: 'warning',
      title: `${count(quality.truncatedFrames, 'frame')} were cut inside of their headers`,
      explanation: `${percent(quality.truncatedFrames / capture.frames)} of all frames: the snap length was too short for their headers. Nothing is said of flows whose ports were cut off.`,
      advice: 'Capture with a snap length of 128 or more: tcpdump -s 128.',
    }),
  ];
}
