/** The `hash` object of the document: what inference found, with the frames that show it. */
import type { Evidence, FieldVerdict, Hash } from '../document/schema.js';
import type { Pass } from '../engine/pass.js';
import { displayFilter } from '../flows/flow-name.js';
import { type HashRows, MAIN } from '../flows/rows.js';
import { shownFieldOf } from '../inference/fields/values.js';
import type { FlowPair, HashInference, InferredField } from '../inference/infer.js';

export function hashDocument(pass: Pass, rows: HashRows, inference: HashInference): Hash {
  const fieldsOf = (fields: readonly InferredField[]) => fields.map((field) => fieldDocument(pass, rows, field));
  return {
    fields: fieldsOf(inference.fields),
    hypotheses: inference.hypotheses,
    indistinguishable: inference.indistinguishable,
    function: inference.function,
    cells: inference.cells,
    constants: constantsOf(rows, inference),
    families: inference.families?.map((own) => ({ ...own, fields: fieldsOf(own.fields) })) ?? null,
  };
}

/** Of all main rows: what never varied has one value. */
function constantsOf({ rows }: HashRows, { fields }: HashInference): Hash['constants'] {
  const first = rows.find(({ kind }) => kind === MAIN);
  if (first === undefined) return {};
  const constant = fields.filter(({ verdict }) => verdict === 'untested').map(({ field }) => field);
  return Object.fromEntries(constant.map((field) => [field, shownFieldOf(first, field)]));
}

function fieldDocument(pass: Pass, rows: HashRows, { pairs, evidence, ...field }: InferredField): FieldVerdict {
  return { ...field, evidence: { ...evidence, examples: pairs.map((pair) => pairDocument(pass, rows, pair)) } };
}

function pairDocument(pass: Pass, rows: HashRows, { a, b, values, ports, epoch }: FlowPair) {
  const names = ports.map((port) => pass.ports[rows.epochs[epoch]!.ports[port]!]!);
  return { a: firstFrameOf(pass, a), b: firstFrameOf(pass, b), values: [...values], ports: names };
}

function firstFrameOf({ flows, inputs }: Pass, flow: number): Evidence {
  return {
    source: inputs[flows.input(flow)]!.source,
    frame: flows.firstFrame(flow),
    filter: displayFilter(flows, flow),
  };
}
