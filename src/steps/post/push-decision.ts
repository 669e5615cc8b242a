import type { StateErrorDetails } from '../../backend/state-error.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { decidePush, type PushRefusal } from '../../statefile/push-rules.ts';
import type { CopiedState } from '../../workspace-files/copy-state.ts';
import type { PushBase } from './push-base.ts';

/** The job's state file as post finds it. */
export interface LocalState extends CopiedState {
  /** Why it does not descend from the pulled state, if so. */
  readonly broken?: PushRefusal | undefined;
}

/**
 * What to do with the job's state: nothing, a push, or a refusal. `checkpointed`: the checkpointer has already pushed
 * it. `unknown`: its file can't be read.
 */
export type PushDecision =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'no_state' }
  | { readonly kind: 'removed' }
  | { readonly kind: 'never' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'push' | 'checkpointed'; readonly local: LocalState }
  | { readonly kind: 'refuse'; readonly local: LocalState; readonly details: StateErrorDetails };

/**
 * Decides by the rules of `terraform state push` (docs/protocol.md#push-rules), before any call. Pure. A job that
 * removed the file has nothing to push, and the object stays as it is. A job without a lock may not push, but what it
 * applied is in no other state. The push itself checks the lock (`pushState`).
 */
export function decidePushForJob(
  session: Pick<Session, 'mode' | 'push'>,
  base: PushBase,
  local: LocalState | undefined,
): PushDecision {
  const before = base.state;
  if (local === undefined) return { kind: before === undefined ? 'no_state' : 'removed' };
  const { md5, inspection } = local.facts;
  const unchanged: PushDecision = base.checkpoint ? { kind: 'checkpointed', local } : { kind: 'unchanged' };
  if (md5 === before?.md5) return unchanged;
  // Terraform's lock creates an empty file. One that stays empty contains no state.
  if (local.facts.size === 0 && before === undefined) return { kind: 'no_state' };
  if (session.push === 'never') return { kind: 'never' };
  if (inspection.kind !== 'state') {
    const { problem, detail } = inspection;
    return {
      kind: 'refuse',
      local,
      details: { reason: 'state_unreadable', where: 'local', problem, detail },
    };
  }
  if (local.broken !== undefined) {
    return { kind: 'refuse', local, details: { reason: 'push_refused', refusal: local.broken } };
  }
  const { header, content, isEmpty } = inspection;
  const { serial, lineage } = header;
  const decision = decidePush({ before, after: { serial, lineage, md5, content, isEmpty } });
  if (decision.push) {
    if (session.mode !== 'none') return { kind: 'push', local };
    return { kind: 'refuse', local, details: { reason: 'changed_without_lock' } };
  }
  if (decision.reason === 'unchanged') return unchanged;
  return { kind: 'refuse', local, details: { reason: 'push_refused', refusal: decision.refusal } };
}
