import { ANY_ACCOUNT, findAccount, keyArn } from '../../aws/arns.ts';
import { isStore } from '../../aws/clients.ts';
import type { BackendSettings, ObjectOptions } from '../settings.ts';
import { STATE_ENDING } from '../state/list-states.ts';
import { doctorPermissions } from './doctor-policy.ts';
import {
  between,
  exactly,
  type Grant,
  type KeyPatterns,
  leastPrivilege,
  type PlanAccess,
  type SessionUse,
  type VersionsAccess,
} from './least-privilege.ts';

/** STS takes no longer text. */
export const SESSION_POLICY_LIMIT = 2_048;

/** A session policy as STS gets it, and what it says of the states' keys. */
export interface SessionPolicy {
  readonly text: string;
  readonly keys: KeyPatterns;
  /** Whether the patterns stand for more keys than were asked for. */
  readonly isWidened: boolean;
}

/** What a session is for beyond its use of the states that are named. */
export interface SessionPolicyOptions {
  /** Bucket and table are looked over, too. */
  readonly inspects?: boolean;
  /** What the keys of further states begin with: these are listed, and used as the others are. */
  readonly prefixes?: readonly string[];
  /** In place of the states: all whose keys begin so, whatever they end in. */
  readonly keyPrefix?: string;
  /** Locks below the prefixes are found by a scan of the table. */
  readonly scansTable?: boolean;
  /** What is done with the plans beside them. */
  readonly plans?: PlanAccess | undefined;
  /** The key that OpenTofu encrypts them under: ARN, id or alias. */
  readonly stateKmsKey?: string | undefined;
  /** The state before a push is kept as a snapshot. */
  readonly keepsSnapshots?: boolean;
  /** Which versions of them are read. */
  readonly versions?: VersionsAccess | undefined;
}

/**
 * The session policy that leaves the session of `roleArn` what this use of these states needs (all of one backend).
 * Where their names are too long for a policy they stand in it by their beginning and end. Undefined where even that
 * does not fit. Pure.
 */
export function sessionPolicy(
  use: SessionUse,
  [first, ...others]: readonly [BackendSettings, ...BackendSettings[]],
  roleArn: string,
  options: SessionPolicyOptions = {},
): SessionPolicy | undefined {
  const { inspects = false, prefixes = [], keyPrefix, scansTable = false } = options;
  const { plans, versions, stateKmsKey, keepsSnapshots = false } = options;
  const stores = describeStores(first, findAccount(roleArn) ?? ANY_ACCOUNT);
  const keys = [first, ...others].map(({ address }) => address.objectKey);
  const stateKey = stateKmsKey && keyArn(stateKmsKey, first.aws.region, ANY_ACCOUNT);
  let isWidened = false;
  for (const patterns of keyPrefix === undefined ? listPatterns(keys, prefixes) : listBelow(keyPrefix)) {
    const grant = {
      ...stores,
      keys: patterns,
      listsStates: prefixes.length > 0,
      scansTable,
      plans,
      keepsSnapshots,
      versions,
      stateKey,
    };
    const text = policyText(use, grant, inspects);
    if (text.length <= SESSION_POLICY_LIMIT) return { text, keys: patterns, isWidened };
    isWidened = true;
  }
  return undefined;
}

/**
 * A session policy takes away and never gives, so a key that is not known may be any: through S3 it opens these
 * objects only, and one that was encrypted with an earlier key must still be read.
 */
function describeStores(settings: BackendSettings, account: string): Omit<Grant, 'keys'> {
  const { address, table, useLockfile, objects, aws } = settings;
  const { region } = aws;
  const where = { bucket: address.bucket, region, account, table, useLockfile };
  const tags = { tagsStates: objects.stateTags !== undefined, tagsLocks: objects.lockTags !== undefined };
  const knowsConditionalWrites = !isStore(aws);
  return { ...where, acl: objects.acl, knowsConditionalWrites, ...tags, ...kmsKeys(objects, aws) };
}

/** A store's STS may refuse every mention of a service that it does not know, so there KMS has to be in use. */
function kmsKeys(
  { encrypt, kmsKeyId }: ObjectOptions,
  aws: BackendSettings['aws'],
): Pick<Grant, 'decryptWith' | 'encryptWith'> {
  const given = encrypt && kmsKeyId !== undefined ? keyArn(kmsKeyId, aws.region, ANY_ACCOUNT) : undefined;
  if (isStore(aws)) {
    return { decryptWith: given === undefined ? undefined : '*', encryptWith: given };
  }
  // Without `encrypt` the bucket decides; with it and no key S3 or the user has the key.
  return { decryptWith: '*', encryptWith: given ?? (encrypt ? undefined : '*') };
}

/**
 * Ever wider and shorter patterns for keys, and for those of all states below the prefixes: each one, then all by what they
 * have in common, then less of that.
 */
function* listPatterns(given: readonly string[], prefixes: readonly string[]): Generator<KeyPatterns> {
  const isBelow = (key: string) =>
    prefixes.some((prefix) => key.startsWith(prefix) && key.endsWith(STATE_ENDING));
  const keys = [...new Set(given)].filter((key) => !isBelow(key));
  const below = prefixes.map((prefix) => between(prefix, STATE_ENDING));
  yield { patterns: [...keys.map(exactly), ...below], exact: below.length === 0 };
  // Two names differ in nothing but what is below a prefix, so that this is no part of what they have in common.
  const names = prefixes.flatMap((prefix) => [`${prefix}-${STATE_ENDING}`, `${prefix}+${STATE_ENDING}`]);
  const [head, tail] = inCommon([...keys, ...names].map((key) => [...key]));
  for (let length = head.length + tail.length; length >= 0; length -= 1) {
    const ending = Math.min(tail.length, Math.max(Math.floor(length / 2), length - head.length));
    const beginning = head.slice(0, length - ending).join('');
    yield { patterns: [between(beginning, tail.slice(tail.length - ending).join(''))], exact: false };
  }
}

/** All keys that begin so, or with ever less of that. */
function* listBelow(prefix: string): Generator<KeyPatterns> {
  const letters = [...prefix];
  for (let length = letters.length; length >= 0; length -= 1) {
    yield { patterns: [between(letters.slice(0, length).join(''), '')], exact: false };
  }
}

/** The beginning and the end that all have, without overlap; of a single text its two halves. */
function inCommon([first = [], ...others]: readonly (readonly string[])[]): [readonly string[], string[]] {
  const shared = (text: readonly string[], texts: readonly (readonly string[])[]) => {
    const end = text.findIndex((letter, i) => texts.some((other) => other[i] !== letter));
    return end === -1 ? text : text.slice(0, end);
  };
  const longest = others.length === 0 ? Math.ceil(first.length / 2) : first.length;
  const head = shared(first.slice(0, longest), others);
  const rest = (text: readonly string[]) => text.slice(head.length).reverse();
  return [head, [...shared(rest(first), others.map(rest))].reverse()];
}

/** Without whitespace and names of statements, and in ASCII, which is all that STS surely takes. */
function policyText(use: SessionUse, grant: Grant, inspects: boolean): string {
  const statements = [...leastPrivilege(use, grant), ...(inspects ? doctorPermissions(grant) : [])];
  const Statement = statements.map(({ Sid, ...statement }) => statement);
  const text = JSON.stringify({ Version: '2012-10-17', Statement });
  return text.replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
