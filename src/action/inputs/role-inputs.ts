import type { CredentialSettings } from '../../aws/settings.ts';
import type { InputReader } from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';

const ROLE_ARN = /^arn:[^:\s]+:iam::\d{12}:role\/\S+$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

/** The role to assume, by Terraform's rules (spec 6.3). Undefined without `role_arn`. */
export function readAssumeRole(
  reader: InputReader,
  job: Job,
  warnings: string[],
): CredentialSettings['assumeRole'] {
  const externalId = reader.text('external_id');
  if (externalId !== undefined && !EXTERNAL_ID.test(externalId)) {
    reader.reject('external_id', externalId, 'use 2 to 1224 letters, digits and _ + = , . @ : / -');
  }
  const sessionName = reader.text('session_name');
  if (sessionName !== undefined && !SESSION_NAME.test(sessionName)) {
    reader.reject('session_name', sessionName, 'use 2 to 64 letters, digits and _ + = , . @ -');
  }
  const policy = readPolicy(reader);
  const roleArn = reader.text('role_arn');
  if (roleArn === undefined) {
    const given = ['external_id', 'session_name', 'assume_role_policy'].filter((name) => reader.text(name));
    if (given.length > 0) warnings.push(`${given.join(', ')}: no effect without role_arn.`);
    return undefined;
  }
  if (!ROLE_ARN.test(roleArn)) {
    reader.reject('role_arn', roleArn, 'give the full ARN of a role: arn:aws:iam::123456789012:role/NAME');
  }
  return { roleArn, externalId, sessionName: sessionName ?? defaultSessionName(job), policy };
}

function readPolicy(reader: InputReader): string | undefined {
  const policy = reader.text('assume_role_policy');
  if (policy === undefined) return undefined;
  try {
    JSON.parse(policy);
  } catch {
    reader.reject('assume_role_policy', policy, 'give an IAM policy as valid JSON');
  }
  return policy;
}

/** Names repository and run, so that CloudTrail's lines lead back here; 64 characters at most, of STS's alphabet. */
export function defaultSessionName(job: Job): string {
  const run = `${job.runId || 'local'}-${job.runAttempt}`;
  const repository = job.repository.replaceAll(/[^\w+=,.@-]/g, '-');
  const room = 64 - run.length - 1;
  return repository === '' ? `terraform-s3-state-${run}`.slice(0, 64) : `${repository.slice(-room)}-${run}`;
}
