import { describe, expect, inject, it } from 'vitest';
import { freezeFields } from '../../src/backend/records/freeze.ts';
import type { Dependencies } from '../../src/job-state/dependencies.ts';
import { freeze } from '../../src/steps/freeze/freeze.ts';
import { locks } from '../../src/steps/locks/locks.ts';
import { unlock } from '../../src/steps/unlock/unlock.ts';
import { makeHolder } from '../job-state/scopes.ts';
import { putItem, putObject, readItem, readObject } from '../support/aws.ts';
import { dynamodbFailure, operations } from '../support/backend.ts';
import { fakeIssues } from '../support/github-issues.ts';
import { fixtureInputs, openProxiedFixture, runInProcess } from '../support/in-process-step.ts';
import { ended, makeInfo } from './locks/support.ts';

const motoUrl = inject('motoUrl') ?? '';
const HOUR = 3_600_000;
const KEY = 'app.tfstate';
const DEAD = makeInfo('dead', 1);
const FROZEN =
  makeHolder(freezeFields({ until: Date.now() + HOUR, reason: 'audit', by: 'bob', runUrl: undefined })).raw ??
  '';

interface Command {
  readonly name: string;
  readonly step: (deps: Dependencies) => Promise<void>;
  readonly inputs: Record<string, string>;
  readonly info: string;
}

/** Every command that frees somebody else's lock; the lock cleanup has its own bench. */
const COMMANDS: readonly Command[] = [
  { name: 'unlock with lock_id', step: unlock, inputs: { key: KEY, lock_id: 'dead' }, info: DEAD },
  { name: 'unlock with force', step: unlock, inputs: { key: KEY, force: 'true' }, info: DEAD },
  {
    name: 'unlock with only_if_stale',
    step: unlock,
    inputs: { key: KEY, only_if_stale: 'true' },
    info: DEAD,
  },
  { name: 'freeze with thaw', step: freeze, inputs: { keys: KEY, command: 'thaw' }, info: FROZEN },
  {
    name: 'locks with free: stale',
    step: (deps) => locks({ ...deps, connectGitHub: fakeIssues().connect }),
    inputs: { free: 'stale' },
    info: DEAD,
  },
];

describe.skipIf(motoUrl === '')('a lock in both stores', () => {
  async function runCommand({ step, inputs, info }: Command, isItemDenied: boolean) {
    const { clients, proxy, fixture } = await openProxiedFixture(motoUrl, 'both');
    const { bucket, table } = fixture;
    await putItem(clients, table, `${bucket}/${KEY}`, { Info: info });
    await putObject(clients, bucket, `${KEY}.tflock`, info);
    proxy.onRequest(({ operation }) =>
      isItemDenied && operation === 'DeleteItem' ? dynamodbFailure('AccessDeniedException') : 'pass',
    );
    const all = { ...fixtureInputs(fixture, proxy.url), use_lockfile: 'true', github_token: 't', ...inputs };
    const { error, outputs } = await runInProcess(step, all, {
      env: { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/infra', GITHUB_RUN_ID: '9' },
      lookUpRun: async () => ended(HOUR),
    });
    return {
      error,
      code: outputs.reason_code,
      deletes: operations(proxy).filter((operation) => operation.startsWith('Delete')),
      item: (await readItem(clients, table, `${bucket}/${KEY}`))?.Info,
      file: (await readObject(clients, bucket, `${KEY}.tflock`))?.toString(),
    };
  }

  it.each(COMMANDS)('keeps its file when $name could not delete its item', async (command) => {
    const { info } = command;
    expect(await runCommand(command, true)).toEqual({
      error: expect.stringContaining('dynamodb:DeleteItem'),
      code: 'access_denied',
      deletes: ['DeleteItem'],
      item: info,
      file: info,
    });
  });

  it.each(COMMANDS)('loses its item first, and then its file, to $name', async (command) => {
    expect(await runCommand(command, false)).toMatchObject({
      error: undefined,
      deletes: ['DeleteItem', 'DeleteObject'],
      item: undefined,
      file: undefined,
    });
  });
});
