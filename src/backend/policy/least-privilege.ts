import type { Grant } from './grant.ts';
import {
  HOLDING,
  kmsKeys,
  listedVersions,
  listing,
  listRecordKeys,
  lockFile,
  planObjects,
  queueTickets,
  reading,
  repairsDigest,
  snapshotKeys,
  snapshots,
  stateKeys,
  stateObject,
  tableItems,
  tableScan,
  writing,
} from './state-statements.ts';
import { onObjects, type Statement } from './statement.ts';
import {
  type HistoryUse,
  isHistoryUse,
  isLocksUse,
  isMigrateUse,
  isWorkspaceUse,
  type LocksUse,
  type MigrateUse,
  type SessionUse,
  type WorkspaceUse,
} from './uses.ts';

/**
 * All permissions that a use needs, as IAM statements, and nothing else: this state object with its rescue copies, this
 * lock file, this lock item and this digest. There is no condition on `s3:prefix`: see `listing`. Pure.
 */
export function leastPrivilege(use: SessionUse, grant: Grant): Statement[] {
  if (isWorkspaceUse(use)) return workspacePermissions(use, grant);
  if (isHistoryUse(use)) return historyPermissions(use, grant);
  if (isLocksUse(use)) return locksPermissions(use, grant);
  if (isMigrateUse(use)) return migratePermissions(use, grant);
  return [
    ...stateObject(use, grant),
    ...planObjects(grant),
    ...snapshots(grant),
    ...lockFile(use, grant),
    ...listing(use, grant),
    ...tableItems(use, grant),
    ...queueTickets(use, grant),
    ...tableScan(grant),
    ...kmsKeys(use, grant),
    ...stateKeys(grant),
  ];
}

/**
 * Lock, digest and state as for a job that holds the state. What is deleted is not written, but kept as a snapshot
 * where the bucket keeps no versions.
 */
function workspacePermissions(use: WorkspaceUse, grant: Grant): Statement[] {
  if (use === 'workspace_list') return listing('hold', grant);
  const { patterns } = grant.keys;
  const isNew = use === 'workspace_new';
  const published = patterns.map((key) => `${key}.outputs.json`);
  const states = isNew
    ? [onObjects('State', ['s3:GetObject', ...writing(grant, grant.tagsStates)], patterns, grant)]
    : [
        onObjects('State', ['s3:GetObject', 's3:DeleteObject'], patterns, grant),
        onObjects('PublishedOutputs', ['s3:DeleteObject'], published, grant),
        onObjects(
          'Plans',
          ['s3:DeleteObject'],
          patterns.map((key) => `${key}.plans/*`),
          grant,
        ),
        onObjects('Snapshots', writing(grant, grant.tagsStates), snapshotKeys(grant), grant),
      ];
  return [
    ...states,
    ...lockFile('hold', grant),
    ...listing('hold', grant),
    ...tableItems('hold', grant),
    ...queueTickets('hold', grant),
    ...kmsKeys('hold', grant),
  ];
}

/** Reads and lists versions and snapshots. Deletes nothing, and writes only the state and its snapshots. */
function historyPermissions(use: HistoryUse, grant: Grant): Statement[] {
  const { patterns } = grant.keys;
  const all: Grant = { ...grant, versions: 'listed' };
  const read = reading(all);
  const kept = snapshotKeys(grant);
  if (use === 'history_read') {
    return [
      onObjects('State', read, patterns, grant),
      onObjects('Snapshots', ['s3:GetObject'], kept, grant),
      ...listedVersions(all),
      ...listing('hold', grant),
      ...kmsKeys('outputs', { ...grant, table: undefined }),
    ];
  }
  return [
    onObjects('State', [...read, ...writing(grant, grant.tagsStates)], patterns, grant),
    onObjects('Snapshots', ['s3:GetObject', ...writing(grant, grant.tagsStates)], kept, grant),
    ...listedVersions(all),
    ...lockFile('hold', grant),
    ...listing('hold', grant),
    ...tableItems('hold', grant),
    ...queueTickets('hold', grant),
    ...kmsKeys('hold', grant),
  ];
}

/** As for listing locks, or for freeing one on proof, but for all keys below a prefix. Always includes lock files. */
function locksPermissions(use: LocksUse, given: Grant): Statement[] {
  const grant = { ...given, useLockfile: true, listsStates: true, scansTable: true };
  const one = use === 'locks_free' ? 'unlock' : 'show';
  // A session that may read every object below the prefix, to repair a digest, may also read the records.
  const records = repairsDigest(one, grant)
    ? []
    : [onObjects('PlanRecords', ['s3:GetObject'], listRecordKeys(grant), grant)];
  return [...leastPrivilege(one, grant), ...records];
}

/** States are compared with their digests, and their versions listed; nothing but lock files is written. Who finishes takes both locks, and deletes the digests. */
function migratePermissions(use: MigrateUse, given: Grant): Statement[] {
  const grant: Grant = { ...given, useLockfile: true, scansTable: true, versions: 'listed' };
  const isFinish = use === 'migrate_finish';
  const [items] = tableItems('hold', grant);
  const calls = isFinish ? HOLDING : ['dynamodb:GetItem'];
  return [
    onObjects('State', ['s3:GetObject'], grant.keys.patterns, grant),
    ...(isFinish ? lockFile('lock', grant) : []),
    ...listedVersions(grant),
    ...listing('hold', grant),
    ...(items === undefined ? [] : [{ ...items, Action: calls }]),
    ...tableScan(grant),
    ...kmsKeys(isFinish ? 'lock' : 'outputs', grant),
  ];
}
