import { profileRegion } from '../../aws/regions.ts';
import { holderOf, type LockTable, lockTable } from '../../backend/lock-table.ts';
import { readJob } from '../../runner/job.ts';
import type { Dependencies } from '../dependencies.ts';
import { readProfileInputs } from '../inputs/hold-inputs.ts';
import { maskGivenKeys } from '../inputs/mask-given-keys.ts';
import { connectBackend } from '../session.ts';
import { explainUnlock, lockLines } from '../words/unlock-text.ts';
import { type FoundLock, NotUnlocked, type SeenLock, type UnlockOutcome } from './outcome.ts';
import { type Doubt, doubtAbout, runOfHolder } from './stale.ts';
import { tellUnlock } from './tell-unlock.ts';
import { readUnlockInputs, type UnlockInputs, type UnlockMode } from './unlock-inputs.ts';

/**
 * The unlock action: frees one lock by its id, by proof that its run ended, or by force. Every delete is on the
 * condition that the lock is still the one that was looked at. Errors are thrown, for the entry to explain.
 */
export async function unlock(deps: Dependencies): Promise<void> {
  maskGivenKeys(deps.env, deps.runner, 'github_token');
  await tellUnlock(deps.runner, async () => {
    const inputs = await readInputs(deps);
    for (const warning of inputs.warnings) deps.runner.warning(warning);
    const outcome = await unlockState(deps, inputs);
    const words = explainUnlock(outcome, inputs.backend.address.lockId, deps.clock.now());
    if (isRed(outcome, inputs.mode)) return { outcome, failure: new NotUnlocked(words) };
    deps.runner.notice(words);
    return { outcome, failure: undefined };
  });
}

async function readInputs({ env }: Dependencies): Promise<UnlockInputs> {
  const { profile, credentialsFile } = readProfileInputs(env);
  return readUnlockInputs(env, readJob(env), await profileRegion(env, profile, credentialsFile));
}

async function unlockState(
  deps: Dependencies,
  { backend, table, mode }: UnlockInputs,
): Promise<UnlockOutcome> {
  const { aws, address } = connectBackend(deps, backend);
  try {
    const items = lockTable(aws, table, address.lockId);
    const item = await items.readItem();
    if (item === undefined) return { code: 'no_lock', found: false };
    const lock = { holder: holderOf(item), item };
    for (const line of lockLines(address.lockId, lock, deps.clock.now())) deps.runner.info(line);
    return (await whyKept(deps, mode, lock)) ?? (await free(items, lock));
  } finally {
    aws.destroy();
  }
}

/** Undefined: the lock is to be freed. */
async function whyKept(
  deps: Dependencies,
  mode: UnlockMode,
  lock: SeenLock,
): Promise<UnlockOutcome | undefined> {
  if (mode.kind === 'force') return undefined;
  const { info } = lock.holder;
  if (mode.kind === 'only_if_stale') {
    const doubt = await findDoubt(deps, mode, lock);
    return doubt === undefined ? undefined : { code: 'not_stale', lock, doubt };
  }
  if (info === undefined) return { code: 'holder_unreadable', lock };
  return info.id === mode.lockId ? undefined : { code: 'lock_id_differs', lock, lockId: mode.lockId };
}

async function findDoubt(
  { lookUpRun, signal }: Dependencies,
  { github, staleAfterMs }: Extract<UnlockMode, { kind: 'only_if_stale' }>,
  { holder }: SeenLock,
): Promise<Doubt> {
  const run = runOfHolder(holder, github.serverUrl);
  if (run.kind === 'none') return run.doubt;
  const { apiUrl, token } = github;
  return doubtAbout(await lookUpRun(run.attempt, { apiUrl, token, signal }), staleAfterMs);
}

async function free(items: LockTable, lock: FoundLock): Promise<UnlockOutcome> {
  const end = await items.releaseItem(lock.item);
  if (end.kind === 'released') return { code: 'released', lock };
  if (end.kind === 'gone') return { code: 'no_lock', found: true };
  return { code: 'lock_lost', lock: { holder: end.holder, item: undefined } };
}

/** Whoever asks for stale locks only asks for nothing when there is none. */
function isRed({ code }: UnlockOutcome, { kind }: UnlockMode): boolean {
  if (code === 'lock_lost') return kind !== 'only_if_stale';
  return code === 'lock_id_differs' || code === 'holder_unreadable';
}
