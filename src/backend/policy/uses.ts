/** What is done with a state: held for a job, read, or its lock freed. */
export type Use = 'hold' | 'outputs' | 'unlock';

/**
 * What a session is for: the uses above; to hold only the lock; to see who holds it; only to free it; to hold the state
 * and publish its outputs; to read only these; to hold the state without changing it; to check whether the state has
 * changed; to list, create or delete workspaces; to read the state's versions or restore one; to check all locks
 * below a prefix and free some; or to move all states below a prefix from the table to the lock file.
 */
export type SessionUse =
  | Use
  | 'lock'
  | 'show'
  | 'free'
  | 'publish'
  | 'published'
  | 'pull'
  | 'check'
  | WorkspaceUse
  | HistoryUse
  | LocksUse
  | MigrateUse;

/** What is done with states that exist or are created. */
export type StateUse = Exclude<SessionUse, WorkspaceUse | HistoryUse | LocksUse | MigrateUse>;

/** What is done with workspaces themselves. */
export type WorkspaceUse = 'workspace_list' | 'workspace_new' | 'workspace_delete';

/** What is done with the versions of a state: read them, or restore one. */
export type HistoryUse = 'history_read' | 'history_restore';

/** What is done with all locks below a prefix: check them, or also free those of dead holders. */
export type LocksUse = 'locks' | 'locks_free';

/** What is done to move all states below a prefix to the lock file: look how each is locked, or remove its items from the table, too. */
export type MigrateUse = 'migrate_report' | 'migrate_finish';

/**
 * What is done with the plans beside a state. The job that plans stores them. The job that applies fetches and then
 * deletes them.
 */
export type PlanAccess = 'store' | 'apply';

/** Which versions of a state are read besides the current one: one named version, or any that the bucket lists. */
export type VersionsAccess = 'named' | 'listed';

/** Whether a use is about workspaces. Pure. */
export function isWorkspaceUse(use: SessionUse): use is WorkspaceUse {
  return use === 'workspace_list' || use === 'workspace_new' || use === 'workspace_delete';
}

/** Whether a use is about versions. Pure. */
export function isHistoryUse(use: SessionUse): use is HistoryUse {
  return use === 'history_read' || use === 'history_restore';
}

/** Whether a use is about all locks. Pure. */
export function isLocksUse(use: SessionUse): use is LocksUse {
  return use === 'locks' || use === 'locks_free';
}

/** Whether a use is about moving locks. Pure. */
export function isMigrateUse(use: SessionUse): use is MigrateUse {
  return use === 'migrate_report' || use === 'migrate_finish';
}

/** Whether the state itself is used, not only its lock. */
export function usesState(use: StateUse): boolean {
  return use === 'hold' || use === 'pull' || use === 'publish' || onlyReads(use);
}

/** Whether the state is only read. */
export function onlyReads(use: StateUse): boolean {
  return use === 'outputs' || use === 'check';
}
