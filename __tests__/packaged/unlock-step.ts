import { putObject, readObject } from '../support/aws.ts';
import type { FakeGitHub } from '../support/github-api.ts';
import type { RunningStage, StageResult } from '../support/runner.ts';
import { startAction } from './run-action.ts';
import { openTestbed, type Testbed } from './support.ts';

export const SERVER = 'https://github.com';
export const RUN = `${SERVER}/octo-org/website/actions/runs/77/attempts/2`;
export const ID = 'eaa41826-e2ca-bf32-14f3-1feeea8a0f1a';

/** A lock item's `Info`; a person's Terraform leaves the field of that name empty. */
export function lockInfo(info = '', id = ID): string {
  const Created = new Date(Date.now() - 86_400_000).toISOString();
  const fields = { Who: 'alice@laptop', Version: '1.11.4', Created, Path: 'bucket/network/app.tfstate' };
  return JSON.stringify({ ID: id, Operation: 'OperationTypeApply', Info: info, ...fields });
}

/** A day old, too. */
export const HELD_BY_RUN = lockInfo(`octo-org/website, workflow "Deploy", job "apply", ${RUN}`);

/** Runs the unlock action at a testbed; the lock is in its table unless the inputs say more. */
export async function unlock(
  testbed: Testbed,
  inputs: Record<string, string>,
  github?: FakeGitHub,
): Promise<StageResult> {
  return await (await startUnlock(testbed, inputs, github)).done;
}

export async function startUnlock(
  testbed: Testbed,
  inputs: Record<string, string>,
  github?: FakeGitHub,
): Promise<RunningStage> {
  const options = { github: { server_url: SERVER, api_url: github?.url ?? 'http://127.0.0.1:1' } };
  return await startAction('unlock', testbed, inputs, options);
}

export async function lockedTestbed(info: string): Promise<Testbed> {
  const testbed = await openTestbed();
  await testbed.putLock(info);
  return testbed;
}

/** The inputs that locate the lock. */
export const IN_FILE = { use_lockfile: 'true', dynamodb_table: '' };
export const IN_BOTH = { use_lockfile: 'true' };

export async function putLockFile({ clients, fixture, objectKey }: Testbed, text: string): Promise<void> {
  await putObject(clients, fixture.bucket, `${objectKey}.tflock`, text);
}

/** The content of the lock file; undefined when there is none. */
export async function readLockFile({ clients, fixture, objectKey }: Testbed): Promise<string | undefined> {
  return (await readObject(clients, fixture.bucket, `${objectKey}.tflock`))?.toString('utf8');
}

/** What somebody else does just before the item or the file is deleted. */
export function beforeDelete(
  { proxy }: Testbed,
  work: () => Promise<unknown>,
  deletion: 'DeleteItem' | 'DeleteObject' = 'DeleteItem',
): void {
  proxy.onRequest(async ({ operation }) => {
    if (operation === deletion) await work();
    return 'pass' as const;
  });
}

/** What a step said in notices. */
export function findNotices({ annotations }: StageResult): string[] {
  return annotations.filter(({ level }) => level === 'notice').map(({ message }) => message);
}
