import { finding, type Rule } from '../rule.js';
import { list } from '../words.js';

/** Captured ports that are no members of this LAG. */
export const members: Rule = {
  asks: 'Does every capture belong to this LAG?',
  judge: ({ draft, portNames }) => {
    const framesOf = (port: string) =>
      draft.inputs.reduce((sum, input) => sum + (input.port === port ? input.frames : 0), 0);
    const empty = draft.capture.frames > 0 ? portNames.filter((port) => framesOf(port) === 0) : [];
    const { copies, mirrors } = draft.quality;
    const named = new Set([...copies.map(({ aggregate }) => aggregate), ...mirrors.map(({ port }) => port)]);
    const outside = portNames.filter(
      (port) => !draft.lag.ports.includes(port) && !empty.includes(port) && !named.has(port),
    );
    const nothing =
      empty.length === 0
        ? []
        : [
            finding({
              id: 'capture-port-empty',
              severity: 'warning',
              title: `${list(empty)}: not one frame was captured`,
              explanation: `The link is down, or the capture of it did not work: this can’t be told. What a member carried is missing here.`,
              advice: 'Check the link and the interface that was captured.',
              ports: empty,
            }),
          ];
    // A capture of all interfaces holds others by its nature.
    const isOfAll = (port: string) =>
      draft.inputs.some((input) => input.port === port && input.linkType === 'LINUX_SLL2');
    const [others, unexpected] = [outside.filter(isOfAll), outside.filter((port) => !isOfAll(port))];
    if (others.length > 0) {
      nothing.push(
        finding({
          id: 'capture-other-interfaces',
          severity: 'notice',
          title: `${list(others)}: ${others.length === 1 ? 'another interface' : 'other interfaces'} of this host`,
          explanation: `This LAG is made of ${list(draft.lag.ports)}. What else a capture of all interfaces holds is counted, and left out of everything else.`,
          ports: others,
        }),
      );
    }
    if (unexpected.length === 0) return nothing;
    return [
      ...nothing,
      finding({
        id: 'lacp-not-a-member',
        severity: 'warning',
        title: `${list(unexpected)} ${unexpected.length === 1 ? 'is' : 'are'} not part of this LAG`,
        explanation: `${draft.lacp.present ? 'LACP' : 'The aggregate'} bundles ${list(draft.lag.ports)}. ${unexpected.length === 1 ? 'It is' : 'They are'} counted, and left out of what is said of the hash.`,
        advice: 'Check the cable and the trunk of the switch port, or leave that capture out.',
        ports: unexpected,
      }),
    ];
  },
};
