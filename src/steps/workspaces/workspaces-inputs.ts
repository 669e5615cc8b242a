import { DEFAULT_WORKSPACE } from '../../backend/address.ts';
import type { SessionUse } from '../../backend/policy/uses.ts';
import type { BackendSettings } from '../../backend/settings.ts';
import type { WorkspacePaths } from '../../backend/state/list-workspaces.ts';
import { readLocation } from '../../inputs/backend-inputs.ts';
import { readCommand } from '../../inputs/command-inputs.ts';
import type { InputSources } from '../../inputs/input-sources.ts';
import { readList } from '../../inputs/list-inputs.ts';
import { readStateInputs, type StateInputs } from '../../inputs/read-state-inputs.ts';
import type { InputReader } from '../../runner/inputs.ts';

/** What the step does with workspaces. */
export type WorkspacesCommand =
  /** Globs; without an `include`, all workspaces match. */
  | { readonly kind: 'list'; readonly include: readonly string[]; readonly exclude: readonly string[] }
  | { readonly kind: 'new'; readonly lockTimeoutMs: number }
  | { readonly kind: 'delete'; readonly lockTimeoutMs: number; readonly force: boolean };

/** The inputs of the workspaces action. */
export interface WorkspacesInputs extends StateInputs {
  readonly paths: WorkspacePaths;
  readonly command: WorkspacesCommand;
}

const USES = {
  list: 'workspace_list',
  new: 'workspace_new',
  delete: 'workspace_delete',
} as const satisfies Record<string, SessionUse>;

/** Reads the workspaces action's inputs and changes nothing. Errors: InputError with every problem. */
export function readWorkspacesInputs(sources: InputSources): WorkspacesInputs {
  return readStateInputs(sources, (reader, { settings }) => {
    const kind = readCommand(reader, 'command', ['list', 'new', 'delete'], 'list');
    const command = readArguments(reader, kind);
    if (kind !== 'list') rejectDefault(reader, kind, settings);
    const { key, workspaceKeyPrefix } = readLocation(reader);
    const queues = command.kind !== 'list' && command.lockTimeoutMs > 0;
    return { own: { paths: { key, workspaceKeyPrefix }, command }, use: USES[kind], policy: { queues } };
  });
}

/** The other commands also accept what only one uses, because one workflow often runs all three. */
function readArguments(reader: InputReader, kind: WorkspacesCommand['kind']): WorkspacesCommand {
  const lockTimeoutMs = reader.duration('lock_timeout') ?? 0;
  const force = reader.boolean('force') ?? false;
  if (kind === 'new') return { kind, lockTimeoutMs };
  if (kind === 'delete') return { kind, lockTimeoutMs, force };
  return { kind, include: readList(reader, 'include'), exclude: readList(reader, 'exclude') };
}

/** Terraform creates and deletes any workspace but this one, which always exists. */
function rejectDefault(
  reader: InputReader,
  kind: 'new' | 'delete',
  { address: { workspace } }: BackendSettings,
): void {
  if (workspace !== DEFAULT_WORKSPACE) return;
  const what = kind === 'new' ? 'always exists' : "can't be deleted";
  reader.reject('workspace', workspace, `name another workspace: default ${what}`);
}
