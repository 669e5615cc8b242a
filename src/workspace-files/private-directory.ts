import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from '../runner/job.ts';
import { toMessage } from '../text/error-message.ts';
import type { FileWarning } from './file-warning.ts';
import { WorkspaceError } from './workspace-error.ts';

/**
 * A fresh directory below RUNNER_TEMP that only this user can enter (mkdtemp creates it with 0700): a state is secret
 * (docs/design.md#a-state-is-secret).
 *
 * Errors: when the runner sets no RUNNER_TEMP, or the disk fails.
 */
export async function makePrivateDirectory(job: Job): Promise<string> {
  if (job.temp === '') throw new WorkspaceError({ kind: 'no_temp' });
  return await mkdtemp(join(job.temp, 'terraform-s3-state-'));
}

/**
 * Removes it with its content; it may already be gone. Throws nothing: a failure is a warning, because it must not hide
 * why a step failed.
 */
export async function removePrivateDirectory(path: string): Promise<FileWarning[]> {
  try {
    await rm(path, { recursive: true, force: true });
    return [];
  } catch (error) {
    const why = toMessage(error);
    return [{ kind: 'not_removed', path, why }];
  }
}
