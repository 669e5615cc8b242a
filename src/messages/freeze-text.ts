import { type Freeze, formatFreezeEnd, parseFreeze } from '../backend/records/freeze.ts';
import type { LockHolder } from '../backend/records/lock-info.ts';
import type { DetailsOf, StateScope } from '../backend/state-error.ts';
import { formatDuration } from '../time/duration.ts';
import { thawStep, waysToFree } from './free-lines.ts';
import { holderLines } from './lock-text.ts';
import { excerpt } from './plain.ts';
import type { RunPages } from './run-page.ts';

/** The characters shown of a freeze's reason and of its author on one line. */
const EXCERPT_LENGTH = 80;
/** The characters of each in outputs. */
const KEPT = 2000;

const HOUR_MS = 3_600_000;

/** A freeze in the form of outputs. All texts are other people's, limited in length and plain. */
export interface FreezeJson {
  readonly until: string;
  readonly reason: string;
  readonly by: string;
  /** The page of the run that froze it, if it is on this server. */
  readonly run: string | null;
}

/** A freeze in the form of outputs. Pure. */
export function freezeJson(freeze: Freeze, pages: RunPages): FreezeJson {
  const run = findRun(freeze, pages);
  return {
    until: formatFreezeEnd(freeze.until),
    reason: excerpt(freeze.reason, KEPT),
    by: excerpt(freeze.by, KEPT),
    run: run ?? null,
  };
}

/** What a freeze is, in a few words: `until 2026-01-02T03:04:05Z by octocat@acme/infra: release week`. Pure. */
export function describeFreeze(freeze: Freeze): string {
  return `until ${formatFreezeEnd(freeze.until)} by ${excerpt(freeze.by, EXCERPT_LENGTH)}: ${excerpt(freeze.reason, EXCERPT_LENGTH)}`;
}

/** The log's line while a step waits for the end of a freeze; undefined when the lock is not a freeze. Times in ms. Pure. */
export function frozenLine(
  holder: LockHolder | undefined,
  pages: RunPages,
  { leftMs, timeoutMs }: { readonly leftMs: number; readonly timeoutMs: number },
): string | undefined {
  const freeze = parseFreeze(holder);
  if (freeze === undefined) return undefined;
  const run = findRun(freeze, pages);
  const page = run === undefined ? '' : ` (${run})`;
  return `Frozen ${describeFreeze(freeze)}${page}. Waiting for its end; lock_timeout (${formatDuration(timeoutMs)}) leaves ${formatDuration(leftMs)}.`;
}

type Frozen = DetailsOf<'frozen'>;

/** The words for a state that is frozen: until when, why, by whom, and what to do. `now` in ms since the epoch. */
export function explainFrozen(scope: StateScope, { holder, freeze, leftMs }: Frozen, now: number): string {
  return [
    `The state ${scope.address.lockPath} is frozen ${describeFreeze(freeze)}.`,
    `It ends by itself in ${formatDuration(leftMs)}. To wait for that, set lock_timeout past its end, for example lock_timeout: ${timeoutPast(leftMs)}.`,
    'Its lock:',
    ...holderLines(holder, now),
    ...endLines(scope, holder),
  ].join('\n');
}

function endLines(scope: StateScope, holder: LockHolder): string[] {
  const thaw = thawStep(scope);
  const free = waysToFree(scope, holder);
  if (thaw.length === 0) return ['To end it now, free its lock with', ...free];
  const steps = thaw.map((line) => `  ${line}`);
  return ['To end it now, thaw it with this workflow step', ...steps, 'or free its lock with', ...free];
}

function timeoutPast(leftMs: number): string {
  return leftMs < HOUR_MS ? `${Math.ceil(leftMs / 60_000) + 1}m` : `${Math.floor(leftMs / HOUR_MS) + 1}h`;
}

/** Only a page of this server, because somebody else chose the URL. */
function findRun({ runUrl }: Freeze, { githubServer }: RunPages): string | undefined {
  if (runUrl === undefined || !URL.canParse(runUrl) || !URL.canParse(githubServer)) return undefined;
  const { origin, username, password } = new URL(runUrl);
  if (origin !== new URL(githubServer).origin || username + password !== '') return undefined;
  return excerpt(runUrl, KEPT);
}
