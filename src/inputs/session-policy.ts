import { isOtherKind } from '../aws/arns.ts';
import { isStore } from '../aws/aws-endpoints.ts';
import type { CredentialSettings } from '../aws/settings.ts';
import {
  SESSION_POLICY_LIMIT,
  type SessionPolicyOptions,
  sessionPolicy,
} from '../backend/policy/session-policy.ts';
import type { SessionUse } from '../backend/policy/uses.ts';
import type { BackendSettings } from '../backend/settings.ts';
import type { InputReader } from '../runner/inputs.ts';

type Backends = readonly [BackendSettings, ...BackendSettings[]];

/**
 * Reads `session_policy`. Returns the first of these backends and, if it assumes a role, adds the session policy for
 * what is done with all of them. A given policy replaces ours.
 */
export function withSessionPolicy(
  reader: InputReader,
  use: SessionUse,
  backends: Backends,
  warnings: string[],
  options: SessionPolicyOptions = {},
): BackendSettings {
  const mode = reader.choice('session_policy', ['minimal', 'none']) ?? 'minimal';
  const [first] = backends;
  const { credentials } = first.aws;
  const { assumeRole, webIdentity } = credentials;
  // The first of two roles only has to assume the second.
  const role = assumeRole ?? webIdentity;
  if (role === undefined || role.policy !== undefined || role.policyArns.length > 0 || mode === 'none')
    return first;
  const policy = policyFor(use, options, backends, role.roleArn, warnings);
  const narrowed: Partial<CredentialSettings> =
    assumeRole === undefined
      ? { webIdentity: webIdentity && { ...webIdentity, policy } }
      : { assumeRole: { ...assumeRole, policy } };
  const derived = {
    ...credentials,
    ...narrowed,
    isPolicyOptional: policy !== undefined && isStore(first.aws),
  };
  return { ...first, aws: { ...first.aws, credentials: derived } };
}

const WIDE = 'the session has all permissions of its role';

/** Undefined, with a warning, when there is none. Another warning when it is wider than it should be. */
function policyFor(
  use: SessionUse,
  options: SessionPolicyOptions,
  backends: Backends,
  roleArn: string,
  warnings: string[],
): string | undefined {
  if (isOtherKind(backends[0].address.bucket)) {
    warnings.push(`session_policy: a bucket of this kind needs other permissions, so ${WIDE}.`);
    return undefined;
  }
  const policy = sessionPolicy(use, backends, roleArn, options);
  const limit = `into a session policy of ${SESSION_POLICY_LIMIT} characters`;
  if (policy === undefined) {
    warnings.push(`session_policy: bucket, table and key don't fit ${limit}, so ${WIDE}.`);
  } else if (policy.isWidened) {
    const names = policy.keys.patterns.join(', ');
    warnings.push(
      `session_policy: the keys don't fit ${limit}, so the session may use every state ${names}.`,
    );
  }
  return policy?.text;
}
