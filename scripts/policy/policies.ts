import { ANY_ACCOUNT, findPartition, keyArn } from '../../src/aws/arns.ts';
import { subjectForms, type TrustedTokens, trustStatement } from '../../src/aws/web-token.ts';
import { locationProblems, stateAddress } from '../../src/backend/address.ts';
import { doctorPermissions } from '../../src/backend/policy/doctor-policy.ts';
import { between, exactly, type Grant, type KeyPatterns } from '../../src/backend/policy/grant.ts';
import { leastPrivilege } from '../../src/backend/policy/least-privilege.ts';
import type { Statement } from '../../src/backend/policy/statement.ts';
import { LOCKS_USES, MIGRATE_USES, type SessionUse } from '../../src/backend/policy/uses.ts';
import { STATE_ENDING } from '../../src/backend/state/list-states.ts';

/** The states that a role is for, and where they are. */
export interface RoleFor {
  readonly bucket: string;
  readonly key: string;
  /** Of further states that the same jobs hold (`states`). */
  readonly otherKeys?: readonly string[];
  /** `*` stands for all that are not the default one. */
  readonly workspaces: readonly string[];
  readonly workspaceKeyPrefix: string;
  readonly region: string;
  readonly account: string | undefined;
  readonly table: string | undefined;
  readonly useLockfile: boolean;
  /** Whether jobs that push keep the state before as a snapshot: unless they have `snapshot: never`. */
  readonly keepsSnapshots?: boolean;
  /** Whether jobs that take the lock wait for it (`lock_timeout`), and join its queue. */
  readonly queues?: boolean;
  readonly kmsKeyId: string | undefined;
  readonly acl: string | undefined;
}

/** The jobs that a role lets in. */
export interface TrustFor {
  /** `owner/repo`. */
  readonly repository: string;
  /** What the subjects say after the repository: `environment:production`, `ref:refs/heads/main`, `pull_request`. */
  readonly contexts: readonly string[];
  /** The same, where a `*` stands for any text. */
  readonly patterns?: readonly string[];
  /** Ids of repository and owner, for subjects that name these. */
  readonly ids: { readonly repository: string; readonly owner: string } | undefined;
  readonly audience: string;
}

/** An IAM policy. */
export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly (Statement | object)[];
}

/** The roles of jobs that push a state. */
const PUSHES: ReadonlySet<RoleUse> = new Set(['hold', 'publish', 'apply', 'doctor']);

/** The roles of jobs that look at all that is below a prefix, whatever the names. */
export const BELOW_ANY_KEY = [...LOCKS_USES, ...MIGRATE_USES] as const;

/** What a role is for: the use of a session, or what several of them are for. */
export type RoleUse = SessionUse | 'plan' | 'apply' | 'doctor' | 'freeze' | 'compare' | 'decrypt';

/**
 * The policy of a role that does nothing else; `doctor`: that holds the state, and whose bucket and table the doctor can
 * look over. Errors: what is wrong with the names. Pure.
 */
export function rolePolicy(use: RoleUse, given: RoleFor): Policy {
  const { bucket, region, table, useLockfile, kmsKeyId, acl } = given;
  const keepsSnapshots = given.keepsSnapshots !== false && PUSHES.has(use);
  const queues = given.queues !== false;
  const account = given.account ?? ANY_ACCOUNT;
  const key = kmsKeyId === undefined ? undefined : keyArn(kmsKeyId, region, account);
  const keys = BELOW_ANY_KEY.some((one) => one === use) ? keysBelow(given) : listKeys(given);
  const where = { bucket, keys, region, account, table, useLockfile, keepsSnapshots, queues, acl };
  const grant = { ...where, decryptWith: key, encryptWith: key };
  const isBelow = isPrefix(given);
  // A job whose locks are freed below a prefix has to find them.
  const search = { listsStates: isBelow, scansTable: isBelow && use === 'free' };
  return { Version: '2012-10-17', Statement: statementsFor(use, { ...grant, ...search }) };
}

function statementsFor(use: RoleUse, grant: Grant): Statement[] {
  if (use === 'plan') return leastPrivilege('outputs', { ...grant, plans: 'store' });
  if (use === 'decrypt')
    return leastPrivilege('outputs', { ...grant, openTofuKeys: [grant.decryptWith ?? '*'] });
  if (use === 'compare') return leastPrivilege('outputs', { ...grant, versions: 'listed' });
  if (use === 'apply') return leastPrivilege('hold', { ...grant, plans: 'apply' });
  if (use === 'doctor') return [...leastPrivilege('hold', grant), ...doctorPermissions(grant)];
  // Who freezes, thaws and shows: a freeze is taken and given back as a lock is.
  return leastPrivilege(use === 'freeze' ? 'lock' : use, grant);
}

/** The trust policy of a role that jobs assume by their own identity. Pure. */
export function trustPolicy({ region, account }: RoleFor, trust: TrustFor): Policy {
  const { contexts, patterns = [] } = trust;
  const role = `arn:${findPartition(region)}:iam::${account ?? 'ACCOUNT'}:role/ROLE`;
  // A statement admits a token that meets all of its conditions, so each operator needs a statement of its own.
  const tokens = [
    trustContexts(trust, contexts, 'StringEquals'),
    trustContexts(trust, patterns, 'StringLike'),
  ];
  const Statement = tokens
    .filter(({ subjects }) => subjects.length > 0)
    .map((trusted) => trustStatement(role, trusted));
  return { Version: '2012-10-17', Statement };
}

function trustContexts(
  { repository: name, ids, audience: aud }: TrustFor,
  contexts: readonly string[],
  operator: TrustedTokens['operator'],
): TrustedTokens {
  const iss = 'https://token.actions.githubusercontent.com';
  const repository = ids && { name, id: ids.repository, ownerId: ids.owner };
  const subjects = contexts.flatMap((context) =>
    subjectForms({ iss, aud, sub: `repo:${name}:${context}`, repository }),
  );
  return { iss, aud, subjects, operator };
}

/** The pattern of what the subject says of a job in a branch's merge queue. Pure. */
export const mergeQueueContext = (branch: string): string => `ref:refs/heads/gh-readonly-queue/${branch}/*`;

/** Stands for the names of states below a prefix. */
const BELOW = `!!!${STATE_ENDING}`;

function listKeys(given: RoleFor): KeyPatterns {
  const { key, otherKeys = [], workspaces } = given;
  if (otherKeys.some((other) => isPrefix({ key: other }))) {
    throw new Error('give a prefix (KEY/) alone: further keys are those of states');
  }
  const patterns = [key, ...otherKeys].flatMap((one) => listPatterns(given, one));
  return { patterns, exact: !isPrefix(given) && !workspaces.includes('*') };
}

/** Of one key in each workspace. */
function listPatterns({ bucket, workspaces, workspaceKeyPrefix }: RoleFor, key: string): string[] {
  const isBelow = isPrefix({ key });
  return workspaces.map((workspace) => {
    const isAny = workspace === '*';
    // A name that is in no key by itself.
    const location = {
      bucket,
      key: isBelow ? `${key}${BELOW}` : key,
      workspace: isAny ? '~~~' : workspace,
      workspaceKeyPrefix,
    };
    const [problem] = locationProblems(location);
    if (problem !== undefined) throw new Error(`${problem.setting} is ${problem.value}: ${problem.fix}`);
    const { objectKey } = stateAddress(location);
    const [head = '', tail = ''] = objectKey.split('~~~');
    const pattern = isAny ? between(head, tail) : exactly(objectKey);
    return isBelow ? pattern.replace(BELOW, `*${STATE_ENDING}`) : pattern;
  });
}

/** All that begins with the key, of all workspaces; `/` stands for the whole bucket. */
function keysBelow({ key }: RoleFor): KeyPatterns {
  return { patterns: [between(key === '/' ? '' : key, '')], exact: false };
}

/** Whether the key stands for all states below it, which `freeze/` finds. */
const isPrefix = ({ key }: Pick<RoleFor, 'key'>): boolean => key.endsWith('/');
