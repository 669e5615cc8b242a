import {
  explainCollisions,
  explainForbidden,
  explainSensitive,
  explainTooLarge,
} from '../../messages/outputs-refused.ts';
import { isForbiddenVariable } from './forbidden-variables.ts';
import type { Plan, Setting } from './plan.ts';
import { OutputsRefused } from './refusal.ts';
import type { SelectedState } from './select.ts';
import { collisions } from './step-names.ts';

/** The bytes that Linux allows for one variable of a new program, including its name and terminator. */
const LARGEST_VARIABLE = 128 * 1024;
/** In bytes, of the 2 MiB that Linux allows for all variables and the arguments. */
const ALL_VARIABLES = 1024 * 1024;

/**
 * Refuses what can't or must not be set, before anything is set.
 *
 * Errors: OutputsRefused `sensitive_selected`, `names_collide` or `variable_refused`.
 */
export function checkPlan(states: readonly SelectedState[], plan: Plan, sensitive: string): void {
  if (sensitive === 'fail') refuseSensitive(states);
  refuseCollisions('step output', plan.settings);
  refuseCollisions('environment variable', plan.variables);
  refuseVariables(plan.variables);
}

function refuseSensitive(states: readonly SelectedState[]): void {
  const found = states.flatMap(({ outputs }) => outputs.filter(({ sensitive }) => sensitive));
  if (found.length === 0) return;
  throw new OutputsRefused('sensitive_selected', explainSensitive(found.map(({ name }) => name)));
}

function refuseCollisions(what: string, settings: readonly Setting[]): void {
  const groups = collisions(settings);
  if (groups.length > 0) throw new OutputsRefused('names_collide', explainCollisions(what, groups));
}

function refuseVariables(variables: readonly Setting[]): void {
  const forbidden = variables.filter(({ name }) => isForbiddenVariable(name));
  if (forbidden.length > 0) throw new OutputsRefused('variable_refused', explainForbidden(forbidden));
  const unfit = variables.filter(
    (variable) => measureSize(variable) > LARGEST_VARIABLE || variable.value.includes('\0'),
  );
  const all = variables.reduce((sum, variable) => sum + measureSize(variable), 0);
  if (unfit.length > 0 || all > ALL_VARIABLES) {
    throw new OutputsRefused('variable_refused', explainTooLarge(unfit, all));
  }
}

/** As the kernel counts it: `NAME=value` and a zero byte. */
function measureSize({ name, value }: Setting): number {
  return Buffer.byteLength(name) + Buffer.byteLength(value) + 2;
}
