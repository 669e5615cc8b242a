import type { Job } from '../../../runner/job.ts';
import { escapeHtml } from '../../words/html.ts';
import type { PublishedState } from '../published.ts';
import { compareOutputs, printMemory, readMemory, remember } from './changes.ts';
import { type Comparison, renderOutputs } from './render-outputs.ts';

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

const VALUE_ROOM = 6_000;
// Memory of outputs by the thousand would leave no room for the outputs themselves.
const MEMORY_ROOM = 12_000;
const RUN = /^<!-- run (\d+) (\d+) -->$/m;

/**
 * One state's section of the comment, with the memory that the next run compares with. Undefined when what is there comes from
 * a newer run. Pure.
 */
export function renderSection(
  state: PublishedState,
  { before, now, room, job, other }: SectionContext,
): { readonly content: string; readonly isComplete: boolean } | undefined {
  if (now !== undefined && isNewer(now, job)) return undefined;
  const memory = printMemory(remember(state.outputs));
  const marks = [
    `<!-- run ${job.runId || 0} ${job.runAttempt || 1} -->`,
    ...(memory.length > Math.min(MEMORY_ROOM, room / 4) ? [] : [memory]),
  ];
  const left = room - marks.join('\n').length - 2;
  const comparison = other ?? comparisonWithBefore(state, before);
  const { html, leftOut, cut } = renderOutputs(state, comparison, { total: left, value: VALUE_ROOM });
  const isComplete = leftOut + cut === 0;
  return {
    content: [...marks, html, ...(isComplete ? [] : [pointer(leftOut, cut, job)])].join('\n'),
    isComplete,
  };
}

/** Where the rest is: what has no room here is on the job's page. */
function pointer(leftOut: number, cut: number, { runUrl }: Job): string {
  const page = runUrl === '' ? 'the job summary' : `<a href="${escapeHtml(runUrl)}">the job summary</a>`;
  const missing = [
    ...(leftOut === 0 ? [] : [`${leftOut} more outputs did not fit here`]),
    ...(cut === 0 ? [] : [`${cut} values are cut`]),
  ];
  return `<p><em>${missing.join(', ')}: see ${page}.</em></p>`;
}

function comparisonWithBefore(state: PublishedState, before: string | undefined): Comparison | undefined {
  const remembered = before === undefined ? undefined : readMemory(before);
  if (remembered === undefined) return undefined;
  return { with: 'the comment before', changes: compareOutputs(remembered, state.outputs) };
}

function isNewer(now: string, job: Job): boolean {
  const [, run = '0', attempt = '0'] = RUN.exec(now) ?? [];
  const [theirs, ours] = [BigInt(run), BigInt(job.runId || 0)];
  return theirs === ours ? Number(attempt) > Number(job.runAttempt || 1) : theirs > ours;
}
