import type { InputReader } from '../../../runner/inputs.ts';

/** Where outputs are published. */
export interface PublishInputs {
  readonly summary: boolean;
  readonly comment: boolean;
  /** Distinguishes the comment from those of other uses. */
  readonly commentId: string;
  /** Undefined when the event decides. */
  readonly pullRequest: number | undefined;
  /** Whether a comment that can't be written fails the step. */
  readonly required: boolean;
  readonly apiUrl: string;
  readonly token: string | undefined;
}

const TARGETS = new Set(['summary', 'comment', 'none']);
const FIX = 'use summary, comment, both (one per line or separated by commas), or none';
const DEFAULT_ID = 'outputs';

/** Reads the inputs for publishing outputs. Problems go to the reader. */
export function readPublishInputs(reader: InputReader): PublishInputs {
  const given = reader.text('publish') ?? 'summary';
  const targets = new Set(given.split(/[\s,]+/).filter(Boolean));
  if ([...targets].some((target) => !TARGETS.has(target)) || (targets.has('none') && targets.size > 1)) {
    reader.reject('publish', given, FIX);
  }
  const token = reader.text('github_token');
  const comment = targets.has('comment');
  if (comment && token === undefined) {
    reader.reject('github_token', undefined, 'a comment needs a token with pull-requests: write');
  }
  const commentId = reader.text('comment_id') ?? DEFAULT_ID;
  if (commentId.length > 100) reader.reject('comment_id', commentId, 'use at most 100 characters');
  return {
    summary: targets.has('summary'),
    comment,
    commentId,
    pullRequest: reader.integer('pr_number', 1),
    required: reader.boolean('publish_required') ?? false,
    apiUrl: reader.environment('GITHUB_API_URL') ?? 'https://api.github.com',
    token,
  };
}
