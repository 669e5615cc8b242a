import type { ConnectGitHub } from '../../../github/api.ts';
import { GitHubError } from '../../../github/api.ts';
import { pullRequestComments } from '../../../github/comments.ts';
import { searchPullRequest } from '../../../github/find-pull-request.ts';
import { toRepository } from '../../../github/repository.ts';
import type { RunEvent } from '../../../github/run-event.ts';
import { type UpsertOutcome, upsertSections } from '../../../github/upsert-sections.ts';
import { CodedError } from '../../../messages/coded-error.ts';
import { code } from '../../../messages/html.ts';
import { leftOutNote } from '../../../messages/outputs-text.ts';
import {
  commentedLine,
  type NotPublishedReason,
  notPublishedNotice,
  notPublishedText,
  SUPERSEDED,
} from '../../../messages/publish-text.ts';
import type { Job } from '../../../runner/job.ts';
import type { Runner } from '../../../runner/runner.ts';
import type { Clock } from '../../../time/clock.ts';
import { compareOutputs, remember } from './changes.ts';
import type { PublishInputs } from './publish-inputs.ts';
import type { PublishedState } from './published.ts';
import { type Comparison, renderFitting } from './render-outputs.ts';
import { renderSection } from './section.ts';

/** What publishing needs. */
export interface PublishDependencies {
  readonly runner: Pick<Runner, 'info' | 'notice' | 'summary'>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly signal: AbortSignal;
  readonly random: () => number;
  readonly connectGitHub: ConnectGitHub;
  /** Of the run. */
  readonly event: RunEvent;
}

export interface PublishRequest {
  readonly inputs: PublishInputs;
  readonly job: Job;
  readonly states: readonly PublishedState[];
  /** What the outputs are compared with; undefined for the comment's previous content. */
  readonly other: { readonly name: string; readonly states: readonly PublishedState[] } | undefined;
  /** Whether a text contains something that this job has masked. */
  readonly isMasked: (text: string) => boolean;
}

/** A required comment could not be written. */
export class NotPublished extends CodedError<'not_published'> {
  override readonly name = 'NotPublished';

  constructor(reason: NotPublishedReason) {
    super('not_published', notPublishedText(reason), reason.kind === 'refused' ? reason.error : undefined);
  }
}

/** In bytes. The runner drops a summary of more than 1 MiB, and masks lengthen it. */
const SUMMARY_ROOM = 700_000;
const SUMMARY_VALUES = [60_000, 6_000, 600] as const;

/**
 * Publishes outputs on the job's page and in the pull request's comment, as requested. What can't be put in the comment
 * is on the job's page. Errors: NotPublished, only when a comment is required.
 */
export async function publishOutputs(deps: PublishDependencies, request: PublishRequest): Promise<void> {
  const { inputs } = request;
  const isComplete = inputs.comment ? await tryComment(deps, request) : true;
  if (inputs.summary || !isComplete) await deps.runner.summary(renderSummary(request));
}

/** Whether everything fitted in the comment. */
async function tryComment(deps: PublishDependencies, request: PublishRequest): Promise<boolean> {
  try {
    return await comment(deps, request);
  } catch (error) {
    deps.signal.throwIfAborted();
    if (!(error instanceof GitHubError)) throw error;
    return giveUp(deps, request, { kind: 'refused', error });
  }
}

function giveUp(
  { runner }: PublishDependencies,
  { inputs }: PublishRequest,
  reason: NotPublishedReason,
): false {
  if (inputs.required) throw new NotPublished(reason);
  runner.notice(notPublishedNotice(reason));
  return false;
}

async function comment(deps: PublishDependencies, request: PublishRequest): Promise<boolean> {
  const { inputs, job } = request;
  const { signal, clock, random } = deps;
  const repository = toRepository(job.repository);
  const { apiUrl, token = '' } = inputs;
  const api = await deps.connectGitHub({ apiUrl, token, signal, clock, random });
  const found = await searchPullRequest(api, {
    repository,
    named: inputs.pullRequest,
    event: deps.event,
  });
  if (found.kind === 'none') return giveUp(deps, request, found.reason);
  const comments = pullRequestComments(api, { ...repository, number: found.number });
  // Rendered again in each round. The last result counts.
  const isComplete = new Map<string, boolean>();
  const sections = request.states.map((state) => ({
    id: state.address.lockPath,
    render: (before: string | undefined, room: number, now: string | undefined) => {
      const other = comparisonWith(request, state);
      const section = renderSection(state, { before, now, room, job, other, isMasked: request.isMasked });
      isComplete.set(state.address.lockPath, section === undefined || section.isComplete);
      return section?.content;
    },
  }));
  const outcome = await upsertSections(comments, {
    commentId: inputs.commentId,
    sections,
    clock,
    signal,
    random,
  });
  return reportOutcome(deps, request, outcome) && [...isComplete.values()].every(Boolean);
}

/** Whether all of it, or something newer, is in the comment. */
function reportOutcome(
  deps: PublishDependencies,
  request: PublishRequest,
  { written, superseded, full, lost, url }: UpsertOutcome,
): boolean {
  for (const id of written) deps.runner.info(commentedLine(id, url));
  if (superseded.length > 0) deps.runner.notice(SUPERSEDED);
  if (lost.length > 0) return giveUp(deps, request, { kind: 'overwritten' });
  return full.length === 0 || giveUp(deps, request, { kind: 'no_room' });
}

function comparisonWith({ other, states }: PublishRequest, state: PublishedState): Comparison | undefined {
  const before = other?.states[states.indexOf(state)];
  if (other === undefined || before === undefined) return undefined;
  return {
    to: `Against ${code(other.name)}`,
    changes: compareOutputs(remember(before.outputs), state.outputs),
  };
}

/** In a number of characters that stays below the limit in bytes. */
function renderSummary(request: PublishRequest, room = SUMMARY_ROOM): string {
  const summary = summaryWithin(request, room);
  const bytes = Buffer.byteLength(summary);
  return bytes <= SUMMARY_ROOM || room < 1 ? summary : renderSummary(request, Math.floor(room / 2));
}

function summaryWithin(request: PublishRequest, room: number): string {
  const total = Math.floor(room / request.states.length);
  const parts = request.states.map((state) => {
    const comparison = comparisonWith(request, state);
    const { html, leftOut } = renderFitting(state, comparison, total, SUMMARY_VALUES);
    return leftOut === 0 ? html : `${html}\n${leftOutNote(leftOut)}`;
  });
  return ['### Terraform outputs', ...parts, ''].join('\n\n');
}
