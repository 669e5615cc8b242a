import * as v from 'valibot';
import type { OpenPullRequest } from '../../../github/pull-requests.ts';
import type { NoPullRequestReason } from '../../../messages/publish-text.ts';

/** The pull request that a run belongs to, or why there is none. */
export type FoundPullRequest =
  | { readonly kind: 'found'; readonly number: number }
  | { readonly kind: 'none'; readonly reason: NoPullRequestReason };

/** How pull requests are looked up where the event names none. */
export interface PullRequestLookup {
  ofCommit(sha: string): Promise<OpenPullRequest[]>;
  /** `head` is `owner:branch`. */
  from(head: string): Promise<OpenPullRequest[]>;
}

/** What the runner says of the event that started the run. */
export interface RunEvent {
  /** `GITHUB_EVENT_NAME`. */
  readonly name: string;
  /** The event's own JSON. */
  readonly payload: unknown;
  /** `GITHUB_SHA`. */
  readonly sha: string;
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

/**
 * Finds the pull request of a run, by what its event names and else by its commit. Errors: those of the lookup.
 */
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

/** A run for a fork's pull request names none, and its commit is not one of this repository's. */
async function ofWorkflowRun(payload: unknown, lookup: PullRequestLookup): Promise<FoundPullRequest> {
  const event = v.safeParse(WorkflowRunEvent, payload);
  if (!event.success) return none({ kind: 'no_workflow_run' });
  const { head_sha, head_branch, head_repository, pull_requests } = event.output.workflow_run;
  // A pull request from one of our branches to a fork's own repository is named, too, by its number there.
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
