import { assumeRole, type StsContext, sessionInput } from './assume-role.ts';
import type { Keys } from './clients.ts';
import { AwsError } from './errors.ts';
import type { SessionNotice } from './failure.ts';
import type { AssumeRole, SessionTag } from './settings.ts';

/** Assumes one role repeatedly. Remembers between calls what STS said about the tags. */
export type Assume = (source: Keys) => Promise<Keys>;

/**
 * Assumes the role with as many of its session tags as possible: it drops them from the last one while STS says that
 * the packed policy is too large, and all of them when the role does not allow tags. Tags never prevent assuming a
 * role. The calls throw AwsError.
 */
export function taggedAssumption(role: AssumeRole, stsContext: StsContext): Assume {
  let tags: readonly SessionTag[] = role.tags;
  const input = {
    ...sessionInput(role),
    ExternalId: role.externalId,
    SourceIdentity: role.sourceIdentity,
  };
  const assume = async (source: Keys, wanted: readonly SessionTag[]): Promise<Keys> => {
    try {
      const keys = await assumeRole(stsContext, source, { ...input, ...buildTags(role, wanted) });
      tags = wanted;
      return keys;
    } catch (error) {
      const fewer = fewerTags(error, wanted);
      if (fewer === undefined) throw error;
      const keys = await assume(source, fewer);
      if (fewer === tags) stsContext.onNotice(describeDropped(role.roleArn, fewer, error));
      return keys;
    }
  };
  return (source) => assume(source, tags);
}

/** STS refuses to pass on a missing tag, so a tag that is dropped is dropped here too. */
function buildTags(role: AssumeRole, wanted: readonly SessionTag[]) {
  const tags = [...role.givenTags, ...wanted];
  const dropped = new Set(role.tags.slice(wanted.length).map(({ key }) => key));
  const transitive = role.transitiveTagKeys.filter((key) => !dropped.has(key));
  return {
    ...(tags.length === 0 ? {} : { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) }),
    ...(transitive.length === 0 ? {} : { TransitiveTagKeys: transitive }),
  };
}

/** The tags for the next attempt; `undefined` when the refusal has nothing to do with them. Pure. */
export function fewerTags(error: unknown, tags: readonly SessionTag[]): readonly SessionTag[] | undefined {
  if (tags.length === 0 || !(error instanceof AwsError)) return undefined;
  if (isTooLarge(error)) return tags.slice(0, -1);
  const { kind, requires, code, status = 500 } = error.failure;
  // STS refuses the policy, with or without tags.
  if (code === 'MalformedPolicyDocument') return undefined;
  // Some stores name nothing in a refusal, or call an unknown parameter malformed.
  const ofTags = kind === 'access_denied' ? requires !== 'sts:AssumeRole' : kind === 'other' && status < 500;
  return ofTags || kind === 'not_implemented' ? [] : undefined;
}

function isTooLarge(error: unknown): boolean {
  return error instanceof AwsError && /^PackedPolicyTooLarge/.test(error.failure.code ?? '');
}

function describeDropped(roleArn: string, kept: readonly SessionTag[], refusal: unknown): SessionNotice {
  if (isTooLarge(refusal)) return { kind: 'tags_shortened', roleArn, kept: kept.map(({ key }) => key) };
  const code = refusal instanceof AwsError ? refusal.failure.code : undefined;
  return { kind: 'tags_refused', roleArn, code };
}
