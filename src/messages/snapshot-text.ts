import type { StateScope } from '../backend/state-error.ts';
import { plain } from './plain.ts';
import { stateUrl } from './state-url.ts';

/** The log's line about a snapshot. Pure. */
export function snapshotLine({ address: { bucket } }: StateScope, key: string): string {
  return `The state as it was before this job is kept as s3://${bucket}/${key}. The action history/ can bring it back.`;
}

/** The log's line about the state that a restore replaces. Pure. */
export function replacedStateLine({ address: { bucket } }: StateScope, key: string): string {
  return `The current state is kept as s3://${bucket}/${key}, since the bucket keeps no versions.`;
}

/** What a job says that has pushed its state and could not keep the one before as `key`. `why` in words. Pure. */
export function noSnapshotText(scope: StateScope, key: string, why: string): string {
  return [
    `The state is pushed to ${stateUrl(scope)}, but the one before it could not be kept as ${plain(key)}: this job's change of the state can't be undone.`,
    'Allow s3:PutObject and s3:DeleteObject on <key>.backup/* (npm run policy), or turn on versioning of the bucket. With "snapshot: never" the action keeps no snapshots.',
    `Why: ${why}`,
  ].join('\n');
}

/** What a job says whose old snapshots stay. `why` in words. Pure. */
export function snapshotsStayText(scope: StateScope, why: string): string {
  return `Old snapshots of ${stateUrl(scope)} could not be deleted. The next job that pushes tries again. Why: ${why}`;
}
