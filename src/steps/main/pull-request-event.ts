import * as v from 'valibot';
import type { RunEvent } from '../../github/run-event.ts';

const Repository = v.object({ id: v.number() });
/** GitHub names no repository for a deleted fork. */
const PullRequestEvent = v.object({
  pull_request: v.object({
    head: v.object({ repo: v.nullable(Repository) }),
    base: v.object({ repo: Repository }),
  }),
});
const WorkflowRunEvent = v.object({
  repository: Repository,
  workflow_run: v.object({ head_repository: v.nullable(Repository) }),
});
const HeadEvent = v.object({ pull_request: v.object({ head: v.object({ sha: v.string() }) }) });
const CommentEvent = v.object({ issue: v.object({ pull_request: v.optional(v.unknown()) }) });

/**
 * Whether a run is for the pull request of a fork, or nothing shows that it is not: then its author decides what runs.
 * A comment's event does not say where its pull request comes from. Pure.
 */
export function isOfFork({ name, payload }: Pick<RunEvent, 'name' | 'payload'>): boolean {
  const pullRequest = v.safeParse(PullRequestEvent, payload);
  if (pullRequest.success) {
    const { head, base } = pullRequest.output.pull_request;
    return head.repo?.id !== base.repo.id;
  }
  if (name.startsWith('pull_request')) return true;
  if (name === 'workflow_run') {
    const event = v.safeParse(WorkflowRunEvent, payload);
    return !event.success || event.output.workflow_run.head_repository?.id !== event.output.repository.id;
  }
  if (name !== 'issue_comment') return false;
  const comment = v.safeParse(CommentEvent, payload);
  return !comment.success || comment.output.issue.pull_request !== undefined;
}

/** The head of the run's pull request; undefined for other runs. Pure. */
export function findHead({ payload }: Pick<RunEvent, 'payload'>): string | undefined {
  const event = v.safeParse(HeadEvent, payload);
  return event.success ? event.output.pull_request.head.sha : undefined;
}
