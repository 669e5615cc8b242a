import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from './disk.ts';
import { blockerPath } from './state-directory.ts';

const STATE_FILE = 'terraform.tfstate';
/** What Terraform writes before it works on a state, and before it replaces one. A folder in its place stops even root. */
const WRITTEN_FIRST = ['.terraform.tfstate.lock.info', 'terraform.tfstate.backup'];
// On Windows, what is read-only would only be harder to remove.
const isReadOnly = process.platform !== 'win32';

/** Appears in errors of commands that read the state. */
const NAME = 'only_another_workspace_is_held_by_this_job';
// Terraform reads a state of any later schema, but shows and plans none.
const LATER_SCHEMA = 99;

/**
 * Creates the folder of the default workspace's state while a named workspace is held. `terraform init` must be able to
 * read that state, because a copy of the module starts in this workspace. But `output NAME`, `show` and `destroy` fail
 * on it, other reads show its notice, and nobody can write it.
 */
export async function makeNoticeState(stateDirectory: string, held: string): Promise<void> {
  const folder = blockerPath(stateDirectory, held);
  await mkdir(folder, { mode: 0o700 });
  for (const name of WRITTEN_FIRST) await mkdir(join(folder, name));
  await writeFile(noticePath(stateDirectory, held), noticeText(held), {
    flag: 'wx',
    mode: isReadOnly ? 0o400 : 0o600,
  });
  if (isReadOnly) await chmod(folder, 0o500);
}

export function noticePath(stateDirectory: string, held: string): string {
  return join(blockerPath(stateDirectory, held), STATE_FILE);
}

/** Whether the state there is still the notice. Throws when the disk fails. */
export async function isNotice(path: string, held: string): Promise<boolean> {
  try {
    return (await readFile(path, 'utf8')) === noticeText(held);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function noticeText(held: string): string {
  const resource = {
    mode: 'managed',
    type: 'terraform_data',
    name: NAME,
    provider: 'provider["terraform.io/builtin/terraform"]',
    instances: [{ schema_version: LATER_SCHEMA, attributes: {} }],
  };
  const state = {
    version: 4,
    // Later versions of Terraform read the states of earlier ones.
    terraform_version: '0.13.0',
    serial: 1,
    lineage: NAME,
    outputs: {
      [NAME]: {
        value: `This job holds only the workspace ${held}. Select it, or hold the other one.`,
        type: 'string',
      },
    },
    resources: [resource],
  };
  return `${JSON.stringify(state, null, 2)}\n`;
}
