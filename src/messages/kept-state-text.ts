/** One copy of a state on this runner, and how long it stays. */
export interface LocalCopy {
  readonly path: string;
  readonly lasts: 'until_checkout_is_cleaned' | 'until_next_holder' | 'with_machine' | 'with_job';
}

/** Where a job's state that was not pushed is kept. */
export type KeptState =
  | { readonly kind: 'rescued'; readonly local: LocalCopy; readonly url: string }
  /** No copy in S3 could be made. `home`: the copy in the home directory, if there is one. */
  | {
      readonly kind: 'local';
      readonly local: LocalCopy;
      readonly home: LocalCopy | undefined;
      /** Whether all copies disappear with the job. */
      readonly isLost: boolean;
      /** Why there is no copy in S3, in words. */
      readonly why: string;
    };

const LASTS: Readonly<Record<LocalCopy['lasts'], string>> = {
  until_checkout_is_cleaned: 'until its checkout is cleaned',
  until_next_holder: 'until the next job there holds this state',
  with_machine: 'which lasts as long as the machine',
  with_job: 'which is removed with the job',
};

/** The words for a state that was not pushed. */
export interface KeptText {
  /** Where it is: for the log, at once, because the rest of the step may never run. */
  readonly where: string;
  /** Where it is and how to recover it: for the step's error and the page. */
  readonly whole: string;
}

/** Says where a job's state that was not pushed is kept. `recovery`: the lines that say how to recover it. Pure. */
export function keptText(kept: KeptState, recovery: readonly string[]): KeptText {
  const here = describeCopy(kept.local);
  if (kept.kind === 'rescued') return withRecovery([KEPT, here, `  ${kept.url}`], recovery);
  const home =
    kept.home === undefined ? 'It could not be copied to the home directory.' : describeCopy(kept.home);
  const rest = kept.isLost ? [LOST_WITH_RUNNER] : recovery;
  const why = `A rescue copy in S3 could not be made. ${kept.why}`;
  return withRecovery([kept.isLost ? KEPT_FOR_NOW : KEPT, here, home], [...rest, why]);
}

function withRecovery(where: readonly string[], recovery: readonly string[]): KeptText {
  return { where: where.join('\n'), whole: [...where, ...recovery].join('\n') };
}

/** The words for a state that nothing can be done about. Pure. */
export function keptOnly(text: string): KeptText {
  return { where: text, whole: text };
}

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
