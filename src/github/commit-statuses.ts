import * as v from 'valibot';
import { type GitHubApi, GitHubError, understood } from './api.ts';
import type { Repository } from './repository.ts';
import { ROUTES } from './routes.ts';

/** The content of a commit status. GitHub keeps 140 characters of the description. */
export interface CommitStatus {
  readonly state: 'success' | 'failure';
  readonly description: string;
  /** Empty: no page. */
  readonly targetUrl: string;
}

/** An existing status, in any state. */
export interface GivenStatus {
  readonly state: string;
  readonly description: string;
  readonly targetUrl: string;
}

/** An open pull request, its head commit, and that commit's status. */
export interface OpenHead {
  readonly number: number;
  readonly sha: string;
  /** Whether `status` answers from the list, without a request. */
  readonly isStatusListed: boolean;
  /** Looks the status up when the list did not include it. Undefined when there is none. Errors: GitHubError. */
  status(): Promise<GivenStatus | undefined>;
}

const PAGE = 100;
/** Limits the pages, for a server that always has another one. */
const MOST_PAGES = 100;

const QUERY = `query($owner: String!, $repo: String!, $context: String!, $after: String) {
  repository(owner: $owner, name: $repo) {
    pullRequests(states: OPEN, first: ${PAGE}, after: $after, orderBy: {field: CREATED_AT, direction: ASC}) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number
        headRefOid
        commits(last: 1) { nodes { commit { oid status { context(name: $context) { state description targetUrl } } } } }
      }
    }
  }
}`;

const Context = v.object({
  state: v.string(),
  description: v.nullish(v.string(), ''),
  targetUrl: v.nullish(v.string(), ''),
});
const Commit = v.object({ oid: v.string(), status: v.nullish(v.object({ context: v.nullish(Context) })) });
const Node = v.object({
  number: v.number(),
  headRefOid: v.string(),
  commits: v.object({ nodes: v.array(v.object({ commit: Commit })) }),
});
const Answer = v.object({
  repository: v.object({
    pullRequests: v.object({
      pageInfo: v.object({ hasNextPage: v.boolean(), endCursor: v.nullable(v.string()) }),
      nodes: v.array(Node),
    }),
  }),
});
const Pulls = v.array(v.object({ number: v.number(), head: v.object({ sha: v.string() }) }));
const Combined = v.object({
  statuses: v.array(
    v.object({
      context: v.string(),
      state: v.string(),
      description: v.nullish(v.string(), ''),
      target_url: v.nullish(v.string(), ''),
    }),
  ),
});

/**
 * The heads of all open pull requests with each one's status in a context, with one request for 100 of them. If the
 * token lacks the permission or the server has no GraphQL, it takes one request for 100 and one more for each requested
 * status. Errors: GitHubError.
 */
export async function openHeads(
  api: GitHubApi,
  repository: Repository,
  context: string,
): Promise<OpenHead[]> {
  try {
    return await headsByGraphql(api, repository, context);
  } catch (error) {
    if (!(error instanceof GitHubError) || error.kind === 'unavailable') throw error;
    return await headsByPages(api, repository, context);
  }
}

/** Sets the status of a commit in a context. Errors: GitHubError. */
export async function setStatus(
  api: GitHubApi,
  repository: Repository,
  { sha, context }: { readonly sha: string; readonly context: string },
  { state, description, targetUrl }: CommitStatus,
): Promise<void> {
  const target = targetUrl === '' ? undefined : targetUrl;
  const parameters = { ...repository, sha, context, state, description, target_url: target };
  await api.request(ROUTES.createStatus, parameters);
}

async function headsByGraphql(
  api: GitHubApi,
  { owner, repo }: Repository,
  context: string,
): Promise<OpenHead[]> {
  const heads: OpenHead[] = [];
  let after: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const data: unknown = await api.graphql(QUERY, { owner, repo, context, after });
    const { pageInfo, nodes } = understood(Answer, data).repository.pullRequests;
    heads.push(...nodes.map(toHead));
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  return heads;
}

function toHead({ number, headRefOid, commits }: v.InferOutput<typeof Node>): OpenHead {
  const commit = commits.nodes.find((node) => node.commit.oid === headRefOid)?.commit;
  const given = commit?.status?.context;
  const status = given ? { ...given, state: given.state.toLowerCase() } : undefined;
  return { number, sha: headRefOid, isStatusListed: true, status: async () => status };
}

async function headsByPages(api: GitHubApi, repository: Repository, context: string): Promise<OpenHead[]> {
  const heads = new Map<number, OpenHead>();
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const parameters = {
      ...repository,
      state: 'open',
      sort: 'created',
      direction: 'asc',
      page,
      per_page: PAGE,
    };
    const found = understood(Pulls, await api.request(ROUTES.listPullRequests, parameters));
    const known = heads.size;
    for (const { number, head } of found) {
      const { sha } = head;
      const status = () => toStatus(api, repository, sha, context);
      heads.set(number, { number, sha, isStatusListed: false, status });
    }
    // A server without pages returns the same one forever.
    if (found.length < PAGE || heads.size === known) break;
  }
  return [...heads.values()];
}

async function toStatus(
  api: GitHubApi,
  repository: Repository,
  sha: string,
  context: string,
): Promise<GivenStatus | undefined> {
  const parameters = { ...repository, sha, per_page: PAGE };
  const { statuses } = understood(Combined, await api.request(ROUTES.getCombinedStatus, parameters));
  const given = statuses.find((status) => status.context === context);
  return given && { state: given.state, description: given.description, targetUrl: given.target_url };
}
