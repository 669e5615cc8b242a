/** What became of the job's state, as post decided. */
export type PushKind =
  | 'push'
  | 'refuse'
  | 'checkpointed'
  | 'unchanged'
  | 'no_state'
  | 'never'
  | 'unknown'
  | 'removed';

/** What the log says of a push. */
export interface PushFacts {
  readonly kind: PushKind;
  /** Whether the state is in S3 now. */
  readonly isPushed: boolean;
  /** The job's state where there is one to push; the serial is undefined where nobody can read it. */
  readonly state:
    | { readonly serial: bigint | undefined; readonly size: number; readonly md5: string }
    | undefined;
  /** Whether `lock: none` is why nothing is pushed. */
  readonly isUnlocked: boolean;
}

/** The log's line about what became of the job's state; `url` names the state object. Pure. */
export function pushLine(facts: PushFacts, url: string): string {
  switch (facts.kind) {
    case 'push':
      return facts.isPushed ? `Pushed ${nameState(facts)} to ${url}.` : 'The state could not be pushed.';
    case 'refuse':
      return 'The state was not pushed.';
    case 'checkpointed':
      return `The checkpointer pushed ${nameState(facts)} to ${url} already: nothing is left to push.`;
    case 'unchanged':
      return 'The job did not change the state: nothing to push.';
    case 'no_state':
      return 'There was no state, and the job made none: nothing to push.';
    case 'never':
      return `The job changed its copy of the state, which is not pushed: ${facts.isUnlocked ? 'lock is "none"' : 'push is "never"'}.`;
    case 'unknown':
      return "The job's state file could not be read: nothing is pushed.";
    case 'removed':
      return `The job removed its copy of the state. Nothing is pushed; ${url} stays as it was.`;
  }
}

function nameState({ state }: PushFacts): string {
  if (state === undefined) return 'the state';
  const serial = state.serial === undefined ? 'the state' : `serial ${state.serial}`;
  return `${serial}, ${state.size} bytes, MD5 ${state.md5},`;
}

/** The warning after a push to a store whose conditional writes don't work. */
export function unconditionalText(url: string): string {
  return (
    `The store of ${url} has no working conditional writes. The action looked at the object right before the push and right after ` +
    'it instead. In between, it could have overwritten another writer.'
  );
}

/** The log's line where post has nothing to push; `pull` as the job set it. */
export function nothingToPushLine(pull: boolean): string {
  return `Nothing to push: ${pull ? 'there are no local files of this state' : 'this job holds the lock alone'}.`;
}

/** The log's line where main left nothing for post to do. */
export const NOTHING_TO_DO = 'Nothing to do: the main step holds no lock and pulled no state.';

/** Where a state is that a program of the job still wrote when it was pushed for the last time. */
export function stillWrittenText(path: string): string {
  return `No state has what was written to ${path} after the last push. The file stays on this runner.`;
}

/** Where the files are that post could not read. */
export function unreadFilesText(directory: string): string {
  return `The job's state could not be read. Its files stay in ${directory} on this runner.`;
}

/** The warning where the files of a job's state could not be moved away from the next holder's path. */
export function notMovedText(directory: string, why: string): string {
  return `${directory} could not be moved: ${why}`;
}

/** The log's line about the published outputs at `url`. */
export function publishedLine(url: string, isWritten: boolean): string {
  return isWritten ? `Published the outputs in ${url}.` : `The outputs in ${url} are as they should be.`;
}
