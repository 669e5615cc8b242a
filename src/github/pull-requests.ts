import * as v from 'valibot';
import { type GitHubApi, GitHubError, understood } from './api.ts';
import type { Repository } from './repository.ts';
import { ROUTES } from './routes.ts';

/** An open pull request and its head commit. */
export interface OpenPullRequest {
  readonly number: number;
  readonly headSha: string;
}

const Pulls = v.array(
  v.object({ number: v.number(), state: v.string(), head: v.object({ sha: v.string() }) }),
);

/** The open pull requests that a commit belongs to. Errors: GitHubError. */
export async function pullRequestsOfCommit(
  api: GitHubApi,
  repository: Repository,
  sha: string,
): Promise<OpenPullRequest[]> {
  const parameters = { ...repository, sha, per_page: 100 };
  return openOnes(await api.request(ROUTES.listPullRequestsOfCommit, parameters));
}

/** The open pull requests from a branch, written `owner:branch`; the owner may be a fork's. Errors: GitHubError. */
export async function pullRequestsFrom(
  api: GitHubApi,
  repository: Repository,
  head: string,
): Promise<OpenPullRequest[]> {
  const parameters = { ...repository, head, state: 'open', per_page: 100 };
  return openOnes(await api.request(ROUTES.listPullRequests, parameters));
}

/** Whether a pull request with that number exists, as opposed to an issue or nothing. Errors: GitHubError. */
export async function pullRequestExists(
  api: GitHubApi,
  repository: Repository,
  number: number,
): Promise<boolean> {
  try {
    await api.request(ROUTES.getPullRequest, { ...repository, number });
    return true;
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    // A token that may comment may lack the permission to read. Then the comment itself shows it.
    if (error.kind === 'forbidden') return true;
    if (error.kind === 'not_found') return false;
    throw error;
  }
}

function openOnes(data: unknown): OpenPullRequest[] {
  return understood(Pulls, data)
    .filter(({ state }) => state === 'open')
    .map(({ number, head }) => ({ number, headSha: head.sha }));
}
