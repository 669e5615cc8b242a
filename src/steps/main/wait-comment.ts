import { parseFreeze } from '../../backend/records/freeze.ts';
import type { LockHolder } from '../../backend/records/lock-info.ts';
import type { StateScope } from '../../backend/state-error.ts';
import { type ConnectGitHub, type GitHubApi, GitHubError } from '../../github/api.ts';
import { isOfNewerRun, runMark } from '../../github/comment-body.ts';
import { pullRequestComments } from '../../github/comments.ts';
import { searchPullRequest } from '../../github/find-pull-request.ts';
import { toRepository } from '../../github/repository.ts';
import { readRunEvent } from '../../github/run-event.ts';
import { upsertSections } from '../../github/upsert-sections.ts';
import type { WaitCommentInputs } from '../../inputs/wait-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { type WaitNotPublishedReason, waitNotPublishedNotice } from '../../messages/publish-text.ts';
import { renderWaitNote, type WaitNote } from '../../messages/wait-text.ts';
import { type Job, readJob } from '../../runner/job.ts';

/** The line on a pull request that says whose lock a job waits for. No call throws, and only `end` waits for GitHub. */
export interface WaitComment {
  /** Called each time the other lock is read. */
  saw(holder: LockHolder | undefined, waitedMs: number): void;
  /** Called once it is certain that the job waits for this holder. `ahead`: how many wait before it; undefined: there is no queue. */
  waiting(holder: LockHolder | undefined, ahead: number | undefined): void;
  /** Replaces the line, if there is one. */
  end(kind: 'held' | 'gave_up', waitedMs: number): Promise<void>;
}

/** The dependencies for the comment. */
export interface WaitCommentDependencies
  extends Pick<Dependencies, 'env' | 'runner' | 'clock' | 'random' | 'signal'> {
  readonly connectGitHub: ConnectGitHub;
}

export const NO_WAIT_COMMENT: WaitComment = { saw: () => {}, waiting: () => {}, end: async () => {} };

// A lock that is free again by then need not be reported. A freeze is reported at once.
const AFTER_MS = 10_000;
// A change of the holder is reported at most this often.
const EVERY_MS = 60_000;
// The lock is ours, and the job waits for this write.
const LAST_WRITE_MS = 15_000;
const CANCELLED_MS = 3_000;

const COMMENT_ID = 'waits';
const TITLE = 'Terraform locks';

/**
 * Reports a wait on the run's pull request, in a separate comment with one line for each state. A refusal by GitHub is
 * one notice: the wait itself continues.
 */
export function createWaitComment(
  deps: WaitCommentDependencies,
  scope: StateScope,
  inputs: WaitCommentInputs,
): WaitComment {
  const { clock } = deps;
  const comment: OpenComment = { deps, scope, inputs, job: readJob(deps.env), isRefused: false };
  let commented: { readonly raw: string | undefined; readonly at: number } | undefined;
  let position: number | undefined;
  let writing: Promise<void> = Promise.resolve();
  const write = (note: WaitNote, limit: AbortSignal): Promise<void> => {
    writing = writing.then(() => writeNote(comment, note, limit));
    return writing;
  };
  const commentOn = (holder: LockHolder | undefined): void => {
    const isNews =
      commented === undefined ||
      (commented.raw !== holder?.raw && clock.monotonic() - commented.at >= EVERY_MS);
    if (!isNews) return;
    commented = { raw: holder?.raw, at: clock.monotonic() };
    void write({ kind: 'waiting', holder, ahead: position, at: clock.now() }, deps.signal);
  };
  return {
    saw: (holder, waitedMs) => {
      if (waitedMs >= AFTER_MS) commentOn(holder);
    },
    waiting: (holder, ahead) => {
      position = ahead;
      if (parseFreeze(holder) !== undefined) commentOn(holder);
    },
    end: async (kind, waitedMs) => {
      if (commented === undefined) return;
      // A cancelled job has little time, and its own signal ends every call.
      const limit = AbortSignal.timeout(deps.signal.aborted ? CANCELLED_MS : LAST_WRITE_MS);
      await write({ kind, waitedMs, at: clock.now() }, limit);
    },
  };
}

interface OpenComment {
  readonly deps: WaitCommentDependencies;
  readonly scope: StateScope;
  readonly inputs: WaitCommentInputs;
  readonly job: Job;
  isRefused: boolean;
}

/** Throws nothing. */
async function writeNote(comment: OpenComment, note: WaitNote, signal: AbortSignal): Promise<void> {
  if (comment.isRefused) return;
  try {
    await upsertNote(comment, note, signal);
  } catch (error) {
    // The end of the wait, or of its time, ends a running write. The next one says how it ended.
    if (signal.aborted) return;
    refuse(comment, error instanceof GitHubError ? { kind: 'refused', error } : { kind: 'failed', error });
  }
}

function refuse(comment: OpenComment, reason: WaitNotPublishedReason): void {
  comment.isRefused = true;
  comment.deps.runner.notice(waitNotPublishedNotice(reason));
}

async function upsertNote(comment: OpenComment, note: WaitNote, signal: AbortSignal): Promise<void> {
  const { deps, scope, inputs, job } = comment;
  const { clock, random } = deps;
  const { apiUrl, token } = inputs;
  const api = await deps.connectGitHub({ apiUrl, token, signal, clock, random });
  const found = await findTarget(comment, api);
  if (found.kind === 'none') {
    refuse(comment, found.reason);
    return;
  }
  const target = { ...toRepository(job.repository), number: found.number };
  const section = {
    id: scope.address.lockPath,
    render: (_before: string | undefined, _room: number, now: string | undefined) =>
      now !== undefined && isOfNewerRun(now, job)
        ? undefined
        : `${runMark(job)}\n${renderWaitNote(scope, note, job.runUrl)}`,
  };
  await upsertSections(pullRequestComments(api, target), {
    commentId: COMMENT_ID,
    title: TITLE,
    sections: [section],
    clock,
    signal,
    random,
  });
}

async function findTarget({ deps, inputs, job }: OpenComment, api: GitHubApi) {
  const repository = toRepository(job.repository);
  const event = await readRunEvent(deps.env);
  return await searchPullRequest(api, { repository, named: inputs.pullRequest, event });
}
