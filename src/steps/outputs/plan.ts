import { type JsonValue, printJson } from '../../statefile/json-tree.ts';
import type { ListedBy } from './listed-states.ts';
import { masksFor } from './masks.ts';
import type { OutputsInputs } from './outputs-inputs.ts';
import type { SelectedOutput, SelectedState } from './select.ts';
import { type Named, stepName, variableName } from './step-names.ts';

/** A value, and its name for the job. */
export interface Setting extends Named {
  /** The output's own name. */
  readonly output: string;
  /** The name of its state among several. */
  readonly state: string;
  /** The expected name, if a workflow could address that. */
  readonly expected: string;
  readonly json: JsonValue;
  readonly value: string;
  /** What must be masked first; undefined when it is not sensitive. */
  readonly masks: readonly string[] | undefined;
}

/** A sensitive output that is not set: it was not requested, or it can't be masked. */
export interface Omitted {
  readonly label: string;
  readonly why: 'sensitive' | 'not_maskable';
}

/** Everything that the job gets, before any of it is set. */
export interface Plan {
  readonly settings: readonly Setting[];
  readonly variables: readonly Setting[];
  readonly omitted: readonly Omitted[];
  /**
   * The labels of outputs that are set, but not as environment variables, because only a glob of the workflow matches
   * them.
   */
  readonly notExported: readonly string[];
  /** Of all selected outputs, those that their author deprecated. */
  readonly deprecated: readonly Deprecation[];
}

/** The author's message to those who still use an output. */
export interface Deprecation {
  readonly label: string;
  readonly text: string;
}

export type PlanInputs = Pick<OutputsInputs, 'listedBy' | 'sensitive' | 'envPrefix' | 'select'>;

/** Decides what is set, under which names, and what must be masked for it. Pure. */
export function planOutputs(states: readonly SelectedState[], inputs: PlanInputs): Plan {
  const { listedBy, sensitive, envPrefix, select } = inputs;
  const parts = states.flatMap(({ name, outputs }) =>
    outputs.map((output) =>
      planOne(name, nameOutput(listedBy, name, output.name), output, sensitive === 'mask'),
    ),
  );
  const settings = parts.filter((part) => 'name' in part);
  const isExported = (setting: Setting) => envPrefix !== '' || isNamedBy(select, setting);
  return {
    settings,
    variables:
      envPrefix === undefined
        ? []
        : settings
            .filter(isExported)
            .map((setting) => ({ ...setting, name: variableName(envPrefix, setting.label) })),
    omitted: parts.filter((part) => 'why' in part),
    notExported: settings.filter((setting) => !isExported(setting)).map(({ label }) => label),
    deprecated: states.flatMap(({ name, outputs }) =>
      outputs.flatMap((output) => {
        const { label } = nameOutput(listedBy, name, output.name);
        return output.deprecated === undefined ? [] : [{ label, text: output.deprecated }];
      }),
    ),
  };
}

/** An output's name in messages, and the expected name of its step output. */
interface OutputNames {
  readonly label: string;
  readonly expected: string;
}

/** The label of an output among those of all states of the step. Pure. */
export function nameOutput(listedBy: ListedBy | undefined, state: string, output: string): OutputNames {
  const joined = `${state}_${output}`;
  if (listedBy === 'states') return { label: `${state}.${output}`, expected: joined };
  return listedBy === undefined ? { label: output, expected: output } : { label: joined, expected: joined };
}

/** Whether the workflow itself names this output, not with a glob. Pure. */
export function isNamedBy(select: readonly string[], { output, label }: Setting): boolean {
  return select.includes(output) || select.includes(label);
}

function planOne(
  state: string,
  { label, expected }: OutputNames,
  output: SelectedOutput,
  isMasked: boolean,
): Setting | Omitted {
  const name = stepName(expected);
  const names = { label, output: output.name, name, state, expected };
  const setting = { ...names, json: output.value, value: toText(output) };
  if (!output.sensitive) return { ...setting, masks: undefined };
  if (!isMasked) return { label, why: 'sensitive' };
  const masks = masksFor(output.value);
  return masks === undefined ? { label, why: 'not_maskable' } : { ...setting, masks };
}

/** A string as it is, everything else as compact JSON with its types and digits. */
function toText({ value }: SelectedOutput): string {
  return typeof value === 'string' ? value : printJson(value);
}
