import { DEFAULT_WORKSPACE } from '../backend/address.ts';
import type { FoundLock } from '../backend/lock/lock-store.ts';
import type { LockHolder } from '../backend/records/lock-info.ts';
import type { StateScope } from '../backend/state-error.ts';
import { deleteLockCommand, deleteLockFileCommand, forceUnlockCommand } from './commands.ts';
import { plain } from './plain.ts';

const IN_A_WORKFLOW = 'or with this workflow step';

// A longer command does not fit in a terminal. One of Terraform's locks has about 400 characters.
const LONGEST_RAW = 4_000;
const LONGEST_ID = 200;

/** The ID of a lock, unless it is too long to type: Terraform's has 36 characters. Pure. */
export function usableId({ id }: LockHolder): string | undefined {
  return id === undefined || id.length > LONGEST_ID ? undefined : id;
}

/**
 * All ways to free a lock: with Terraform, with the AWS CLI for each lock store, and with the unlock action. Each command
 * has its own line. The line above ends in "with".
 */
export function waysToFree(scope: StateScope, holder: LockHolder): string[] {
  const id = usableId(holder);
  return alternatives([
    ['Terraform', id === undefined ? [] : asList(forceUnlockCommand(scope, id))],
    [withoutTerraform(scope), deleteCommands(scope, holder)],
    [IN_A_WORKFLOW, unlockStep(scope, id)],
  ]);
}

/** All ways to free the lock in one of its stores only. */
export function waysToFreeLock(scope: StateScope, where: FoundLock['store'], holder: LockHolder): string[] {
  const alone = where === 'file' ? { ...scope, table: undefined } : { ...scope, useLockfile: false };
  return alternatives([
    ['or with', deleteCommands(alone, holder)],
    [IN_A_WORKFLOW, unlockStep(alone, usableId(holder))],
  ]);
}

type Way = readonly [lead: string, commands: readonly string[]];

// For a lock whose text fits in no command and no workflow.
const BY_FORCE = '  the unlock action and force: true, once you are sure that nobody works under it';

/** The first usable way needs no lead. */
function alternatives(ways: readonly Way[]): string[] {
  const usable = ways.filter(([, commands]) => commands.length > 0);
  if (usable.length === 0) return [BY_FORCE];
  return usable.flatMap(([lead, commands], i) => [
    ...(i === 0 ? [] : [lead]),
    ...commands.map((command) => `  ${command}`),
  ]);
}

/** A workflow step that frees the lock by its id, or by force when `id` is undefined. */
function unlockStep(scope: StateScope, id: string | undefined): string[] {
  return actionStep(scope, 'unlock', id === undefined || id === '' ? ['force', 'true'] : ['lock_id', id]);
}

/** A workflow step that ends the freeze of a state; none when a name can't be written in a workflow. Pure. */
export function thawStep(scope: StateScope): string[] {
  return actionStep(scope, 'freeze', ['command', 'thaw']);
}

/** A workflow step that changes the lock of this state. */
function actionStep(
  { address, table, action, ...scope }: StateScope,
  folder: 'unlock' | 'freeze',
  decisive: readonly string[],
): string[] {
  // The object's key identifies the state of any workspace. The prefix is not known here.
  const workspace = address.workspace === DEFAULT_WORKSPACE ? [] : [['workspace', DEFAULT_WORKSPACE]];
  const inputs = [
    ['bucket', address.bucket],
    ['key', address.objectKey],
    ...workspace,
    ['region', scope.region],
    ...(table === undefined ? [] : [['dynamodb_table', table]]),
    ...(scope.useLockfile ? [['use_lockfile', 'true']] : []),
    ...endpointInputs(scope, table),
    decisive,
  ];
  // The reader's workflow would evaluate somebody else's text.
  if (inputs.some(([, value]) => value?.includes('${{'))) return [];
  const settings = [...inputs, ...keyInputs(scope)].map(
    ([name = '', value = '']) => `${name}: ${yamlWord(value)}`,
  );
  const uses = yamlWord(`${action.repository}/${folder}@${action.ref}`);
  return [`- { uses: ${uses}, with: { ${settings.join(', ')} } }`];
}

type UnlockTarget = Omit<StateScope, 'address' | 'table' | 'action'>;

function endpointInputs({ endpoints, useLockfile }: UnlockTarget, table: string | undefined): string[][] {
  return [
    ...(table === undefined || endpoints.dynamodb === undefined
      ? []
      : [['dynamodb_endpoint', endpoints.dynamodb]]),
    ...(!useLockfile || endpoints.s3 === undefined
      ? []
      : [
          ['endpoint', endpoints.s3],
          ['use_path_style', 'true'],
        ]),
  ];
}

/** The lock file can't be read without its key. The name of the reader's secret is not known here. */
function keyInputs({ underCustomerKey, useLockfile }: UnlockTarget): string[][] {
  if (!underCustomerKey || !useLockfile) return [];
  return [
    ['encrypt', 'true'],
    ['sse_customer_key', `$${'{{'} secrets.AWS_SSE_CUSTOMER_KEY }}`],
  ];
}

/** Quoted when YAML could read it as more than a word. */
function yamlWord(word: string): string {
  return word === 'true' || /^[A-Za-z][\w./@-]*$/.test(word) ? word : plain(JSON.stringify(word));
}

function deleteCommands(scope: StateScope, holder: LockHolder): string[] {
  if ((holder.raw?.length ?? 0) > LONGEST_RAW) return [];
  const commands = [
    ...(scope.useLockfile ? [deleteLockFileCommand(scope, holder)] : []),
    ...(scope.table === undefined ? [] : [deleteLockCommand(scope, holder)]),
  ];
  // Freeing the lock in only one of its stores would leave half a lock.
  return commands.includes(undefined) ? [] : commands.flatMap(asList);
}

/** Leaves out a command that could not be written safely. */
function asList(command: string | undefined): string[] {
  return command === undefined ? [] : [command];
}

/** force-unlock in a named workspace first creates a missing state, for which it needs this same lock (docs/protocol.md#side-effects-of-a-read). */
function withoutTerraform({ address, table, useLockfile }: StateScope): string {
  const why =
    address.workspace === DEFAULT_WORKSPACE ? '' : ' (which fails while the workspace has no state)';
  const lead = why === '' ? 'or, without Terraform, with' : `or, without Terraform${why}, with`;
  return useLockfile && table !== undefined ? `${lead} both of` : lead;
}
