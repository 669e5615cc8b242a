import type { AwsFailure } from '../aws/failure.ts';

/** AWS tells when it was not the role itself that lacked the permission. Pure. */
export function sessionCause({ detail = '' }: AwsFailure): string {
  return /session policy/.test(detail)
    ? ' The session may have fewer permissions than its role: `session_policy` or `assume_role_policy` limits them.'
    : '';
}

/** For a policy that a store's own STS does not understand, or that leaves no room beside what the session inherits. Pure. */
export function policyFix({ code = '' }: AwsFailure): string {
  if (/^MalformedPolicyDocument/.test(code)) {
    return " The problem is the session's policy. Set `session_policy: none` to leave the action's own policy out.";
  }
  return /^PackedPolicyTooLarge/.test(code)
    ? " The session's policies and its own and inherited tags are together too large for STS, even without our tags. " +
        "Set `session_policy: none` to leave the action's own policy out, or shorten `assume_role_policy`, `assume_role_policy_arns` or `assume_role_tags`."
    : '';
}

/** Where the keys that were found are those of a role's session, nobody knows it before STS says so. Pure. */
export function chainFix({ detail = '' }: AwsFailure): string {
  return /role chaining/i.test(detail)
    ? ' A session of another role opens this one, so AWS limits it to an hour. Set `assume_role_duration` to 1h. The action renews the session.'
    : '';
}
