import { parseArgs } from 'node:util';
import { chooseTrust } from './choose-trust.ts';
import {
  BELOW_ANY_KEY,
  type Policy,
  type RoleFor,
  type RoleUse,
  rolePolicy,
  trustPolicy,
} from './policies.ts';

const USAGE = `npm run policy -- --bucket NAME --key PATH... [--region REGION] [--account ID] [--dynamodb-table NAME]
  [--use-lockfile] [--snapshot auto|always|never] [--lock-timeout DURATION] [--workspace NAME|'*']...
  [--workspace-key-prefix PREFIX] [--kms-key-id KEY] [--acl ACL] [--for NAME]
  [--repository OWNER/REPO [--environment NAME | --branch NAME | [--pull-request] [--merge-queue BRANCH]...]
    [--repository-id N --owner-id N] [--audience NAME]]

Prints a policy for each kind of job, or with --for only one of them:`;

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
  help: { type: 'boolean' },
} as const;

/** To show a lock is a part of `freeze`. */
type PrintedUse = Exclude<RoleUse, 'show'>;

/** What each role is for. `--for` names it, and without that all are printed in this order. */
const ROLES: Readonly<Record<PrintedUse, string>> = {
  hold: 'the role of jobs that hold the state',
  pull: 'the role of jobs that hold the state and push nothing (push: never)',
  plan: 'the role of jobs that plan without a lock and store the plan (lock: none, plan_file)',
  apply: 'hold, and fetch and delete the plan that is applied (plan)',
  publish: 'hold, and publish the outputs (publish_outputs: true)',
  outputs: 'the role of jobs that read the outputs, or the whole state (lock: none)',
  compare:
    'outputs, and compare them with those of an earlier version (compare_with: version or fingerprint)',
  decrypt: 'outputs, of states that OpenTofu encrypts under the key (encryption_kms_key_id)',
  check: 'the role of jobs that check whether the state has changed since a plan (check/)',
  published: 'the role of jobs that read only the published outputs (source: published)',
  unlock: 'the role of jobs that free the lock (unlock/), and repair a digest that its holder did not write',
  free: 'the role of jobs that free the lock that their own Terraform left (lock: guard)',
  lock: 'the role of jobs that hold only the lock (pull: false)',
  freeze: 'the role of jobs that freeze and thaw the state, and show a freeze (freeze/)',
  workspace_list: 'the role of jobs that list the workspaces',
  workspace_new: 'the role of jobs that create workspaces',
  workspace_delete: 'the role of jobs that delete workspaces',
  history_read: 'the role of jobs that list and compare versions of the state',
  history_restore: 'the role of jobs that restore a version of the state',
  locks: 'the role of jobs that list all locks below a prefix (locks/)',
  locks_free: 'locks, and free those of dead holders (free: stale)',
  migrate_report:
    'the role of jobs that report how all states below a prefix are locked (migrate/ with report or dual)',
  migrate_finish: 'migrate_report, and remove their items from the table (finish)',
  doctor: 'hold, and what the doctor needs to check bucket and table (doctor/)',
};

const TRUST = 'the trust policy of a role, for jobs that assume it with their own identity (OIDC)';

type Given = ReturnType<typeof given>;

function given(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS }).values;
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

/** A policy, the name by which `--for` asks for it, and what it is for. */
interface Entry {
  readonly name: string;
  readonly purpose: string;
  readonly policy: Policy;
}

const BELOW_PREFIX: readonly RoleUse[] = ['free', 'freeze', ...BELOW_ANY_KEY];
const OF_LOCKS: readonly RoleUse[] = ['unlock', 'free', 'lock', 'freeze'];

/** Every policy for the states that are given. */
function policies(values: Given): Entry[] {
  const role = roleFor(values);
  const trust = chooseTrust(values);
  const ofRoles = Object.keys(ROLES)
    .filter(isPrintedUse)
    .filter((use) => isUsed(use, role))
    .map((use): Entry => ({ name: use, purpose: ROLES[use], policy: rolePolicy(use, role) }));
  if (trust === undefined) return ofRoles;
  return [...ofRoles, { name: 'trust', purpose: TRUST, policy: trustPolicy(role, trust) }];
}

function isPrintedUse(name: string): name is PrintedUse {
  return Object.hasOwn(ROLES, name);
}

function isUsed(use: RoleUse, { key, table, useLockfile, kmsKeyId }: RoleFor): boolean {
  const isBelowAnyKey = BELOW_ANY_KEY.some((one) => one === use);
  // A prefix is for lock: guard, freeze/, locks/ and migrate/ alone: the others use states by their names.
  if (key === '/') return isBelowAnyKey;
  if (key.endsWith('/')) return BELOW_PREFIX.includes(use);
  if (OF_LOCKS.includes(use)) return table !== undefined || useLockfile;
  if (use === 'decrypt') return kmsKeyId !== undefined;
  return !isBelowAnyKey;
}

/**
 * What `npm run policy` prints for these arguments: the policies, or how to use it.
 *
 * @throws Error that says what to give instead
 */
export function printPolicy(args: readonly string[]): string {
  const values = given(args);
  const lines = values.help === true ? printHelp() : printPolicies(values);
  return lines.join('\n');
}

function printPolicies(values: Given): string[] {
  const all = policies(values);
  const asked = all.filter(({ name }) => values.for === undefined || values.for === name);
  if (asked.length === 0) {
    const names = all.map(({ name }) => name).join(', ');
    const fix = values.for === 'trust' ? 'give --repository OWNER/REPO' : `choose one of ${names}`;
    throw new Error(`nothing to print for ${values.for}: ${fix}`);
  }
  return asked.flatMap(({ name, purpose, policy }) => {
    const text = JSON.stringify(policy, null, 2);
    return values.for === undefined ? [`# ${name}: ${purpose}`, text] : [text];
  });
}

function printHelp(): string[] {
  const names = Object.entries({ ...ROLES, trust: TRUST });
  const longest = Math.max(...names.map(([name]) => name.length));
  return [USAGE, ...names.map(([name, purpose]) => `  ${name.padEnd(longest)}  ${purpose}`)];
}
