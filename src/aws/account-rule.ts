import { findAccount } from './arns.ts';
import type { Principal } from './aws.ts';
import type { AccountRefusal } from './failure.ts';
import type { AccountRule } from './settings.ts';

/** Whether only some accounts are allowed. Pure. */
export function hasAccountRule({ allowed, forbidden }: AccountRule): boolean {
  return allowed.length > 0 || forbidden.length > 0;
}

/** Why the credentials of an account may not be used; undefined when they may. Pure. */
export function findAccountRefusal(
  { arn, account }: Principal,
  { allowed, forbidden }: AccountRule,
): AccountRefusal | undefined {
  const id = account ?? findAccount(arn) ?? '(unknown)';
  if (forbidden.includes(id)) return { account: id, rule: 'forbidden_account_ids', list: forbidden };
  if (allowed.length === 0 || allowed.includes(id)) return undefined;
  return { account: id, rule: 'allowed_account_ids', list: allowed };
}
