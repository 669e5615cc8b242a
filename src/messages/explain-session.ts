import type { AwsFailure } from '../aws/failure.ts';

/** AWS says when the session, not the role itself, lacks the permission. Pure. */
export function sessionCause({ detail = '' }: AwsFailure): string {
  return /session policy/.test(detail)
    ? ' The session may have fewer permissions than its role: `session_policy` or `assume_role_policy` limits them.'
    : '';
}

/** The fix for a policy that a store's own STS does not understand, or that is too large together with what the session inherits. Pure. */
export function policyFix({ code = '' }: AwsFailure): string {
  if (/^MalformedPolicyDocument/.test(code)) {
    return " The problem is the session's policy. Set `session_policy: none` to leave the action's own policy out.";
  }
  return /^PackedPolicyTooLarge/.test(code)
    ? " The session's policies and its own and inherited tags are together too large for STS, even without the action's tags. " +
        "Set `session_policy: none` to leave the action's own policy out, or shorten `assume_role_policy`, `assume_role_policy_arns` or `assume_role_tags`."
    : '';
}

/** Only STS can say that the credentials are already those of a role's session. Pure. */
export function chainFix({ detail = '' }: AwsFailure): string {
  return /role chaining/i.test(detail)
    ? ' This role is assumed from the session of another role, so AWS limits its session to an hour. Set `assume_role_duration` to 1h. The action renews the session.'
    : '';
}
