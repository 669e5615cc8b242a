import * as v from 'valibot';

/** The claims of a web identity token about its owner. The token itself is never kept. */
export interface TokenFacts {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  /** For GitHub's tokens: the repository by names and by ids; `undefined` for others. */
  readonly repository: TokenRepository | undefined;
}

export interface TokenRepository {
  /** `ORG/REPO`. */
  readonly name: string;
  readonly id: string;
  readonly ownerId: string;
}

const Claims = v.object({
  iss: v.string(),
  aud: v.union([v.string(), v.pipe(v.array(v.string()), v.minLength(1))]),
  sub: v.string(),
});

const RepositoryClaims = v.object({
  repository: v.pipe(v.string(), v.regex(/^[^/\s]+\/[^/\s]+$/)),
  repository_id: v.pipe(v.string(), v.digits()),
  repository_owner_id: v.pipe(v.string(), v.digits()),
});

/** Reads the claims of a JWT without checking its signature; `undefined` for anything else. Pure. */
export function tokenFacts(token: string): TokenFacts | undefined {
  const payload = decodePayload(token);
  const claims = v.safeParse(Claims, payload);
  if (!claims.success) return undefined;
  const { iss, aud, sub } = claims.output;
  const audience = typeof aud === 'string' ? aud : aud.join(', ');
  return { iss, aud: audience, sub, repository: repositoryIn(payload) };
}

function decodePayload(token: string): unknown {
  try {
    const json: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return json;
  } catch {
    return undefined;
  }
}

function repositoryIn(payload: unknown): TokenRepository | undefined {
  const claims = v.safeParse(RepositoryClaims, payload);
  if (!claims.success) return undefined;
  const { repository, repository_id: id, repository_owner_id: ownerId } = claims.output;
  return { name: repository, id, ownerId };
}

/**
 * The subjects that the same job may have, its own first. GitHub writes a repository by its names alone, or with the
 * ids that stay when somebody else takes the name (`repo:ORG@ID/REPO@ID:...`). GitHub Enterprise Server has only the
 * first form. A custom subject has no other.
 */
export function subjectForms({ iss, sub, repository }: TokenFacts): string[] {
  if (repository === undefined || !URL.parse(iss)?.hostname.startsWith('token.actions.')) return [sub];
  const [owner = '', name = ''] = repository.name.split('/');
  const byName = `repo:${repository.name}:`;
  const byId = `repo:${owner}@${repository.ownerId}/${name}@${repository.id}:`;
  if (sub.startsWith(byName)) return [sub, byId + sub.slice(byName.length)];
  return sub.startsWith(byId) ? [sub, byName + sub.slice(byId.length)] : [sub];
}

/** The branch of a group in a merge queue. GitHub makes one for each group, and names it after a commit. */
const QUEUE_BRANCH = /(:ref:refs\/heads\/gh-readonly-queue\/.+\/)[^/:]+$/;

/** Whether the token is that of a job in a merge queue, whose subject no other group has. Pure. */
export const isFromMergeQueue = ({ sub }: TokenFacts): boolean => QUEUE_BRANCH.test(sub);

/** What a trust policy accepts. */
export interface TrustedTokens {
  readonly iss: string;
  readonly aud: string;
  /** At least one. */
  readonly subjects: readonly string[];
  /** How IAM compares the subjects: with `StringLike`, a `*` in them stands for any text. */
  readonly operator: 'StringEquals' | 'StringLike';
}

/** Exactly this token and its other form. In a merge queue, those of all groups of the same branch. Pure. */
export function tokensLike(facts: TokenFacts): TrustedTokens {
  const subjects = subjectForms(facts).map((subject) => subject.replace(QUEUE_BRANCH, '$1*'));
  const operator = isFromMergeQueue(facts) ? 'StringLike' : 'StringEquals';
  return { iss: facts.iss, aud: facts.aud, subjects, operator };
}

/**
 * The statement for the role's trust policy that accepts these tokens. Partition and account are the role's own,
 * because IAM looks for an issuer's provider only there.
 */
export function trustStatement(roleArn: string, { iss, aud, subjects, operator }: TrustedTokens): object {
  const issuer = iss.replace(/^https:\/\//, '');
  return {
    Effect: 'Allow',
    Principal: { Federated: roleArn.replace(/:role\/.*$/, `:oidc-provider/${issuer}`) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      [operator]: {
        [`${issuer}:aud`]: aud,
        [`${issuer}:sub`]: subjects.length === 1 ? subjects[0] : subjects,
      },
    },
  };
}

/** Removes a quoted JWT, for example from STS's messages. Pure. */
export function withoutTokens(text: string): string {
  return text.replaceAll(/\beyJ[\w-]+(?:\.[\w-]*){0,2}/g, '***');
}
