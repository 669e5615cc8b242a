import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { StateProvenance } from '../../backend/records/provenance.ts';
import type { Backend } from '../../backend/settings.ts';
import { READ_CHUNK } from '../../backend/state/hash-and-inspect.ts';
import { storeRescueCopy } from '../../backend/state/rescue.ts';
import { copyScope, StateError } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { KeptState, LocalCopy } from '../../messages/kept-state-text.ts';
import type { Job } from '../../runner/job.ts';
import { ERRORED_FILE } from '../../workspace-files/errored-state.ts';
import type { LocalState } from './push-decision.ts';

/**
 * Nothing is ever lost (docs/design.md#push-is-a-compare-and-swap): the local file stays, and a rescue copy goes beside
 * the state object. If that fails, a second local copy goes to the home directory, because the runner empties
 * RUNNER_TEMP. `error`: why it was not pushed. Throws nothing: the result also has what failed.
 */
export async function keepState(
  deps: Pick<Dependencies, 'env'>,
  backend: Backend,
  job: Job,
  local: LocalState,
  provenance: StateProvenance,
  error?: unknown,
): Promise<KeptState> {
  const name = `${job.runId || 'local'}-${job.runAttempt}`;
  const reason = error instanceof StateError ? error.details.reason : undefined;
  const whereLocal = describeLocal(deps, local.path, provenance.lockId !== '');
  const kept = { scope: copyScope(backend), local: whereLocal, reason };
  try {
    const { copy: path, facts } = local;
    const key = await storeRescueCopy(backend, { path, facts, provenance, name });
    return { ...kept, kind: 'rescued', key };
  } catch (cause) {
    // Without a lock, several jobs of one run may each keep a state.
    const copy = await copyHome(local.copy, `${name}-${provenance.lockId || provenance.md5}`);
    const home = copy === undefined ? undefined : lasting(deps, copy, 'with_machine');
    return { ...kept, kind: 'local', home, isLost: isHosted(deps), cause };
  }
}

/** An `errored.tfstate` is in the checkout. Every other state is where the next job that holds it finds it, or without a lock where no job looks. */
function describeLocal(deps: Pick<Dependencies, 'env'>, path: string, wasHeld: boolean): LocalCopy {
  if (basename(path) === ERRORED_FILE) return lasting(deps, path, 'until_checkout_is_cleaned');
  return lasting(deps, path, wasHeld ? 'until_next_holder' : 'with_machine');
}

function lasting(deps: Pick<Dependencies, 'env'>, path: string, lasts: LocalCopy['lasts']): LocalCopy {
  return { path, lasts: isHosted(deps) ? 'with_job' : lasts };
}

/** The machine of a GitHub-hosted runner is discarded after its only job. */
function isHosted({ env }: Pick<Dependencies, 'env'>): boolean {
  return env.RUNNER_ENVIRONMENT === 'github-hosted';
}

/** Undefined when the disk fails. The only remaining location has already been named. */
async function copyHome(path: string, name: string): Promise<string | undefined> {
  const directory = join(homedir(), '.terraform-s3-state');
  const copy = join(directory, `${name}.tfstate`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // The directory may already exist with other permissions, and so may the source.
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
