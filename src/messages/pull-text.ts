/** What the log says about a pulled state. */
export interface PulledState {
  readonly serial: bigint;
  readonly size: number;
  readonly md5: string;
}

/** The log's line after a pull; `url` names the state object. */
export function pulledLine(url: string, { serial, size, md5 }: PulledState): string {
  return `Pulled ${url}: serial ${serial}, ${size} bytes, MD5 ${md5}.`;
}

/** The log's line after a pull that found no state. */
export function noStateLine(url: string): string {
  return `There is no state at ${url} yet.`;
}

/** The log's line once the job's Terraform finds the pulled state. */
export function handedOverLine(workingDirectory: string, workspace: string): string {
  return `Terraform in ${workingDirectory} uses the pulled state, in workspace ${workspace}, until this job ends.`;
}

/** The log's line for a job that holds only the lock. */
export const LOCK_HANDED_OVER =
  'No state is pulled: Terraform in this job works on S3 directly, with -lock=false.';

/** The warning for `publish_outputs` with an encrypted state; `url` names the state object. */
export function unpublishableText(url: string): string {
  return [
    `OpenTofu encrypted ${url}, so its outputs can't be published.`,
    'The step that ends this job fails (outputs_not_published), unless the job decrypts the state. Remove publish_outputs, and let readers use outputs/ with the key of the state.',
    'Copies from before OpenTofu encrypted the state stay readable until you delete them: published outputs (.outputs.json), snapshots (.backup/) and rescue copies (.rescue/) beside it, and old versions of them and of the state. Stored plans (.plans/) are encrypted only if the encryption block has a plan block.',
  ].join('\n');
}

/** The notice for arguments of `terraform init` that don't fit the backend of the pulled state. */
export function initArgumentsText(removed: readonly string[]): string {
  return `The action removed -backend-config from TF_CLI_ARGS_init for this job (${removed.join(', ')}): Terraform works on the pulled state, whose backend accepts none. Remove it from the command line of terraform init, too.`;
}

/** The notice for a job without a lock that uses a directory of its own. */
export function ownDirectoryText(directory: string): string {
  return `Another job on this machine works on this state, so this job uses a copy in ${directory}. A plan saved here can't be applied in another job.`;
}

/** A state that a killed job left on this machine. */
export interface LeftState {
  /** The page of its run; empty when unknown. */
  readonly run: string;
  /** The state object that the job held. */
  readonly url: string;
  readonly rescueUrl: string;
}

/** The warning when the state was copied to S3. */
export function leftStateKeptText({ run, url, rescueUrl }: LeftState): string {
  const who = run === '' ? 'A job' : `The job of ${run}`;
  return `${who} was killed on this machine, or lost its lock, while it held ${url}. It had written a state that is not in S3. That state is now at ${rescueUrl}. Compare it with the state in S3 before you apply anything else.`;
}

/** The warning when it could not be copied; `why` in words. */
export function leftStateStaysText(path: string, why: string): string {
  return `A state that a killed job left in ${path} could not be copied to S3 and stays there. ${why}`;
}
