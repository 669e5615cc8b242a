import { findAccount } from '../../aws/arns.ts';
import { isAwsEndpoint } from '../../aws/clients.ts';
import { findSurplus, policySource, type Surplus } from '../../backend/policy/excess.ts';
import type { Use } from '../../backend/policy/least-privilege.ts';
import type { Backend } from '../../backend/settings.ts';
import { type Answer, ask, unasked } from './findings.ts';

/** Permissions beyond the use, in words, of the user or role whose policies were looked at. */
export interface Excess {
  readonly source: string;
  readonly surplus: readonly string[];
}

/** Whose policies to look at, and where. */
export interface PolicyScope {
  /** The role that was assumed; undefined: whoever the caller is. */
  readonly roleArn: string | undefined;
  /** In the place of IAM's own. */
  readonly iamEndpoint: string | undefined;
}

/**
 * Asks IAM what the caller's policies allow beyond a use: one question and, if that was answered, the others side by
 * side. Changes nothing.
 */
export async function lookAtExcess(
  backend: Backend,
  use: Use,
  { roleArn, iamEndpoint }: PolicyScope,
): Promise<Answer<Excess>> {
  const { aws, endpoints } = backend;
  if (iamEndpoint === undefined && !Object.values(endpoints).every(isAwsEndpoint)) {
    return unasked('only AWS has an IAM to ask');
  }
  const source = roleArn ?? policySource(aws.principal() ?? '');
  if (source === undefined) return unasked('it is not known whose policies they are');
  const [first, ...others] = findSurplus(backend, use, findAccount(source) ?? '*');
  if (first === undefined) return unasked('buckets of this kind have other permissions');
  const question = async ({ actions, resource, item, what }: Surplus): Promise<string[]> => {
    const context: Record<string, string[]> = item === undefined ? {} : { 'dynamodb:LeadingKeys': [item] };
    const allowed = await aws.simulatePolicy({ source, actions, resource, context }, iamEndpoint);
    const names = actions.filter((action) => allowed.has(action));
    return names.length === 0 ? [] : [`${names.join(', ')} on ${what}`];
  };
  return await ask(async () => {
    const surplus = await question(first);
    const more = await Promise.all(others.map(question));
    return { source, surplus: [...surplus, ...more.flat()] };
  });
}
