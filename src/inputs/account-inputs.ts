import { isAwsEndpoint } from '../aws/aws-endpoints.ts';
import type { AccountRule } from '../aws/settings.ts';
import type { InputReader } from '../runner/inputs.ts';
import { readList } from './list-inputs.ts';

/**
 * The accounts whose credentials are allowed. At most one of the lists may be given, as in Terraform. `sts`: the
 * endpoint that replaces AWS's own.
 */
export function readAccountRule(
  reader: InputReader,
  sts: string | undefined,
  warnings: string[],
): AccountRule {
  const allowed = readAccounts(reader, 'allowed_account_ids', readList(reader, 'allowed_account_ids'));
  const forbidden = readAccounts(reader, 'forbidden_account_ids', readList(reader, 'forbidden_account_ids'));
  if (allowed.length > 0 && forbidden.length > 0) {
    const fix = 'it excludes allowed_account_ids: remove one of them';
    reader.reject('forbidden_account_ids', forbidden.join(', '), fix);
  }
  if (allowed.length + forbidden.length > 0 && !isAwsEndpoint(sts)) {
    const given = allowed.length > 0 ? 'allowed_account_ids' : 'forbidden_account_ids';
    warnings.push(
      `${given} proves nothing here: the account id comes from ${sts}, which is not AWS's own STS.`,
    );
  }
  return { allowed, forbidden };
}

/** Terraform accepts any text, which then matches no account, or allows every account. */
function readAccounts(reader: InputReader, name: string, ids: readonly string[]): readonly string[] {
  const odd = ids.find((id) => !/^\d{12}$/.test(id));
  if (odd !== undefined) reader.reject(name, odd, 'an account id has 12 digits (put it in quotes in YAML)');
  return ids;
}
