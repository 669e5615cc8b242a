import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Backend } from '../../backend/settings.ts';
import { isConsistent, lookUpObject } from '../../backend/state/look-up-object.ts';
import { storeRescueCopy } from '../../backend/state/rescue.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { explain } from '../../messages/explain.ts';
import { leftStateKeptText, leftStateStaysText } from '../../messages/pull-text.ts';
import { stateUrl } from '../../messages/state-url.ts';
import type { LeftStateDirectory } from '../../workspace-files/claim-state-directory.ts';
import { copyState } from '../../workspace-files/copy-state.ts';
import { entryAt, isDirectory } from '../../workspace-files/disk.ts';
import { findOtherStates } from '../../workspace-files/job-state.ts';
import { removeDirectory } from '../../workspace-files/remove-directory.ts';

/**
 * Keeps what killed jobs left of this state on this machine, and then removes it. A job that lost its lock and may
 * still run keeps its files, and may still write them. Throws nothing: what could not be kept stays, with a warning.
 */
export async function rescueLeftStates(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal'>,
  backend: Backend,
  left: readonly LeftStateDirectory[],
  privateDirectory: string,
): Promise<void> {
  const copyPath = join(privateDirectory, 'left', 'state');
  for (const directory of left) {
    const { owner, path } = directory;
    try {
      if (owner === undefined || owner.pulledMd5 !== undefined)
        await rescueAll(deps, backend, directory, copyPath);
      const mayGoOn = owner !== undefined && (await isDirectory(owner.privateDirectory));
      if (!mayGoOn) await removeDirectory(path);
    } catch (error) {
      deps.signal.throwIfAborted();
      // Its own job has pushed or kept its content, and then removed it in the meantime.
      if ((await entryAt(path)).kind === 'missing') continue;
      deps.runner.warning(leftStateStaysText(path, explain(error, deps.clock.now())));
    }
  }
}

async function rescueAll(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal'>,
  backend: Backend,
  left: LeftStateDirectory,
  copyPath: string,
): Promise<void> {
  const { address } = backend;
  const states = await findOtherStates(left.path, address.workspace, undefined);
  if (states.length === 0) return;
  const object = await lookUpObject(backend, address.objectKey);
  for (const [i, path] of states.entries()) {
    const copied = await copyState(path, copyPath, deps.clock, deps.signal);
    if (copied === undefined) continue;
    const { copy, facts } = copied;
    if (facts.md5 === left.owner?.pulledMd5) continue;
    if (facts.md5 === object?.provenance?.md5 && (await isConsistent(backend, address.objectKey, object)))
      continue;
    const mark = join(left.path, `rescued-${facts.md5}`);
    if ((await entryAt(mark)).kind !== 'missing') continue;
    const { run = '', lockId = '' } = left.owner ?? {};
    const provenance = { run, actor: '', lockId, md5: facts.md5, digestBefore: undefined };
    const name = `left-${basename(left.path).split('.left-').at(-1)}-${i + 1}-${facts.md5.slice(0, 8)}`;
    const key = await storeRescueCopy(backend, { path: copy, facts, provenance, name });
    await writeFile(mark, '', { mode: 0o600 });
    const rescueUrl = `s3://${address.bucket}/${key}`;
    deps.runner.warning(leftStateKeptText({ run, url: stateUrl(backend), rescueUrl }));
  }
}
