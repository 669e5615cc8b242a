import type { StateStores } from '../backend/address.ts';
import { nameLockStores, parseCommit, type StateProvenance } from '../backend/records/provenance.ts';
import type { Job } from '../runner/job.ts';

/** The lock that a state is written under, and the settings that say where it is. A session has both. */
interface WriteLock {
  readonly lock: { readonly id: string } | undefined;
  readonly backend: Pick<StateStores, 'table' | 'useLockfile'>;
}

/** What the object's metadata will say about its writer. Pure. */
export function describeProvenance(
  { runUrl: run, actor, commit }: Job,
  { lock, backend }: WriteLock,
  { facts }: { readonly facts: { readonly md5: string } },
): StateProvenance {
  const lockStores = lock === undefined ? undefined : nameLockStores(backend);
  const lockId = lock?.id ?? '';
  return { run, actor, lockId, md5: facts.md5, lockStores, commit: parseCommit(commit) };
}
