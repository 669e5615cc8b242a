import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HeldLock } from '../../backend/lock/held-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import { hashAndInspectFile } from '../../backend/state/hash-and-inspect.ts';
import { lookUpObject } from '../../backend/state/look-up-object.ts';
import { pushWithDigest } from '../../backend/state/push-with-digest.ts';
import type { LockedWorkDependencies } from '../../connection/under-lock.ts';
import { underLock } from '../../connection/under-lock.ts';
import { describeProvenance } from '../../job-state/describe-provenance.ts';
import type { Job } from '../../runner/job.ts';
import { printEmptyState } from '../../statefile/empty-state.ts';
import { makePrivateDirectory, removePrivateDirectory } from '../../workspace-files/private-directory.ts';

/**
 * Creates the workspace as `terraform workspace new` does: an empty state and its digest, under the lock. Does nothing
 * if it exists. Errors: those of `underLock`; StateErrors `state_conflict` and `digest_not_written`; AwsError.
 */
export async function newWorkspace(
  deps: LockedWorkDependencies,
  backend: Backend,
  job: Job,
  lockTimeoutMs: number,
): Promise<'created' | 'exists'> {
  const directory = await makePrivateDirectory(job);
  try {
    const lock = { job, operation: 'workspace-new', lockTimeoutMs };
    return await underLock(deps, backend, lock, async (held) => {
      const current = await lookUpObject(backend, backend.address.objectKey);
      if (current !== undefined) return 'exists';
      await writeEmptyState(backend, held, job, join(directory, 'state'));
      return 'created';
    });
  } finally {
    await removePrivateDirectory(directory);
  }
}

async function writeEmptyState(
  backend: Backend,
  held: HeldLock | undefined,
  job: Job,
  path: string,
): Promise<void> {
  await writeFile(path, printEmptyState(randomUUID()), { mode: 0o600 });
  const facts = await hashAndInspectFile(path);
  if (facts === undefined) throw new Error(`${path} is gone`);
  const provenance = describeProvenance(job, { lock: held, backend }, { facts });
  await pushWithDigest(backend, held, { path, facts, provenance, expectedEtag: undefined });
}
