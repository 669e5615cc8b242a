/** The action's own outputs; `outputs/action.yml` declares the same (a test compares them). */
export const OUTPUTS_OUTPUTS = [
  'outputs',
  'names',
  'serial',
  'lineage',
  'workspace',
  'state_exists',
  'found',
  'outputs_file',
  'added',
  'changed',
  'removed',
  'retyped',
  'reason_code',
  'result',
] as const;

// The runner compares names case-insensitively.
const OWN: ReadonlySet<string> = new Set(OUTPUTS_OUTPUTS);

/**
 * The name under which a workflow can address an output, as `steps.ID.outputs.NAME`: every character other than `A-Z
 * a-z 0-9 _ -` becomes `_`. A name that starts with neither a letter nor `_` gets a leading `_`, and the name of one of
 * the action's own outputs gets the prefix `output_`. It does not depend on other outputs, so none can take it. Pure.
 */
export function stepName(name: string): string {
  const plain = replaceOthers(name, /[^A-Za-z0-9_-]/gu);
  return OWN.has(plain.toLowerCase()) ? `output_${plain}` : plain;
}

/** The name of an environment variable, which has no `-`. Pure. */
export function variableName(prefix: string, name: string): string {
  return replaceOthers(`${prefix}${name}`, /[^A-Za-z0-9_]/gu);
}

function replaceOthers(name: string, others: RegExp): string {
  const replaced = name.replace(others, '_');
  return /^[A-Za-z_]/.test(replaced) ? replaced : `_${replaced}`;
}

/** Something under its name for the runner. */
export interface Named {
  /** The user's name for it. */
  readonly label: string;
  readonly name: string;
}

/** Groups whose names are equal for the runner. Pure. */
export function collisions<Thing extends Named>(things: readonly Thing[]): Thing[][] {
  const groups = Map.groupBy(things, ({ name }) => name.toLowerCase());
  return [...groups.values()].filter(({ length }) => length > 1);
}
