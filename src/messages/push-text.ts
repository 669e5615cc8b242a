/** What post decided about the job's state. */
export type PushKind =
  | 'push'
  | 'refuse'
  | 'checkpointed'
  | 'unchanged'
  | 'no_state'
  | 'never'
  | 'unknown'
  | 'removed';

/** What the log says about a push. */
export interface PushFacts {
  readonly kind: PushKind;
  /** Whether the state is in S3 now. */
  readonly isPushed: boolean;
  /** The job's state, if there is one to push. The serial is undefined when it can't be read. */
  readonly state:
    | { readonly serial: bigint | undefined; readonly size: number; readonly md5: string }
    | undefined;
}

/** The log's line about what happened to the job's state; `url` names the state object. Pure. */
export function pushLine(facts: PushFacts, url: string): string {
  switch (facts.kind) {
    case 'push':
      return facts.isPushed ? `Pushed ${nameState(facts)} to ${url}.` : 'The push failed.';
    case 'refuse':
      return 'The state was not pushed.';
    case 'checkpointed':
      return `The checkpointer has already pushed ${nameState(facts)} to ${url}: nothing is left to push.`;
    case 'unchanged':
      return 'The job did not change the state: nothing to push.';
    case 'no_state':
      return 'There was no state, and the job created none: nothing to push.';
    case 'never':
      return 'The job changed its copy of the state, which is not pushed: push is "never".';
    case 'unknown':
      return "The job's state file could not be read: nothing was pushed.";
    case 'removed':
      return `The job removed its copy of the state. Nothing was pushed, and ${url} stays as it was.`;
  }
}

function nameState({ state }: PushFacts): string {
  if (state === undefined) return 'the state';
  const serial = state.serial === undefined ? 'the state' : `serial ${state.serial}`;
  return `${serial}, ${state.size} bytes, MD5 ${state.md5},`;
}

/** The log's line when post has nothing to push. `pull`: the job's input. */
export function nothingToPushLine(pull: boolean): string {
  return `Nothing to push: ${pull ? 'there are no local files of this state' : 'this job holds only the lock'}.`;
}

/** The log's line when main left nothing for post to do. */
export const NOTHING_TO_DO = 'Nothing to do: the main step holds no lock and pulled no state.';

/** Says where a state is that a program of the job was still writing at the last push. */
export function stillWrittenText(path: string): string {
  return `What was written to ${path} after the last push is in no other state. The file stays on this runner.`;
}

/** Says where the files are that post could not read. */
export function unreadFilesText(directory: string): string {
  return `The job's state could not be read. Its files stay in ${directory} on this runner.`;
}

/** The warning when the files of a job's state could not be moved out of the next holder's way. */
export function notMovedText(directory: string, why: string): string {
  return `${directory} could not be moved: ${why}`;
}

/** The log's line about the published outputs at `url`. */
export function publishedLine(url: string, isWritten: boolean): string {
  return isWritten ? `Published the outputs in ${url}.` : `The outputs in ${url} are up to date.`;
}
