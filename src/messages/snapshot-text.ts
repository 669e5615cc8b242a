import type { StateScope } from '../backend/state-error.ts';
import { plain } from './plain.ts';
import { stateUrl } from './state-url.ts';

/** The log's line about a snapshot. Pure. */
export function snapshotLine({ address: { bucket } }: StateScope, key: string): string {
  return `The state as it was before this job is kept as s3://${bucket}/${key}. The action history/ can bring it back.`;
}

/** The log's line about the state that a restore replaces. Pure. */
export function replacedStateLine({ address: { bucket } }: StateScope, key: string): string {
  return `The current state is kept as s3://${bucket}/${key}, because the bucket keeps no versions.`;
}

/** The error of a job that pushed its state but could not keep the previous one as `key`. `why` in words. Pure. */
export function noSnapshotText(scope: StateScope, key: string, why: string): string {
  return [
    `The state is pushed to ${stateUrl(scope)}, but the previous one could not be kept as ${plain(key)}: this job's change to the state can't be undone.`,
    'Allow s3:PutObject and s3:DeleteObject on <key>.backup/* (npm run policy), or turn on versioning for the bucket. With "snapshot: never" the action keeps no snapshots.',
    `Why: ${why}`,
  ].join('\n');
}

/** The warning of a job that could not delete old snapshots. `why` in words. Pure. */
export function snapshotsStayText(scope: StateScope, why: string): string {
  return `Old snapshots of ${stateUrl(scope)} could not be deleted. The next job that pushes tries again. Why: ${why}`;
}
