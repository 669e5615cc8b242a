import { isOfNewerRun, runMark } from '../../../github/comment-body.ts';
import { incompleteNote, NOT_REMEMBERED_NOTE, SINCE_LAST_COMMENT } from '../../../messages/outputs-text.ts';
import type { Job } from '../../../runner/job.ts';
import { compareOutputs, forget, printMemory, readMemory, remember } from './changes.ts';
import type { PublishedState } from './published.ts';
import { type Comparison, renderFitting } from './render-outputs.ts';

export interface SectionContext {
  /** The section in the comment at the start, if it exists. */
  readonly before: string | undefined;
  /** The current section, because another run may have written it since. */
  readonly now: string | undefined;
  /** Characters. */
  readonly room: number;
  readonly job: Job;
  /** What to compare with instead of the previous section. */
  readonly other: Comparison | undefined;
  /** Whether a text contains something that this job has masked: an earlier value may have become secret since. */
  readonly isMasked: (text: string) => boolean;
}

const VALUE_ROOMS = [6_000, 1_500, 300] as const;
// The memory of thousands of outputs would leave no room for the outputs themselves.
const MEMORY_ROOM = 12_000;
/** The characters of a value that the next run can show as the earlier one, if there is room for all values. */
const REMEMBERED_VALUE = 200;

/**
 * One state's section of the comment, with the memory for the next run's comparison. Undefined when the existing
 * section comes from a newer run. Pure.
 */
export function renderSection(
  state: PublishedState,
  { before, now, room, job, other, isMasked }: SectionContext,
): { readonly content: string; readonly isComplete: boolean } | undefined {
  if (now !== undefined && isOfNewerRun(now, job)) return undefined;
  const memory = memoryWithin(state, Math.min(MEMORY_ROOM, room / 4));
  const isRemembered = memory !== undefined;
  const marks = isRemembered ? [runMark(job), memory] : [runMark(job)];
  const notes = isRemembered || other !== undefined ? [] : [NOT_REMEMBERED_NOTE];
  const left = room - [...marks, ...notes].join('\n').length - 2;
  const comparison = other ?? comparisonWithBefore(state, before, isMasked);
  const { html, leftOut, cut } = renderFitting(state, comparison, left, VALUE_ROOMS);
  const isComplete = leftOut + cut === 0;
  const rest = isComplete ? [] : [incompleteNote(leftOut, cut, job.runUrl)];
  return { content: [...marks, html, ...notes, ...rest].join('\n'), isComplete };
}

/** With the values if they fit, or else with their hashes; undefined when not even these fit. */
function memoryWithin({ outputs }: PublishedState, room: number): string | undefined {
  const memories = [REMEMBERED_VALUE, 0].map((longest) => printMemory(remember(outputs, longest)));
  return memories.find(({ length }) => length <= room);
}

function comparisonWithBefore(
  state: PublishedState,
  before: string | undefined,
  isMasked: SectionContext['isMasked'],
): Comparison | undefined {
  const remembered = before === undefined ? undefined : readMemory(before);
  if (remembered === undefined) return undefined;
  const changes = compareOutputs(forget(remembered, isMasked), state.outputs);
  return { to: SINCE_LAST_COMMENT, changes };
}
