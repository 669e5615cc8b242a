import type { SessionTag } from '../aws/settings.ts';
import type { InputReader } from '../runner/inputs.ts';
import type { Job } from '../runner/job.ts';
import { WEB_IDENTITY as FIRST } from './backend-block/arguments.ts';
import { readList, readMap, splitLines } from './list-inputs.ts';
import type { FirstSession, RolesGiven } from './role-chain.ts';

// S3-compatible stores have roles without an account.
const ROLE_ARN = /^arn:[^:\s]+:iam::(?:\d{12})?:role\/\S+$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const POLICY_ARN = /^arn:[^:\s]+:iam::(?:\d{12}|aws)?:policy\/\S+$/;
const OF_A_ROLE = [
  'external_id',
  'session_name',
  'assume_role_policy',
  'audience',
  'assume_role_duration',
  'assume_role_duration_seconds',
  'assume_role_policy_arns',
  'assume_role_tags',
  'assume_role_transitive_tag_keys',
  'source_identity',
  `${FIRST}.session_name`,
  `${FIRST}.duration`,
  `${FIRST}.policy`,
  `${FIRST}.policy_arns`,
];

/** The roles to assume one after another, by Terraform's rules (docs/protocol.md#roles). Undefined without any. */
export function readRoles(reader: InputReader, job: Job, warnings: string[]): RolesGiven | undefined {
  const session = readSession(reader, job, warnings);
  const first = readFirstSession(reader);
  // If a backend block has a web identity's role besides assume_role, it comes first.
  const arns = [...readRoleArns(reader, `${FIRST}.role_arn`), ...readRoleArns(reader, 'role_arn')];
  const [head, ...others] = arns;
  if (head !== undefined) {
    const isNamed = others.length === 0 && reader.text('session_name') !== undefined;
    const begin = isNamed ? { ...first, sessionName: undefined } : first;
    return { arns: [head, ...others], session, first: begin };
  }
  const given = OF_A_ROLE.filter((name) => reader.text(name));
  if (given.length > 0) warnings.push(`${given.join(', ')}: no effect without role_arn.`);
  return undefined;
}

/** One a line. */
function readRoleArns(reader: InputReader, input: string): string[] {
  const arns = splitLines(reader.text(input) ?? '');
  const odd = arns.find((arn) => !ROLE_ARN.test(arn));
  if (odd !== undefined) {
    reader.reject(input, odd, 'give the full ARN of a role: arn:aws:iam::123456789012:role/NAME');
  }
  return arns;
}

function readSession(reader: InputReader, job: Job, warnings: string[]): RolesGiven['session'] {
  const externalId = reader.text('external_id');
  if (externalId !== undefined && !EXTERNAL_ID.test(externalId)) {
    reader.reject('external_id', externalId, 'use 2 to 1224 letters, digits and _ + = , . @ : / -');
  }
  const sessionName = readName(reader, 'session_name') ?? defaultSessionName(job);
  const policy = readPolicy(reader, 'assume_role_policy');
  const sourceIdentity = readName(reader, 'source_identity');
  const givenTags = readTags(reader, warnings);
  const tags = (reader.boolean('session_tags') ?? true) ? sessionTags(job) : [];
  const transitiveTagKeys = readList(reader, 'assume_role_transitive_tag_keys');
  return {
    externalId,
    sessionName,
    policy,
    sourceIdentity,
    durationSeconds: readDuration(reader),
    policyArns: readPolicyArns(reader, 'assume_role_policy_arns'),
    givenTags,
    tags,
    // STS refuses to pass on a missing tag.
    transitiveTagKeys: transitiveTagKeys.filter((key) => !isOurs(key) || isAmong(tags, key)),
  };
}

/** Only a backend block or `backend_config` can set these. */
function readFirstSession(reader: InputReader): FirstSession {
  const duration = `${FIRST}.duration`;
  const ms = reader.duration(duration);
  return {
    sessionName: readName(reader, `${FIRST}.session_name`),
    durationSeconds: ms === undefined ? undefined : wholeSeconds(reader, duration, ms / 1000),
    policy: readPolicy(reader, `${FIRST}.policy`),
    policyArns: readPolicyArns(reader, `${FIRST}.policy_arns`),
  };
}

function readName(reader: InputReader, input: string): string | undefined {
  const name = reader.text(input);
  if (name !== undefined && !SESSION_NAME.test(name)) {
    reader.reject(input, name, 'use 2 to 64 letters, digits and _ + = , . @ -');
  }
  return name;
}

const TAG_LENGTH = 256;
const OUR_TAGS = 'github:';

/** Whether a tag's key is one of ours. STS and policies compare keys case-insensitively. */
function isOurs(key: string): boolean {
  return key.toLowerCase().startsWith(OUR_TAGS);
}

function isAmong(tags: readonly SessionTag[], key: string): boolean {
  return tags.some((tag) => tag.key.toLowerCase() === key.toLowerCase());
}

/**
 * The session's tags, the most important first. The keys are our own, because a tag replaces the role's tag with the
 * same name, and thus changes what policies make of it. Pure.
 */
export function sessionTags(job: Job): SessionTag[] {
  const run = job.runId && `${job.runId}-${job.runAttempt}`;
  const { repository, workflow, actor } = job;
  return Object.entries({ repository, run, workflow, actor })
    .filter(([, value]) => value !== '')
    .map(([key, value]) => ({
      key: `${OUR_TAGS}${key}`,
      // STS's alphabet, which does not include `dependabot[bot]`.
      value: Array.from(value.replaceAll(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '_'))
        .slice(0, TAG_LENGTH)
        .join(''),
    }));
}

const SHORTEST_S = 900;
const LONGEST_S = 43_200;

function readDuration(reader: InputReader): number | undefined {
  const ms = reader.duration('assume_role_duration');
  const legacy = reader.integer('assume_role_duration_seconds', 0);
  const seconds = ms === undefined ? legacy : ms / 1000;
  const input = ms === undefined ? 'assume_role_duration_seconds' : 'assume_role_duration';
  const whole = seconds === undefined ? undefined : wholeSeconds(reader, input, seconds);
  if (ms !== undefined && legacy !== undefined && legacy !== seconds) {
    const fix = 'it differs from assume_role_duration, of which it is the old name: remove it';
    reader.reject('assume_role_duration_seconds', String(legacy), fix);
  }
  return whole;
}

/** As STS counts. */
function wholeSeconds(reader: InputReader, input: string, seconds: number): number {
  if (seconds < SHORTEST_S || seconds > LONGEST_S) {
    reader.reject(input, reader.text(input), 'use at least 15m and at most 12h');
  }
  return Math.floor(seconds);
}

function readPolicyArns(reader: InputReader, input: string): string[] {
  const arns = readList(reader, input);
  const odd = arns.find((arn) => !POLICY_ARN.test(arn));
  if (odd !== undefined) {
    reader.reject(input, odd, 'give ARNs of policies: arn:aws:iam::123456789012:policy/NAME');
  }
  return arns;
}

// STS's alphabet and lengths. STS itself would refuse others with a worse message.
const TAG_KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/** The user's tags, without those under our keys: policies rely on these being the job's own. */
function readTags(reader: InputReader, warnings: string[]): SessionTag[] {
  const tags = readMap(reader, 'assume_role_tags');
  const odd = tags.find(({ key, value }) => !TAG_KEY.test(key) || !TAG_VALUE.test(value));
  if (odd !== undefined) {
    const fix = 'use letters, digits, spaces and _ . : / = + - @; 128 characters in a key, 256 in a value';
    reader.reject('assume_role_tags', `${odd.key}=${odd.value}`, fix);
  }
  const forged = tags.filter(({ key }) => isOurs(key)).map(({ key }) => reader.quote(key));
  if (forged.length > 0) {
    warnings.push(
      `assume_role_tags: ${forged.join(', ')} left out, because keys that begin with ${OUR_TAGS} are reserved for the job's own tags.`,
    );
  }
  return tags.filter(({ key }) => !isOurs(key));
}

function readPolicy(reader: InputReader, input: string): string | undefined {
  const policy = reader.text(input);
  if (policy === undefined) return undefined;
  try {
    JSON.parse(policy);
  } catch {
    reader.reject(input, policy, 'give an IAM policy as valid JSON');
  }
  return policy;
}

/** Contains repository and run, so CloudTrail's records lead back here. At most 64 characters of STS's alphabet. */
export function defaultSessionName(job: Job): string {
  const run = `${job.runId || 'local'}-${job.runAttempt}`;
  const repository = job.repository.replaceAll(/[^\w+=,.@-]/g, '-');
  const room = 64 - run.length - 1;
  return repository === '' ? `terraform-s3-state-${run}`.slice(0, 64) : `${repository.slice(-room)}-${run}`;
}
