import { createInputReader, type Environment, type GivenSettings } from '../../runner/inputs.ts';
import { BACKEND_INPUTS } from './arguments.ts';
import { listVariables } from './setting-variables.ts';

// Without any of these, the profile provides it, or nothing does.
const OTHERWISE: Readonly<Record<string, string>> = { region: 'the AWS profile' };

/**
 * Where each setting of the backend comes from, on one line and without the values. Which credentials are used is known
 * only when they are found. Pure.
 */
export function originsLine(env: Environment, settings: GivenSettings['settings']): string {
  const reader = createInputReader(env);
  const names = new Map<string, string[]>();
  for (const name of [...BACKEND_INPUTS, 'workspace']) {
    const given = settings.get(name)?.from.replace(/:\d+$/, '');
    const variable = listVariables(name).find((variable) => reader.environment(variable) !== undefined);
    const elsewhere = given ?? variable ?? OTHERWISE[name];
    const origin = reader.text(name) === undefined ? elsewhere : 'the inputs';
    if (origin !== undefined) names.set(origin, [...(names.get(origin) ?? []), name]);
  }
  const parts = [...names].map(([origin, of]) => `${of.join(', ')} from ${origin}`);
  return `Settings: ${parts.join('; ')}.`;
}
