import type { StateErrorDetails, StateScope } from '../backend/state-error.ts';
import { copyCommand, downloadCommand } from './commands.ts';
import { explain } from './explain.ts';
import { stillWrittenText, unreadFilesText } from './push-text.ts';
import { recoveryLines } from './recovery-lines.ts';

/** One copy of a state on this runner, and how long it stays. */
export interface LocalCopy {
  readonly path: string;
  readonly lasts: 'until_checkout_is_cleaned' | 'until_next_holder' | 'with_machine' | 'with_job';
}

/** Where a job's state that was not pushed is kept, or why it is not. */
export type KeptState =
  | (Recoverable & { readonly kind: 'rescued'; readonly key: string })
  /** No copy in S3 could be made, for this `cause`. `home`: the copy in the home directory, if there is one. */
  | (Recoverable & {
      readonly kind: 'local';
      readonly home: LocalCopy | undefined;
      /** Whether all copies disappear with the job. */
      readonly isLost: boolean;
      readonly cause: unknown;
    })
  /** A program of the job was still writing the file at the last push. */
  | { readonly kind: 'still_written'; readonly path: string }
  /** Nothing in the directory could be read. */
  | { readonly kind: 'unread'; readonly directory: string };

interface Recoverable {
  readonly scope: StateScope;
  readonly local: LocalCopy;
  /** Why the state was not pushed, if that is an error of the state. */
  readonly reason: StateErrorDetails['reason'] | undefined;
}

const LASTS: Readonly<Record<LocalCopy['lasts'], string>> = {
  until_checkout_is_cleaned: 'until its checkout is cleaned',
  until_next_holder: 'until the next job there holds this state',
  with_machine: 'which lasts as long as the machine',
  with_job: 'which is removed with the job',
};

/** Where the state is: for the log, at once, because the rest of the step may never run. Pure. */
export function keptLocation(kept: KeptState): string {
  return listLocations(kept).join('\n');
}

/** Where the state is and how to recover it: for the step's error and the page. `now` in ms since the epoch. Pure. */
export function explainKeptState(kept: KeptState, now: number): string {
  return [...listLocations(kept), ...listRecovery(kept, now)].join('\n');
}

function listLocations(kept: KeptState): string[] {
  switch (kept.kind) {
    case 'rescued':
      return [KEPT, describeCopy(kept.local), `  s3://${kept.scope.address.bucket}/${kept.key}`];
    case 'local': {
      const home =
        kept.home === undefined ? 'It could not be copied to the home directory.' : describeCopy(kept.home);
      return [kept.isLost ? KEPT_FOR_NOW : KEPT, describeCopy(kept.local), home];
    }
    case 'still_written':
      return [stillWrittenText(kept.path)];
    case 'unread':
      return [unreadFilesText(kept.directory)];
  }
}

function listRecovery(kept: KeptState, now: number): string[] {
  if (kept.kind === 'rescued') {
    const { scope, reason, key } = kept;
    return recoveryLines(scope, reason, downloadCommand(scope, key, RESCUED));
  }
  if (kept.kind !== 'local') return [];
  const { scope, reason, home, local } = kept;
  const fetch = copyCommand((home ?? local).path, RESCUED);
  const rest = kept.isLost ? [LOST_WITH_RUNNER] : recoveryLines(scope, reason, fetch);
  return [...rest, `A rescue copy in S3 could not be made. ${explain(kept.cause, now)}`];
}

/** The file to which the commands fetch the state. */
const RESCUED = 'rescued.tfstate';
const KEPT = "The job's state is kept. It is at";
const KEPT_FOR_NOW = "The job's state could not be kept beyond this job. Until the job ends, it is at";
const LOST_WITH_RUNNER =
  'After that, no state has what this job created. Import it before you apply anything else: the log of the job names it.';

function describeCopy({ path, lasts }: LocalCopy): string {
  return `  ${path} on this runner, ${LASTS[lasts]}`;
}

/** Where another state that the job left is kept: its file, and its rescue copy in S3. */
export function rescuedLocations(path: string, url: string): string {
  return `${path} on this runner, and ${url}`;
}

/** The same without a rescue copy; `why` in words. */
export function unrescuedLocation(path: string, why: string): string {
  return `${path} on this runner only: ${why}`;
}
