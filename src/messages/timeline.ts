import { formatDuration } from '../time/duration.ts';

/** When a job's events happened, in ms since the epoch by its machine's clock. Undefined for events that did not happen. */
export interface TimelineFacts {
  /** Main began. */
  readonly startedAt: number;
  /** The job got the lock. */
  readonly lockedAt: number | undefined;
  /** How long it waited for the lock, in ms. */
  readonly waitedMs: number;
  /** The job could work on the pulled state. */
  readonly handedOverAt: number | undefined;
  /** When each checkpoint was stored. */
  readonly checkpointsAt: readonly number[];
  /** Post began. */
  readonly postAt: number;
  /** The push ended, with or without success. */
  readonly pushedAt: number;
  /** The release ended, with or without success. */
  readonly releasedAt: number;
  /** The results of both in a word: `pushed`, `released`. */
  readonly push: string;
  readonly release: string;
}

/** The number of checkpoints shown, from the last one back. Each has its own row. */
const SHOWN = 10;

/** Below this, Mermaid's ticks would be closer than the second that the axis shows, in ms. */
const SHORT_MS = 10_000;

/** The job as a folded Mermaid Gantt chart in Markdown. Contains no text of other people. Pure. */
export function renderTimeline(facts: TimelineFacts): string {
  const { startedAt, lockedAt, waitedMs, handedOverAt, postAt, pushedAt, releasedAt } = facts;
  const pullFrom = lockedAt ?? startedAt;
  const lines = [
    'section Lock',
    ...(lockedAt === undefined
      ? []
      : [bar('waited', lockedAt - waitedMs, lockedAt), bar('held', lockedAt, releasedAt, 'active')]),
    'section Job',
    ...(handedOverAt === undefined ? [] : [bar('pulled', pullFrom, handedOverAt, 'done')]),
    bar('steps', handedOverAt ?? pullFrom, postAt, 'active'),
    ...checkpointLines(facts.checkpointsAt),
    bar(facts.push, postAt, pushedAt, 'done'),
    bar(facts.release, pushedAt, releasedAt, 'done'),
  ];
  // Without blank lines, GitHub takes the block for part of the HTML.
  return [
    '<details><summary>Timeline</summary>',
    '',
    '```mermaid',
    'gantt',
    '  dateFormat x',
    '  axisFormat %H:%M:%S',
    ...(releasedAt - startedAt < SHORT_MS ? ['  tickInterval 1second'] : []),
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
  // When the clock was set back, the bar still must not end before it begins.
  const end = Math.max(from, until);
  const style = tag === undefined ? '' : `${tag}, `;
  return `${name} ${formatDuration(end - from)} :${style}${Math.round(from)}, ${Math.round(end)}`;
}

function checkpointLines(checkpointsAt: readonly number[]): string[] {
  const first = Math.max(0, checkpointsAt.length - SHOWN);
  return checkpointsAt.slice(first).map((at, i) => `checkpoint ${first + i + 1} :milestone, ${at}, ${at}`);
}
