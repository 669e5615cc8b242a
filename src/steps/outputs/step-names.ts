/** The outputs that the action itself has; `outputs/action.yml` declares the same (a test compares them). */
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

// The runner tells names apart without regard to case.
const OWN: ReadonlySet<string> = new Set(OUTPUTS_OUTPUTS);

/**
 * The name under which a workflow can address an output, as `steps.ID.outputs.NAME`: every character beyond
 * `A-Z a-z 0-9 _ -` becomes `_`, a name that begins with none of the letters or `_` gets a `_` in front, and one that
 * the action has itself begins with `output_`. No other output matters for it, so that none can take it away. Pure.
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

/** A thing under the name that the runner is to know it by. */
export interface Named {
  /** The user's name for it. */
  readonly label: string;
  readonly name: string;
}

/** Groups whose names are one and the same to the runner. Pure. */
export function collisions<Thing extends Named>(things: readonly Thing[]): Thing[][] {
  const groups = Map.groupBy(things, ({ name }) => name.toLowerCase());
  return [...groups.values()].filter(({ length }) => length > 1);
}
