import { ANY_ACCOUNT, findAccount, keyArn } from '../../aws/arns.ts';
import { isStore } from '../../aws/aws-endpoints.ts';
import type { BackendSettings, ObjectOptions } from '../settings.ts';
import { STATE_ENDING } from '../state/list-states.ts';
import { doctorPermissions } from './doctor-policy.ts';
import { between, exactly, type FurtherUse, type Grant, type KeyPatterns } from './grant.ts';
import { leastPrivilege } from './least-privilege.ts';
import type { SessionUse } from './uses.ts';

/** STS accepts no longer text. */
export const SESSION_POLICY_LIMIT = 2_048;

/** A session policy in the form that STS accepts, and how exactly it names the states' keys. */
export interface SessionPolicy {
  readonly text: string;
  readonly keys: KeyPatterns;
  /** Whether the patterns match more keys than were asked for. */
  readonly isWidened: boolean;
}

/**
 * What a session is for besides its use of the named states. Everything in `FurtherUse` reaches the statements as it is.
 * With `queues`, the queue is left out if the policy would be too long with it. Then the job waits without a queue.
 */
export interface SessionPolicyOptions extends FurtherUse {
  /** Also inspects bucket and table. */
  readonly inspects?: boolean;
  /** The key prefixes of further states, which are listed and then used like the others. */
  readonly prefixes?: readonly string[];
  /** Replaces the states: all keys with this prefix, with any ending. */
  readonly keyPrefix?: string;
  /** The keys under which OpenTofu encrypts the states: ARN, id or alias each. */
  readonly stateKmsKeys?: readonly string[];
}

/**
 * The session policy that limits the session of `roleArn` to what this use of these states needs (all of one backend).
 * If the names are too long for a policy, it uses patterns with their beginning and end. Undefined when even that does
 * not fit. Pure.
 */
export function sessionPolicy(
  use: SessionUse,
  [first, ...others]: readonly [BackendSettings, ...BackendSettings[]],
  roleArn: string,
  options: SessionPolicyOptions = {},
): SessionPolicy | undefined {
  const { inspects = false, prefixes = [], keyPrefix, stateKmsKeys = [], ...furtherUse } = options;
  const { queues = false } = furtherUse;
  const stores = describeStores(first, findAccount(roleArn) ?? ANY_ACCOUNT);
  const keys = [first, ...others].map(({ address }) => address.objectKey);
  const openTofuKeys = stateKmsKeys.map((key) => keyArn(key, first.aws.region, ANY_ACCOUNT));
  let isWidened = false;
  for (const patterns of keyPrefix === undefined ? listPatterns(keys, prefixes) : listBelow(keyPrefix)) {
    const listsStates = prefixes.length > 0;
    const grant: Grant = { ...furtherUse, ...stores, keys: patterns, listsStates, openTofuKeys };
    // A place in the queue is not worth a session that may use more states.
    for (const withQueue of queues ? [true, false] : [false]) {
      const text = policyText(use, { ...grant, queues: withQueue }, inspects);
      if (text.length <= SESSION_POLICY_LIMIT) return { text, keys: patterns, isWidened };
    }
    isWidened = true;
  }
  return undefined;
}

/**
 * A session policy only takes permissions away, so an unknown key can be any key. Through S3 it opens only these
 * objects, and an object encrypted with an earlier key must stay readable.
 */
function describeStores(settings: BackendSettings, account: string): Omit<Grant, 'keys'> {
  const { address, table, useLockfile, objects, aws } = settings;
  const { region } = aws;
  const where = { bucket: address.bucket, region, account, table, useLockfile };
  const tags = { tagsStates: objects.stateTags !== undefined, tagsLocks: objects.lockTags !== undefined };
  const knowsConditionalWrites = !isStore(aws);
  return { ...where, acl: objects.acl, knowsConditionalWrites, ...tags, ...kmsKeys(objects, aws) };
}

/** A store's STS may refuse to accept a service that it does not know, so KMS is included only if it is used. */
function kmsKeys(
  { encrypt, kmsKeyId }: ObjectOptions,
  aws: BackendSettings['aws'],
): Pick<Grant, 'decryptWith' | 'encryptWith'> {
  const given = encrypt && kmsKeyId !== undefined ? keyArn(kmsKeyId, aws.region, ANY_ACCOUNT) : undefined;
  if (isStore(aws)) {
    return { decryptWith: given === undefined ? undefined : '*', encryptWith: given };
  }
  // Without `encrypt` the bucket decides. With `encrypt` but no key, S3 or the user has the key.
  return { decryptWith: '*', encryptWith: given ?? (encrypt ? undefined : '*') };
}

/**
 * Patterns for the keys, and for all states below the prefixes, each wider and shorter than the one before: first every
 * key, then everything with the keys' common beginning and end, then ever shorter parts of those.
 */
function* listPatterns(given: readonly string[], prefixes: readonly string[]): Generator<KeyPatterns> {
  const isBelow = (key: string) =>
    prefixes.some((prefix) => key.startsWith(prefix) && key.endsWith(STATE_ENDING));
  const keys = [...new Set(given)].filter((key) => !isBelow(key));
  const below = prefixes.map((prefix) => between(prefix, STATE_ENDING));
  yield { patterns: [...keys.map(exactly), ...below], exact: below.length === 0 };
  // The two names differ only below the prefix, so that part is not common to both.
  const names = prefixes.flatMap((prefix) => [`${prefix}-${STATE_ENDING}`, `${prefix}+${STATE_ENDING}`]);
  const [head, tail] = inCommon([...keys, ...names].map((key) => [...key]));
  for (let length = head.length + tail.length; length >= 0; length -= 1) {
    const ending = Math.min(tail.length, Math.max(Math.floor(length / 2), length - head.length));
    const beginning = head.slice(0, length - ending).join('');
    yield { patterns: [between(beginning, tail.slice(tail.length - ending).join(''))], exact: false };
  }
}

/** All keys with this prefix, then with shorter parts of it. */
function* listBelow(prefix: string): Generator<KeyPatterns> {
  const letters = [...prefix];
  for (let length = letters.length; length >= 0; length -= 1) {
    yield { patterns: [between(letters.slice(0, length).join(''), '')], exact: false };
  }
}

/** The beginning and the end common to all texts, without overlap. For a single text, its two halves. */
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

/** Without whitespace and statement names, and in ASCII, which STS certainly accepts. */
function policyText(use: SessionUse, grant: Grant, inspects: boolean): string {
  const statements = [...leastPrivilege(use, grant), ...(inspects ? doctorPermissions(grant) : [])];
  const Statement = statements.map(({ Sid, ...statement }) => statement);
  const text = JSON.stringify({ Version: '2012-10-17', Statement });
  return text.replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
