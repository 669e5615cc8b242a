import { isOfNewerRun, runMark } from '../../../github/comment-body.ts';
import { incompleteNote, NOT_REMEMBERED_NOTE, SINCE_LAST_COMMENT } from '../../../messages/outputs-text.ts';
import type { Job } from '../../../runner/job.ts';
import type { PublishedState } from '../published.ts';
import { compareOutputs, printMemory, readMemory, remember } from './changes.ts';
import { type Comparison, renderFitting } from './render-outputs.ts';

export interface SectionContext {
  /** The section as it is in the comment, if it is there. */
  readonly before: string | undefined;
  /** As it is now: another run may have written since. */
  readonly now: string | undefined;
  /** Characters. */
  readonly room: number;
  readonly job: Job;
  /** What to compare with in place of the section before. */
  readonly other: Comparison | undefined;
}

const VALUE_ROOMS = [6_000, 1_500, 300] as const;
// Memory of outputs by the thousand would leave no room for the outputs themselves.
const MEMORY_ROOM = 12_000;

/**
 * One state's section of the comment, with the memory that the next run compares with. Undefined when what is there comes from
 * a newer run. Pure.
 */
export function renderSection(
  state: PublishedState,
  { before, now, room, job, other }: SectionContext,
): { readonly content: string; readonly isComplete: boolean } | undefined {
  if (now !== undefined && isOfNewerRun(now, job)) return undefined;
  const memory = printMemory(remember(state.outputs));
  const isRemembered = memory.length <= Math.min(MEMORY_ROOM, room / 4);
  const marks = [runMark(job), ...(isRemembered ? [memory] : [])];
  const notes = isRemembered || other !== undefined ? [] : [NOT_REMEMBERED_NOTE];
  const left = room - [...marks, ...notes].join('\n').length - 2;
  const comparison = other ?? comparisonWithBefore(state, before);
  const { html, leftOut, cut } = renderFitting(state, comparison, left, VALUE_ROOMS);
  const isComplete = leftOut + cut === 0;
  const rest = isComplete ? [] : [incompleteNote(leftOut, cut, job.runUrl)];
  return { content: [...marks, html, ...notes, ...rest].join('\n'), isComplete };
}

function comparisonWithBefore(state: PublishedState, before: string | undefined): Comparison | undefined {
  const remembered = before === undefined ? undefined : readMemory(before);
  if (remembered === undefined) return undefined;
  return { to: SINCE_LAST_COMMENT, changes: compareOutputs(remembered, state.outputs) };
}
