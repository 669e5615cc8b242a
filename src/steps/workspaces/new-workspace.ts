import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HeldLock } from '../../backend/lock/held-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import { DigestOverwritten } from '../../backend/state/commit.ts';
import { type ReadDigest, readDigest, replaceDigest } from '../../backend/state/digest.ts';
import { hashAndInspectFile } from '../../backend/state/hash-and-inspect.ts';
import { lookUpObject } from '../../backend/state/look-up-object.ts';
import { pushState } from '../../backend/state/push-state.ts';
import { StateError } from '../../backend/state-error.ts';
import { underLock } from '../../connection/under-lock.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { Job } from '../../runner/job.ts';
import { printEmptyState } from '../../statefile/empty-state.ts';
import { makePrivateDirectory, removePrivateDirectory } from '../../workspace-files/private-directory.ts';

/**
 * Makes the workspace as `terraform workspace new` does: an empty state and its digest, under the lock; nothing where it exists. Errors:
 * those of `underLock`; StateErrors `state_conflict` and `digest_not_written`; AwsError.
 */
export async function newWorkspace(
  deps: Dependencies,
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
  const before = await readDigestBefore(backend);
  await writeFile(path, printEmptyState(randomUUID()), { mode: 0o600 });
  const facts = await hashAndInspectFile(path);
  if (facts === undefined) throw new Error(`${path} is gone`);
  const { md5 } = facts;
  const provenance = { run: job.runUrl, actor: job.actor, lockId: held?.id ?? '', md5 };
  const request = { path, facts, provenance, expectedEtag: undefined, storedDigest: undefined };
  const outcome = await pushState(backend, held, request);
  if (outcome.kind === 'conflict') {
    const { current } = outcome;
    throw new StateError({ reason: 'state_conflict', expectedEtag: undefined, current }, backend);
  }
  await writeDigest(backend, before, md5);
}

/** Before the object is stored: a table that can't be read is an error while there is nothing to put right. */
async function readDigestBefore({ aws, table, address }: Backend): Promise<ReadDigest | undefined> {
  if (table === undefined) return undefined;
  const digest = await readDigest(aws, table, address.digestPath);
  if (digest.kind === 'unreadable') throw digest.error;
  return digest;
}

async function writeDigest(backend: Backend, before: ReadDigest | undefined, md5: string): Promise<void> {
  const { aws, table, address } = backend;
  if (table === undefined || before === undefined) return;
  const stored = 'stored' in before ? before.stored : undefined;
  const failed = (cause: unknown) =>
    new StateError({ reason: 'digest_not_written', calculated: md5, stored, cause }, backend);
  const isWritten = await replaceDigest(aws, table, address.digestPath, before, md5).catch(
    (cause: unknown) => {
      throw failed(cause);
    },
  );
  if (!isWritten) throw failed(new DigestOverwritten());
}
