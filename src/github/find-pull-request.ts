import * as v from 'valibot';
import type { GitHubApi } from './api.ts';
import {
  type OpenPullRequest,
  pullRequestExists,
  pullRequestsFrom,
  pullRequestsOfCommit,
} from './pull-requests.ts';
import type { Repository } from './repository.ts';
import type { RunEvent } from './run-event.ts';

/** Why a run belongs to no pull request. */
export type NoPullRequestReason =
  | { readonly kind: 'comment_on_issue' }
  | { readonly kind: 'other_event'; readonly event: string }
  | { readonly kind: 'no_workflow_run' }
  | { readonly kind: 'branch_gone' }
  | { readonly kind: 'no_head'; readonly sha: string }
  | { readonly kind: 'several_heads'; readonly sha: string; readonly count: number }
  /** The pull request in `pr_number` does not exist, or the token can't see it. */
  | { readonly kind: 'no_such_number'; readonly number: number; readonly repository: string };

/** The pull request of a run, or why there is none. */
export type FoundPullRequest =
  | { readonly kind: 'found'; readonly number: number }
  | { readonly kind: 'none'; readonly reason: NoPullRequestReason };

/** How to look up pull requests when the event names none. */
export interface PullRequestLookup {
  ofCommit(sha: string): Promise<OpenPullRequest[]>;
  /** `head` is `owner:branch`. */
  from(head: string): Promise<OpenPullRequest[]>;
}

const Numbered = v.object({ number: v.number() });
const PullRequestEvent = v.object({ pull_request: Numbered });
const IssueEvent = v.object({
  issue: v.object({ number: v.number(), pull_request: v.optional(v.unknown()) }),
});
const RepositoryId = v.object({ id: v.number() });
const WorkflowRunEvent = v.object({
  repository: v.optional(RepositoryId),
  workflow_run: v.object({
    head_sha: v.string(),
    head_branch: v.nullable(v.string()),
    head_repository: v.nullable(v.object({ owner: v.object({ login: v.string() }) })),
    pull_requests: v.array(
      v.object({ number: v.number(), base: v.optional(v.object({ repo: RepositoryId })) }),
    ),
  }),
});

/** The run whose pull request is searched, and the number that a user gave; undefined when the event decides. */
export interface PullRequestSearch {
  readonly repository: Repository;
  readonly named: number | undefined;
  readonly event: RunEvent;
}

/** Finds the pull request that the user named, or else the run's. Errors: GitHubError. */
export async function searchPullRequest(
  api: GitHubApi,
  { repository, named, event }: PullRequestSearch,
): Promise<FoundPullRequest> {
  if (named !== undefined) {
    if (await pullRequestExists(api, repository, named)) return { kind: 'found', number: named };
    const name = `${repository.owner}/${repository.repo}`;
    return none({ kind: 'no_such_number', number: named, repository: name });
  }
  return await findPullRequest(event, {
    ofCommit: (sha) => pullRequestsOfCommit(api, repository, sha),
    from: (head) => pullRequestsFrom(api, repository, head),
  });
}

/** Finds the pull request of a run, from its event or else from its commit. Errors: those of the lookup. */
export async function findPullRequest(event: RunEvent, lookup: PullRequestLookup): Promise<FoundPullRequest> {
  const { name, payload, sha } = event;
  const pullRequest = v.safeParse(PullRequestEvent, payload);
  if (pullRequest.success) return { kind: 'found', number: pullRequest.output.pull_request.number };
  if (name === 'issue_comment') {
    const issue = v.safeParse(IssueEvent, payload);
    if (issue.success && issue.output.issue.pull_request !== undefined) {
      return { kind: 'found', number: issue.output.issue.number };
    }
    return none({ kind: 'comment_on_issue' });
  }
  if (name === 'workflow_run') return await ofWorkflowRun(payload, lookup);
  if (name !== 'push') return none({ kind: 'other_event', event: name });
  return headedBy(sha, await lookup.ofCommit(sha));
}

/** A run for a fork's pull request names none, and its commit is not in this repository. */
async function ofWorkflowRun(payload: unknown, lookup: PullRequestLookup): Promise<FoundPullRequest> {
  const event = v.safeParse(WorkflowRunEvent, payload);
  if (!event.success) return none({ kind: 'no_workflow_run' });
  const { head_sha, head_branch, head_repository, pull_requests } = event.output.workflow_run;
  // The event also names a pull request from one of our branches to a fork's own repository, with its number there.
  const ours = event.output.repository?.id;
  const [named, ...others] = pull_requests.filter(({ base }) => base === undefined || base.repo.id === ours);
  if (named !== undefined && others.length === 0) return { kind: 'found', number: named.number };
  if (head_branch === null || head_repository === null) return none({ kind: 'branch_gone' });
  return headedBy(head_sha, await lookup.from(`${head_repository.owner.login}:${head_branch}`));
}

function headedBy(sha: string, pullRequests: readonly OpenPullRequest[]): FoundPullRequest {
  const [found, ...others] = pullRequests.filter(({ headSha }) => headSha === sha);
  if (found === undefined) return none({ kind: 'no_head', sha });
  if (others.length > 0) return none({ kind: 'several_heads', sha, count: others.length + 1 });
  return { kind: 'found', number: found.number };
}

function none(reason: NoPullRequestReason): FoundPullRequest {
  return { kind: 'none', reason };
}
