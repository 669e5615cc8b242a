import { createInputReader, type Environment } from '../../runner/inputs.ts';
import type { Runner } from '../../runner/runner.ts';

/** Masks what is secret among the inputs, before anything can fail and be printed. */
export function maskGivenKeys(env: Environment, runner: Runner, ...more: string[]): void {
  const reader = createInputReader(env);
  for (const name of ['access_key', 'secret_key', 'token', ...more]) {
    const secret = reader.text(name);
    if (secret !== undefined) runner.mask(secret);
  }
}
