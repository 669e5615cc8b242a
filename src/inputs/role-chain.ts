import type { AssumeRole, CredentialSettings } from '../aws/settings.ts';

/** Roles as requested. */
export interface RolesGiven {
  /** In the order of assumption. */
  readonly arns: readonly [string, ...string[]];
  /** The session of the last role, which works on the state. */
  readonly session: Omit<AssumeRole, 'roleArn'>;
  /** What `assume_role_with_web_identity` says about the first role's session, if anything. */
  readonly first: FirstSession;
}

export type FirstSession = Pick<AssumeRole, 'durationSeconds' | 'policy' | 'policyArns'> & {
  readonly sessionName: string | undefined;
};

/** One link for each role. Those before the last only assume the next one. Pure. */
export function parseLinks({ arns, session, first }: RolesGiven): [AssumeRole, ...AssumeRole[]] {
  const { sessionName, sourceIdentity } = session;
  const passing = {
    sessionName,
    sourceIdentity,
    durationSeconds: undefined,
    policy: undefined,
    policyArns: [],
    externalId: undefined,
    tags: [],
    givenTags: [],
    transitiveTagKeys: [],
  };
  const [head, ...others] = arns;
  const isOnly = others.length === 0;
  const begin = { ...(isOnly ? session : passing), ...beginning(first, session, isOnly), roleArn: head };
  const rest = others.map((roleArn, i) => ({ ...(i === others.length - 1 ? session : passing), roleArn }));
  return [begin, ...rest];
}

/** For a single role, its block sets what nothing else sets. In a chain, only the block counts. */
function beginning(
  first: FirstSession,
  session: RolesGiven['session'],
  isOnly: boolean,
): Partial<AssumeRole> {
  return {
    sessionName: first.sessionName ?? session.sessionName,
    durationSeconds: (isOnly ? session.durationSeconds : undefined) ?? first.durationSeconds,
    policy: (isOnly ? session.policy : undefined) ?? first.policy,
    policyArns: isOnly && session.policyArns.length > 0 ? session.policyArns : first.policyArns,
  };
}

const CHAINED_S = 3_600;

/**
 * The links in the form in which credentials assume them. A transitive tag is set on the first of them, because STS
 * refuses to set it again. `isChained`: another role's session assumes even the first. Pure.
 */
export function buildChain(
  links: readonly AssumeRole[],
  isChained: boolean,
  warnings: string[],
): Pick<CredentialSettings, 'via' | 'assumeRole'> {
  const last = links.at(-1);
  if (last === undefined) return { via: [], assumeRole: undefined };
  const session = isChained || links.length > 1 ? withinAnHour(last, warnings) : last;
  const [first] = links;
  if (first === undefined || links.length === 1) return { via: [], assumeRole: session };
  const kept = (tags: AssumeRole['tags'], isKept: boolean) =>
    tags.filter(({ key }) => last.transitiveTagKeys.includes(key) === isKept);
  const begin = {
    ...first,
    tags: kept(last.tags, true),
    givenTags: kept(last.givenTags, true),
    transitiveTagKeys: last.transitiveTagKeys,
  };
  const end = { ...session, tags: kept(last.tags, false), givenTags: kept(last.givenTags, false) };
  return { via: [begin, ...links.slice(1, -1)], assumeRole: { ...end, transitiveTagKeys: [] } };
}

/** STS allows no more for a session that another role's session opens. */
function withinAnHour(role: AssumeRole, warnings: string[]): AssumeRole {
  if (role.durationSeconds === undefined || role.durationSeconds <= CHAINED_S) return role;
  warnings.push(
    `assume_role_duration: the session of another role assumes ${role.roleArn}, so AWS limits this session to an hour. The action ` +
      'renews it as long as the job needs it.',
  );
  return { ...role, durationSeconds: CHAINED_S };
}
