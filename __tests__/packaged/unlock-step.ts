import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FakeGitHub } from '../support/github-api.ts';
import { createJob, type StageResult } from '../support/runner.ts';
import { ENV_KEYS, openPlace, type Place } from './support.ts';

const UNLOCK = join(import.meta.dirname, '../../unlock');
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

/** Runs the unlock action at a place. */
export async function unlock(
  place: Place,
  inputs: Record<string, string>,
  github?: FakeGitHub,
): Promise<StageResult> {
  const job = await createJob({
    env: ENV_KEYS,
    github: { server_url: SERVER, api_url: github?.url ?? 'http://127.0.0.1:1' },
  });
  onTestFinished(() => job.dispose());
  const { bucket, table, region } = place.fixture;
  const where = { bucket, key: place.objectKey, region, dynamodb_table: table };
  const endpoints = { dynamodb_endpoint: place.proxy.url, sts_endpoint: place.proxy.url };
  return await job.run('main', { actionDir: UNLOCK, with: { ...where, ...endpoints, ...inputs } });
}

export async function lockedPlace(info: string): Promise<Place> {
  const place = await openPlace();
  await place.putLock(info);
  return place;
}

/** What somebody else does right before the item is deleted. */
export function beforeDelete({ proxy }: Place, work: () => Promise<unknown>): void {
  proxy.onRequest(async ({ operation }) => {
    if (operation === 'DeleteItem') await work();
    return 'pass' as const;
  });
}

/** What a step said in notices. */
export function noticesOf({ annotations }: StageResult): string[] {
  return annotations.filter(({ level }) => level === 'notice').map(({ message }) => message);
}
