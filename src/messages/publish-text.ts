import type { GitHubError } from '../github/api.ts';
import type { NoPullRequestReason } from '../github/find-pull-request.ts';
import { explainGitHubError } from './explain-github-error.ts';
import { plain, shortCommit } from './plain.ts';

/** Why no comment was written. */
export type NoCommentReason = NoPullRequestReason | { readonly kind: 'refused'; readonly error: GitHubError };

/** Why outputs were not published in a comment, or not all of them. */
export type NotPublishedReason =
  | NoCommentReason
  | { readonly kind: 'overwritten' }
  | { readonly kind: 'no_room' };

/** The notice for outputs that were not published in a comment. Pure. */
export function notPublishedNotice(reason: NotPublishedReason): string {
  return `The outputs are on the job's page but not in a comment: ${describeNotPublished(reason)}.`;
}

/** The error when a comment is required. Pure. */
export function notPublishedText(reason: NotPublishedReason): string {
  return `The outputs were not published as a comment: ${describeNotPublished(reason)}. publish_required is true, so this is an error.`;
}

/** Why a wait for a lock was not reported on a pull request. `failed`: for an unexpected reason. */
export type WaitNotPublishedReason = NoCommentReason | { readonly kind: 'failed'; readonly error: unknown };

/** The notice for a wait that was not reported on a pull request. Pure. */
export function waitNotPublishedNotice(reason: WaitNotPublishedReason): string {
  const why = reason.kind === 'failed' ? plain(String(reason.error)) : describeNotPublished(reason);
  return `The wait for the lock was not reported on a pull request: ${why}.`;
}

function describeNotPublished(reason: NotPublishedReason): string {
  switch (reason.kind) {
    case 'comment_on_issue':
      return 'the comment is on an issue, not on a pull request';
    case 'other_event':
      return `the event "${plain(reason.event)}" belongs to no pull request: name one in pr_number`;
    case 'no_workflow_run':
      return 'the event names no workflow run';
    case 'branch_gone':
      return 'the branch of the run is gone';
    case 'no_head':
      return `commit ${shortCommit(reason.sha)} is the head of no open pull request`;
    case 'several_heads':
      return `commit ${shortCommit(reason.sha)} is the head of ${reason.count} pull requests: name one in pr_number`;
    case 'no_such_number':
      return `pr_number is ${reason.number}, but ${plain(reason.repository)} has no pull request with that number that github_token can see`;
    case 'refused':
      return describeRefused(reason.error);
    case 'overwritten':
      return 'other jobs overwrote it each time';
    case 'no_room':
      return 'other sections leave no room in it';
  }
}

function describeRefused(error: GitHubError): string {
  const what = explainGitHubError(error);
  if (error.kind !== 'forbidden' && error.kind !== 'not_found') return what;
  return `github_token may not comment (it needs pull-requests: write; the token of a run for a fork's pull request never has it). ${what}`;
}

/** The log's line after outputs were published in a comment; `id` names the state. */
export function commentedLine(id: string, url: string | undefined): string {
  return `Published the outputs of ${id}${url === undefined ? '' : ` at ${url}`}.`;
}

/** The notice when a newer run has already published in the comment. */
export const SUPERSEDED = 'A newer run has already published these outputs. Its comment stays.';
