import type { StsContext } from './assume-role.ts';
import { AwsError } from './errors.ts';
import type { RoleSession } from './settings.ts';

/**
 * Opens sessions of a role through what `make` creates for it: with the role's policy, until STS refuses it but opens
 * the session without. Then a notice says so, and the policy is not sent again. The calls throw what the created ones
 * throw.
 */
export function withOptionalPolicy<Role extends RoleSession, Args extends readonly unknown[], Keys>(
  role: Role,
  stsContext: Pick<StsContext, 'onNotice'>,
  make: (role: Role) => (...args: Args) => Promise<Keys>,
): (...args: Args) => Promise<Keys> {
  const narrow = make(role);
  const wide = make({ ...role, policy: undefined });
  let isRefused = false;
  return async (...args) => {
    if (isRefused) return await wide(...args);
    try {
      return await narrow(...args);
    } catch (error) {
      const code = readRefusal(error);
      if (code === undefined) throw error;
      const keys = await wide(...args);
      isRefused = true;
      stsContext.onNotice({ kind: 'policy_refused', roleArn: role.roleArn, code });
      return keys;
    }
  };
}

/** The SDK's code for an error whose code is not where AWS's STS puts it (Ceph). */
const UNREADABLE = 'Unknown';

/**
 * The code of an answer that may refer to the policy; undefined when it does not. No store's refusal names the policy
 * reliably.
 */
function readRefusal(error: unknown): string | undefined {
  if (!(error instanceof AwsError)) return undefined;
  const { kind, code = UNREADABLE, status = 500 } = error.failure;
  if (kind !== 'not_implemented' && (kind !== 'other' || status >= 500)) return undefined;
  return code === UNREADABLE ? `HTTP ${status}` : code;
}
