/** What is done with a state: held for a job, read, or its lock freed. */
export type Use = 'hold' | 'outputs' | 'unlock';

/**
 * What is done with states that exist or are created: the uses above; to hold only the lock; to see who holds it; only to
 * free it; to hold the state and publish its outputs; to read only these; to hold the state without changing it; or to
 * check whether the state has changed.
 */
export type StateUse = Use | 'lock' | 'show' | 'free' | 'publish' | 'published' | 'pull' | 'check';

const WORKSPACE_USES = ['workspace_list', 'workspace_new', 'workspace_delete'] as const;
const HISTORY_USES = ['history_read', 'history_restore'] as const;
export const LOCKS_USES = ['locks', 'locks_free'] as const;
export const MIGRATE_USES = ['migrate_report', 'migrate_finish'] as const;

/** What is done with workspaces themselves. */
export type WorkspaceUse = (typeof WORKSPACE_USES)[number];

/** What is done with the versions of a state: read them, or restore one. */
export type HistoryUse = (typeof HISTORY_USES)[number];

/** What is done with all locks below a prefix: check them, or also free those of dead holders. */
export type LocksUse = (typeof LOCKS_USES)[number];

/** What is done to move all states below a prefix to the lock file: look how each is locked, or remove its items from the table, too. */
export type MigrateUse = (typeof MIGRATE_USES)[number];

/** What a session is for. `leastPrivilege` has the permissions of each, or does not compile. */
export type SessionUse = StateUse | WorkspaceUse | HistoryUse | LocksUse | MigrateUse;

/**
 * What is done with the plans beside a state. The job that plans stores them. The job that applies fetches and then
 * deletes them.
 */
export type PlanAccess = 'store' | 'apply';

/** Which versions of a state are read besides the current one: one named version, or any that the bucket lists. */
export type VersionsAccess = 'named' | 'listed';

/** Whether a use is about workspaces. Pure. */
export function isWorkspaceUse(use: SessionUse): use is WorkspaceUse {
  return WORKSPACE_USES.some((one) => one === use);
}

/** Whether a use is about versions. Pure. */
export function isHistoryUse(use: SessionUse): use is HistoryUse {
  return HISTORY_USES.some((one) => one === use);
}

/** Whether a use is about all locks. Pure. */
export function isLocksUse(use: SessionUse): use is LocksUse {
  return LOCKS_USES.some((one) => one === use);
}

/** Whether a use is about moving locks. Pure. */
export function isMigrateUse(use: SessionUse): use is MigrateUse {
  return MIGRATE_USES.some((one) => one === use);
}

/** Whether the state itself is used, not only its lock. */
export function usesState(use: StateUse): boolean {
  return use === 'hold' || use === 'pull' || use === 'publish' || onlyReads(use);
}

/** Whether the state is only read. */
export function onlyReads(use: StateUse): boolean {
  return use === 'outputs' || use === 'check';
}
