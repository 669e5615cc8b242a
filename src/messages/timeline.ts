import { formatDuration } from '../time/duration.ts';

/** When what happened to a job, in ms since the epoch by the clock of its machine. Undefined: it did not happen. */
export interface TimelineFacts {
  /** Main began. */
  readonly startedAt: number;
  /** The lock was ours. */
  readonly lockedAt: number | undefined;
  /** The pulled state was the job's to work on. */
  readonly handedOverAt: number | undefined;
  /** When each checkpoint was stored. */
  readonly checkpointsAt: readonly number[];
  /** Post began. */
  readonly postAt: number;
  /** The push had ended, whatever came of it. */
  readonly pushedAt: number;
  /** The lock was released, or whatever came of that. */
  readonly releasedAt: number;
  /** The ends of both in a word: `pushed`, `released`. */
  readonly push: string;
  readonly release: string;
}

/** Checkpoints that are shown, the last ones: each has a row of its own. */
const SHOWN = 10;

/** The job as a Mermaid Gantt chart, folded; Markdown. Its texts are all ours. Pure. */
export function renderTimeline(facts: TimelineFacts): string {
  const { startedAt, lockedAt, handedOverAt, postAt, pushedAt, releasedAt } = facts;
  const pullFrom = lockedAt ?? startedAt;
  const lines = [
    'section Lock',
    ...(lockedAt === undefined
      ? []
      : [bar('waited', startedAt, lockedAt), bar('held', lockedAt, releasedAt, 'active')]),
    'section Job',
    ...(handedOverAt === undefined ? [] : [bar('pulled', pullFrom, handedOverAt, 'done')]),
    bar('steps', handedOverAt ?? pullFrom, postAt, 'active'),
    ...checkpointLines(facts.checkpointsAt),
    bar(facts.push, postAt, pushedAt, 'done'),
    bar(facts.release, pushedAt, releasedAt, 'done'),
  ];
  // Blank lines: else GitHub takes the block for a part of the HTML.
  return [
    '<details><summary>Timeline</summary>',
    '',
    '```mermaid',
    'gantt',
    '  dateFormat x',
    '  axisFormat %H:%M:%S',
    ...lines.filter((line, i) => !isEmptySection(line, lines[i + 1])).map((line) => `  ${line}`),
    '```',
    '',
    '</details>',
  ].join('\n');
}

function isEmptySection(line: string, next: string | undefined): boolean {
  return line.startsWith('section') && (next === undefined || next.startsWith('section'));
}

function bar(name: string, from: number, until: number, tag?: 'active' | 'done'): string {
  // A clock that was set back gives no bar that ends before it begins.
  const end = Math.max(from, until);
  const style = tag === undefined ? '' : `${tag}, `;
  return `${name} ${formatDuration(end - from)} :${style}${from}, ${end}`;
}

function checkpointLines(checkpointsAt: readonly number[]): string[] {
  const first = Math.max(0, checkpointsAt.length - SHOWN);
  return checkpointsAt.slice(first).map((at, i) => `checkpoint ${first + i + 1} :milestone, ${at}, ${at}`);
}
