import { mergeQueueContext, type TrustFor } from './policies.ts';

/** The options that say which jobs may assume a role. */
export interface TrustOptions {
  readonly repository?: string | undefined;
  readonly environment?: string | undefined;
  readonly branch?: string | undefined;
  readonly 'pull-request'?: boolean | undefined;
  readonly 'merge-queue'?: string[] | undefined;
  readonly 'repository-id'?: string | undefined;
  readonly 'owner-id'?: string | undefined;
  readonly audience?: string | undefined;
}

const NEED_REPOSITORY = [
  'environment',
  'branch',
  'pull-request',
  'merge-queue',
  'repository-id',
  'owner-id',
  'audience',
] as const;

/** Which jobs may assume the role; undefined without a repository. Errors: options that don't fit together. Pure. */
export function chooseTrust(options: TrustOptions): TrustFor | undefined {
  const { repository, audience = 'sts.amazonaws.com' } = options;
  if (repository === undefined) {
    const lost = NEED_REPOSITORY.find((name) => options[name] !== undefined);
    if (lost !== undefined)
      throw new Error(`--${lost} is for a trust policy: give --repository OWNER/REPO, too`);
    return undefined;
  }
  if (!/^[^/\s]+\/[^/\s]+$/.test(repository)) {
    throw new Error(`--repository is ${JSON.stringify(repository)}: give OWNER/REPO`);
  }
  return { repository, ids: readIds(options), audience, ...chooseJobs(options) };
}

function readIds(options: TrustOptions): TrustFor['ids'] {
  const repository = options['repository-id'];
  const owner = options['owner-id'];
  if (repository === undefined && owner === undefined) return undefined;
  // With one of them the policy would silently not name the ids.
  if (repository === undefined || owner === undefined) {
    throw new Error('give --repository-id and --owner-id together');
  }
  return { repository, owner };
}

/** Which jobs of the repository are trusted. Errors: more than one of the ways to say it. */
function chooseJobs(options: TrustOptions): Pick<TrustFor, 'contexts' | 'patterns'> {
  const { environment, branch } = options;
  const queues = (options['merge-queue'] ?? []).map(mergeQueueContext);
  const pulls = options['pull-request'] === true ? ['pull_request'] : [];
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
