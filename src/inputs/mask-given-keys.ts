import { createInputReader, type Environment } from '../runner/inputs.ts';
import type { Runner } from '../runner/runner.ts';
import { CUSTOMER_KEY_VARIABLE } from './object-inputs.ts';

/** Masks the secret inputs before anything can fail and be printed. */
export function maskGivenKeys(env: Environment, runner: Pick<Runner, 'mask'>, ...more: string[]): void {
  const reader = createInputReader(env);
  for (const name of ['access_key', 'secret_key', 'token', 'sse_customer_key', ...more]) {
    const secret = reader.text(name);
    if (secret !== undefined) runner.mask(secret);
  }
  const customerKey = reader.environment(CUSTOMER_KEY_VARIABLE);
  if (customerKey !== undefined) runner.mask(customerKey);
}
