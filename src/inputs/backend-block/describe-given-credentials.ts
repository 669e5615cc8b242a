import type { GivenCredentials } from '../../aws/failure.ts';

/** The source of a job's credentials: `` `access_key` and `secret_key` are given``, `AWS_PROFILE is set`. Pure. */
export function describeGivenCredentials(given: GivenCredentials): string {
  if (given.kind === 'variable') return `${given.name} is set`;
  const names = given.names.map((name) => `\`${name}\``).join(' and ');
  return `${names} ${given.names.length > 1 ? 'are' : 'is'} given`;
}
