import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Backend } from '../../backend/settings.ts';
import { READ_CHUNK } from '../../backend/state/hash-and-inspect.ts';
import type { StateProvenance } from '../../backend/state/provenance.ts';
import { storeRescueCopy } from '../../backend/state/rescue.ts';
import { StateError } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { copyCommand, downloadCommand } from '../../messages/commands.ts';
import { explain } from '../../messages/explain.ts';
import type { Job } from '../../runner/job.ts';
import { ERRORED_FILE } from '../../workspace-files/errored-state.ts';
import type { LocalState } from './push-decision.ts';
import { recoveryLines } from './recovery-lines.ts';

/**
 * Nothing is ever lost (docs/design.md#push-is-a-compare-and-swap): the local file stays, and a rescue copy goes beside the state object.
 * Where that can't be, a second local copy goes to the home directory, since the runner empties RUNNER_TEMP.
 * Returns the words for it: the places, then the commands to recover; `error` is why it was not pushed.
 * What fails is said there too.
 */
export async function keepState(
  deps: Dependencies,
  backend: Backend,
  job: Job,
  local: LocalState,
  provenance: StateProvenance,
  error?: unknown,
): Promise<string> {
  const name = `${job.runId || 'local'}-${job.runAttempt}`;
  const details = error instanceof StateError ? error.details.reason : undefined;
  try {
    const { copy: path, facts } = local;
    const key = await storeRescueCopy(backend, { path, facts, provenance, name });
    return [
      KEPT,
      here(deps, local.path, untilWhen(local.path)),
      `  s3://${backend.address.bucket}/${key}`,
      ...recoveryLines(backend, details, downloadCommand(backend, key, 'rescued.tfstate')),
    ].join('\n');
  } catch (cause) {
    const copy = await copyHome(local.copy, `${name}-${provenance.lockId}`);
    const fetch = copyCommand(copy ?? local.path, 'rescued.tfstate');
    const end = isHosted(deps) ? [LOST_WITH_RUNNER] : recoveryLines(backend, details, fetch);
    return [
      isHosted(deps) ? KEPT_FOR_NOW : KEPT,
      here(deps, local.path, untilWhen(local.path)),
      copy === undefined
        ? 'No copy of it could be made in the home directory.'
        : here(deps, copy, 'which stays if the machine does'),
      ...end,
      `A rescue copy in S3 could not be made. ${explain(cause, deps.clock.now())}`,
    ].join('\n');
  }
}

const KEPT = "The job's state is kept. It is at";
const KEPT_FOR_NOW = "The job's state could not be kept beyond this job. Until the job ends it is at";
const LOST_WITH_RUNNER =
  'What this job made is then in no state: import it (the log of the job names it) before anything else is applied.';

function here(deps: Dependencies, path: string, howLong: string): string {
  return `  ${path} on this runner, ${isHosted(deps) ? 'which goes with the job' : howLong}`;
}

/** An `errored.tfstate` is in the checkout, every other state where the next job that holds it finds it. */
function untilWhen(path: string): string {
  const isErrored = basename(path) === ERRORED_FILE;
  return isErrored ? 'until its checkout is cleaned' : 'until the next job on it holds this state';
}

/** The machine of a runner of GitHub's is thrown away after its one job. */
function isHosted({ env }: Dependencies): boolean {
  return env.RUNNER_ENVIRONMENT === 'github-hosted';
}

/** Undefined when the disk refuses: then the one place that is left has been named already. */
async function copyHome(path: string, name: string): Promise<string | undefined> {
  const directory = join(homedir(), '.terraform-s3-state');
  const copy = join(directory, `${name}.tfstate`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // It may be there already, with other rights, and so may its source.
    await chmod(directory, 0o700);
    await rm(copy, { force: true });
    await pipeline(
      createReadStream(path, { highWaterMark: READ_CHUNK }),
      createWriteStream(copy, { flags: 'wx', mode: 0o600 }),
    );
    return copy;
  } catch {
    return undefined;
  }
}
