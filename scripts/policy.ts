/**
 * Prints the IAM policies of the roles that this action needs, from the code that narrows its sessions.
 * Usage: npm run policy -- --bucket NAME --key PATH... [--region REGION] [--account ID] [--dynamodb-table NAME]
 *   [--use-lockfile] [--snapshot auto|always|never] [--lock-timeout DURATION] [--workspace NAME|'*']... [--workspace-key-prefix PREFIX] [--kms-key-id KEY] [--acl ACL]
 *   [--repository OWNER/REPO [--environment NAME | --branch NAME | --pull-request | --merge-queue BRANCH...]
 *     [--repository-id N --owner-id N] [--audience NAME]]
 *   [--for hold|pull|plan|apply|publish|outputs|compare|decrypt|check|published|unlock|free|lock|freeze|
 *     workspace_list|workspace_new|workspace_delete|history_read|history_restore|locks|locks_free|
 *     migrate_report|migrate_finish|doctor|trust]
 */
import { parseArgs } from 'node:util';
import {
  mergeQueueContext,
  type Policy,
  type RoleFor,
  rolePolicy,
  type TrustFor,
  trustPolicy,
} from './policy/policies.ts';

const text = { type: 'string' } as const;

const OPTIONS = {
  bucket: text,
  key: { type: 'string', multiple: true },
  region: text,
  account: text,
  'dynamodb-table': text,
  acl: text,
  for: text,
  'use-lockfile': { type: 'boolean' },
  snapshot: text,
  'lock-timeout': text,
  workspace: { type: 'string', multiple: true },
  'workspace-key-prefix': text,
  'kms-key-id': text,
  repository: text,
  environment: text,
  branch: text,
  'pull-request': { type: 'boolean' },
  'merge-queue': { type: 'string', multiple: true },
  'repository-id': text,
  'owner-id': text,
  audience: text,
} as const;

const WHAT = {
  hold: 'hold: the role of jobs that hold the state',
  pull: 'pull: the role of jobs that hold the state and push nothing (push: never)',
  plan: 'plan: the role of jobs that plan without a lock and store the plan (lock: none, plan_file)',
  apply: 'apply: hold, and fetch and delete the plan that is applied (plan)',
  publish: 'publish: hold, and publish the outputs (publish_outputs: true)',
  published: 'published: the role of jobs that read the published outputs alone (source: published)',
  outputs: 'outputs: the role of jobs that read its outputs, or the state (lock: none)',
  compare:
    'compare: outputs, and compare them with those of an earlier version (compare_with: version or fingerprint)',
  decrypt: 'decrypt: outputs, of states that OpenTofu encrypts under the key (encryption_kms_key_id)',
  check: 'check: the role of jobs that look whether it moved since a plan',
  unlock:
    'unlock: the role of jobs that free its lock (unlock/), and repair a digest that its holder did not write',
  free: 'free: the role of jobs that free the lock that their own Terraform left (lock: guard)',
  lock: 'lock: the role of jobs that hold the lock alone (pull: false)',
  freeze: 'freeze: the role of jobs that freeze, thaw and show it',
  workspace_list: 'workspace_list: the role of jobs that list its workspaces',
  workspace_new: 'workspace_new: the role of jobs that make its workspaces',
  workspace_delete: 'workspace_delete: the role of jobs that delete its workspaces',
  history_read: 'history_read: the role of jobs that list and compare its versions',
  history_restore: 'history_restore: the role of jobs that restore one of its versions',
  locks: 'locks: the role of jobs that look at all locks below a prefix (locks/)',
  locks_free: 'locks_free: locks, and free those of dead holders (free: stale)',
  migrate_report:
    'migrate_report: the role of jobs that report how all states below a prefix are locked (migrate/ with report or dual)',
  migrate_finish: 'migrate_finish: migrate_report, and remove their items from the table (finish)',
  doctor: 'doctor: hold, and what the doctor needs to look over bucket and table',
  trust: 'trust: the trust policy of a role, for jobs that assume it by their own identity',
} as const;

type Given = ReturnType<typeof given>;

function given() {
  return parseArgs({ options: OPTIONS }).values;
}

function roleFor(values: Given): RoleFor {
  const { bucket, account, acl } = values;
  const [key, ...otherKeys] = values.key ?? [];
  if (bucket === undefined || key === undefined) throw new Error('give --bucket and --key');
  return {
    bucket,
    key,
    otherKeys,
    account,
    acl,
    workspaces: values.workspace ?? ['default'],
    workspaceKeyPrefix: values['workspace-key-prefix'] ?? 'env:',
    region: values.region ?? process.env.AWS_REGION ?? '*',
    table: values['dynamodb-table'],
    useLockfile: values['use-lockfile'] ?? false,
    keepsSnapshots: values.snapshot !== 'never',
    // Of those who don't wait there is no queue.
    queues: !/^0[a-z]*$/.test(values['lock-timeout'] ?? ''),
    kmsKeyId: values['kms-key-id'],
  };
}

function trustFor(values: Given): TrustFor | undefined {
  const { repository, audience = 'sts.amazonaws.com' } = values;
  if (repository === undefined) return undefined;
  const repositoryId = values['repository-id'];
  const ownerId = values['owner-id'];
  const ids =
    repositoryId === undefined || ownerId === undefined
      ? undefined
      : { repository: repositoryId, owner: ownerId };
  return { repository, ids, audience, ...chooseJobs(values) };
}

/** Which jobs of the repository are trusted. Errors: more than one of the ways to say it. */
function chooseJobs(values: Given): Pick<TrustFor, 'contexts' | 'patterns'> {
  const { environment, branch } = values;
  const queues = (values['merge-queue'] ?? []).map(mergeQueueContext);
  const pulls = values['pull-request'] === true ? ['pull_request'] : [];
  const isProposed = pulls.length > 0 || queues.length > 0;
  const ways = [environment !== undefined, branch !== undefined, isProposed];
  if (ways.filter(Boolean).length > 1) {
    // Each is a subject of its own, so together they would admit more jobs than either, not fewer.
    throw new Error('give only one of --environment, --branch, and --pull-request with --merge-queue');
  }
  if (isProposed) return { contexts: pulls, patterns: queues };
  if (environment !== undefined) return { contexts: [`environment:${environment}`] };
  const ref = `ref:refs/heads/${branch ?? 'main'}`;
  // No branch has a `*` in its name.
  return ref.includes('*') ? { contexts: [], patterns: [ref] } : { contexts: [ref] };
}

type Entry = [keyof typeof WHAT, Policy];

const BELOW_ANYTHING = ['locks', 'locks_free', 'migrate_report', 'migrate_finish'] as const;
const BELOW_PREFIX = ['free', 'freeze', ...BELOW_ANYTHING] as const;

function policies(values: Given): Entry[] {
  const role = roleFor(values);
  const trust = trustFor(values);
  const locks = role.table !== undefined || role.useLockfile;
  // A prefix is for lock: guard, freeze/, locks/ and migrate/ alone: the others use states by their names.
  if (role.key.endsWith('/')) {
    const uses = role.key === '/' ? BELOW_ANYTHING : BELOW_PREFIX;
    return uses.map((use): Entry => [use, rolePolicy(use, role)]);
  }
  return [
    ['hold', rolePolicy('hold', role)],
    ['pull', rolePolicy('pull', role)],
    ['plan', rolePolicy('plan', role)],
    ['apply', rolePolicy('apply', role)],
    ['publish', rolePolicy('publish', role)],
    ['outputs', rolePolicy('outputs', role)],
    ['compare', rolePolicy('compare', role)],
    ...(role.kmsKeyId === undefined ? [] : [['decrypt', rolePolicy('decrypt', role)] satisfies Entry]),
    ['check', rolePolicy('check', role)],
    ['published', rolePolicy('published', role)],
    ...(locks
      ? (['unlock', 'free', 'lock', 'freeze'] as const).map((use): Entry => [use, rolePolicy(use, role)])
      : []),
    ...(
      ['workspace_list', 'workspace_new', 'workspace_delete', 'history_read', 'history_restore'] as const
    ).map((use): Entry => [use, rolePolicy(use, role)]),
    ['doctor', rolePolicy('doctor', role)],
    ...(trust === undefined ? [] : [['trust', trustPolicy(role, trust)] satisfies Entry]),
  ];
}

try {
  const values = given();
  const all = policies(values);
  const asked = all.filter(([what]) => values.for === undefined || values.for === what);
  if (asked.length === 0) throw new Error(`nothing to print for ${values.for}`);
  for (const [what, policy] of asked) {
    if (values.for === undefined) console.log(`# ${WHAT[what]}`);
    console.log(JSON.stringify(policy, null, 2));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
