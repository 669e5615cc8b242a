import { DEFAULT_WORKSPACE } from '../../backend/address.ts';
import type { SessionUse } from '../../backend/policy/least-privilege.ts';
import type { BackendSettings } from '../../backend/settings.ts';
import type { WorkspacePaths } from '../../backend/state/list-workspaces.ts';
import { readBackendInputs, readLocation } from '../../inputs/backend-inputs.ts';
import { InputError } from '../../inputs/hold-inputs.ts';
import { readList } from '../../inputs/list-inputs.ts';
import { withSessionPolicy } from '../../inputs/session-policy.ts';
import {
  createInputReader,
  type Environment,
  type GivenSettings,
  type InputReader,
  NOTHING_GIVEN,
} from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';

/** What is done about workspaces. */
export type WorkspacesCommand =
  /** Globs; without an `include` all are. */
  | { readonly kind: 'list'; readonly include: readonly string[]; readonly exclude: readonly string[] }
  | { readonly kind: 'new'; readonly lockTimeoutMs: number }
  | { readonly kind: 'delete'; readonly lockTimeoutMs: number; readonly force: boolean };

/** The inputs of the workspaces action. */
export interface WorkspacesInputs {
  readonly backend: BackendSettings;
  readonly paths: WorkspacePaths;
  readonly command: WorkspacesCommand;
  readonly warnings: readonly string[];
}

const COMMANDS = ['list', 'new', 'delete'] as const;

const USES = {
  list: 'workspace_list',
  new: 'workspace_new',
  delete: 'workspace_delete',
} as const satisfies Record<string, SessionUse>;

/**
 * Reads the workspaces action's inputs; touches nothing. `profileRegion` and `given` as for the main action.
 * Errors: InputError with every problem.
 */
export function readWorkspacesInputs(
  env: Environment,
  job: Job,
  profileRegion: string | undefined,
  given: GivenSettings = NOTHING_GIVEN,
): WorkspacesInputs {
  const reader = createInputReader(env, given);
  const { settings, ...read } = readBackendInputs(reader, job, profileRegion);
  const warnings = [...read.warnings];
  const kind = readKind(reader);
  const command = readCommand(reader, kind);
  if (kind !== 'list') rejectDefault(reader, kind, settings);
  const { key, workspaceKeyPrefix } = readLocation(reader);
  const backend = withSessionPolicy(reader, USES[kind], [settings], warnings);
  if (reader.problems.length > 0) throw new InputError(reader.problems);
  return { backend, paths: { key, workspaceKeyPrefix }, command, warnings };
}

function readKind(reader: InputReader): WorkspacesCommand['kind'] {
  const kind = reader.choice('command', COMMANDS);
  if (kind === undefined && reader.text('command') === undefined) {
    reader.reject('command', undefined, 'say what to do: list, new or delete');
  }
  return kind ?? 'list';
}

/** What only one command takes may be given with the others, too: one workflow often has all three. */
function readCommand(reader: InputReader, kind: WorkspacesCommand['kind']): WorkspacesCommand {
  const lockTimeoutMs = reader.duration('lock_timeout') ?? 0;
  const force = reader.boolean('force') ?? false;
  if (kind === 'new') return { kind, lockTimeoutMs };
  if (kind === 'delete') return { kind, lockTimeoutMs, force };
  return { kind, include: readList(reader, 'include'), exclude: readList(reader, 'exclude') };
}

/** Terraform makes and deletes any workspace but this one, which is always there. */
function rejectDefault(
  reader: InputReader,
  kind: 'new' | 'delete',
  { address: { workspace } }: BackendSettings,
): void {
  if (workspace !== DEFAULT_WORKSPACE) return;
  const what = kind === 'new' ? 'is always there' : "can't be deleted";
  reader.reject('workspace', workspace, `name another workspace: default ${what}`);
}
