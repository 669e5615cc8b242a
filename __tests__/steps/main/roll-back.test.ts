import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { AwsError, toAwsError } from '../../../src/aws/errors.ts';
import { type StateLock, stateLock } from '../../../src/backend/lock/state-lock.ts';
import type { Backend } from '../../../src/backend/settings.ts';
import { StateError } from '../../../src/backend/state-error.ts';
import { realDependencies } from '../../../src/job-state/dependencies.ts';
import type { LockStatus } from '../../../src/job-state/saved-state.ts';
import { Interrupted } from '../../../src/runner/interrupt.ts';
import { rollBack } from '../../../src/steps/main/roll-back.ts';
import { makeLock } from '../../backend/lock-infos.ts';
import { makeSession, readBackend } from '../../job-state/support.ts';
import { type BackendBench, openBackendBench, s3Failure } from '../../support/backend.ts';

const motoUrl = inject('motoUrl') ?? '';
const ours = makeLock('ours');

describe.skipIf(motoUrl === '')('after a failure main', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'roll-back' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  function newBackend(): Backend {
    const backend = bench.newBackend();
    return { ...backend, endpoints: { ...backend.endpoints, s3: undefined }, useLockfile: true };
  }

  /** As after puts without an answer. */
  function inDoubt(backend: Backend): StateLock | undefined {
    const lock = stateLock(backend);
    return lock && { ...lock, mayBeOurs: () => true, giveBack: lock.release };
  }

  /** The error that main ends with, and the lock stores that it hands to post. */
  async function rollBackFrom(
    backend: Backend,
    lockStatus: LockStatus,
    error: unknown,
    stores = inDoubt(backend),
  ) {
    let commentEnded: string = lockStatus;
    const { settings } = readBackend({ bucket: 'b', key: 'k', region: 'us-east-1' });
    const { address, table, useLockfile } = backend;
    const real = realDependencies({ graceMs: 0, totalMs: undefined, tryForMs: 0 });
    const saveState = (name: string, value: string) => {
      if (name === 'lock') commentEnded = value;
    };
    const runner = { ...real.runner, saveState, info: () => {}, warning: () => {} };
    const session = makeSession({
      backend: { ...settings, address, table, useLockfile },
      lock: ours,
      privateDirectory: await mkdtemp(join(tmpdir(), 'roll-back-')),
      stateDirectory: join(tmpdir(), 'roll-back-none'),
    });
    const thrown = await rollBack(
      { ...real, runner },
      backend,
      {
        session,
        lockStatus,
        times: undefined,
        stores,
        broken: [],
        commentEnded: Promise.resolve(),
        refusal: Promise.resolve(undefined),
      },
      error,
    );
    return { thrown, commentEnded };
  }

  it('makes post look again when the write to one of two stores may still arrive', async () => {
    const backend = newBackend();
    // The file was taken; the put of the item was cut off, and arrives after the release.
    await stateLock({ ...backend, table: undefined })?.acquire(ours);
    const { commentEnded } = await rollBackFrom(backend, 'trying', new Interrupted('SIGINT'));
    expect(await stateLock(backend)?.read()).toEqual([]);
    expect(commentEnded).toBe('trying');
  });

  it('leaves nothing to post when a lock in both stores was held and freed', async () => {
    const backend = newBackend();
    await stateLock(backend)?.acquire(ours);
    const { commentEnded, thrown } = await rollBackFrom(backend, 'held', new Interrupted('SIGINT'));
    expect(await stateLock(backend)?.read()).toEqual([]);
    expect(commentEnded).toBe('none');
    expect(thrown).toBeInstanceOf(Interrupted);
  });

  it('frees its lock when a later write is refused, such as a digest repair', async () => {
    const backend = { ...newBackend(), useLockfile: false };
    const context = { api: 'dynamodb:PutItem', resource: 'table locks', principal: undefined };
    const more = { region: 'us-east-1', endpoint: undefined, identity: undefined, attempts: 1 };
    const { failure } = toAwsError(new Error('no'), { ...context, ...more, aborted: false, now: 0 });
    const denied = new AwsError({ ...failure, kind: 'access_denied' }, undefined);
    await stateLock(backend)?.acquire(ours);
    expect(await rollBackFrom(backend, 'held', denied)).toEqual({ thrown: denied, commentEnded: 'none' });
    expect(await stateLock(backend)?.read()).toEqual([]);
  });

  it('does not mention a lock file that it finally freed', async () => {
    const backend = newBackend();
    await stateLock({ ...backend, table: undefined })?.acquire(ours);
    const rollback = { reason: 'rollback_failed', stays: 'file', freed: false } as const;
    const details = { ...rollback, holder: undefined, info: ours.info, cause: undefined };
    const { thrown } = await rollBackFrom(backend, 'trying', new StateError(details, backend));
    expect(await stateLock(backend)?.read()).toEqual([]);
    expect(thrown).toMatchObject({ details: { reason: 'rollback_failed', freed: true } });
  });

  it("says once what stays when it can't be freed", async () => {
    const backend = newBackend();
    await stateLock({ ...backend, table: undefined })?.acquire(ours);
    bench.proxy.onRequest(({ operation }) =>
      operation === 'DeleteObject' ? s3Failure(403, 'AccessDenied') : 'pass',
    );
    const rollback = { reason: 'rollback_failed', stays: 'file', freed: false } as const;
    const details = { ...rollback, holder: undefined, info: ours.info, cause: undefined };
    const error = new StateError(details, backend);
    expect(await rollBackFrom(backend, 'trying', error)).toEqual({ thrown: error, commentEnded: 'trying' });
  });
});
