import { nameLockStores, type StateProvenance } from '../backend/records/provenance.ts';
import type { Job } from '../runner/job.ts';
import type { Session } from './saved-state.ts';

/** What the object's metadata will say about its writer. Pure. */
export function describeProvenance(
  job: Job,
  session: Session,
  { facts }: { readonly facts: { readonly md5: string } },
): StateProvenance {
  const { runUrl: run, actor } = job;
  const written: StateProvenance = { run, actor, lockId: session.lock?.id ?? '', md5: facts.md5 };
  const lockStores = session.lock === undefined ? undefined : nameLockStores(session.backend);
  return lockStores === undefined ? written : { ...written, lockStores };
}
