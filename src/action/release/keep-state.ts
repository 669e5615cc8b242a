import { copyFile, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { StateProvenance } from '../../backend/provenance.ts';
import { storeRescueCopy } from '../../backend/rescue.ts';
import type { Backend } from '../../backend/settings.ts';
import type { Job } from '../../runner/job.ts';
import type { Dependencies } from '../dependencies.ts';
import { downloadCommand, shellQuote } from '../words/commands.ts';
import { explain } from '../words/explain.ts';
import type { LocalState } from './push-decision.ts';

/**
 * Nothing is ever lost (design 6): the local file stays, and a rescue copy goes beside the state object.
 * Where that can't be, a second local copy goes to the home directory, since the runner empties RUNNER_TEMP.
 * Returns the words for it: the places, then the commands to recover. What fails is said there too.
 */
export async function keepState(
  deps: Dependencies,
  backend: Backend,
  job: Job,
  local: LocalState,
  provenance: StateProvenance,
): Promise<string> {
  const name = `${job.runId || 'local'}-${job.runAttempt}`;
  const kept = [`  ${local.path} on this runner, until it empties its RUNNER_TEMP`];
  let key: string;
  try {
    key = await storeRescueCopy(backend, { ...local, provenance, name });
  } catch (error) {
    const why = explain(error, deps.clock.now());
    const copy = await copyHome(local.path, `${name}-${provenance.lockId}`);
    if (copy === undefined) return `${kept.join('\n')}\nNo copy of it could be made anywhere else. ${why}`;
    kept.push(`  ${copy} on this runner, which stays`);
    return `${recovery(kept, `cp ${shellQuote(copy)} rescued.tfstate`)}\nA rescue copy in S3 could not be made. ${why}`;
  }
  kept.push(`  s3://${backend.address.bucket}/${key}`);
  return recovery(kept, downloadCommand(backend.address, backend.region, key, 'rescued.tfstate'));
}

/** Undefined when the disk refuses: then the one place that is left has been named already. */
async function copyHome(path: string, name: string): Promise<string | undefined> {
  const directory = join(homedir(), '.terraform-s3-state');
  const copy = join(directory, `${name}.tfstate`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await copyFile(path, copy);
    return copy;
  } catch {
    return undefined;
  }
}

function recovery(places: readonly string[], fetch: string): string {
  return [
    "The job's state is kept. It is at",
    ...places,
    'To recover it, compare it with the state in S3 and push what is right, where the S3 backend is initialised:',
    `  ${fetch}`,
    '  terraform state pull > current.tfstate',
    '  terraform state push rescued.tfstate',
  ].join('\n');
}
