import { createHash } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { lockTable } from '../../../src/backend/lock/lock-table.ts';
import { stateLock } from '../../../src/backend/lock/state-lock.ts';
import { parseLockHolder, serializeLockInfo } from '../../../src/backend/records/lock-info.ts';
import { provenanceMetadata } from '../../../src/backend/records/provenance.ts';
import { writeDigestAndRelease } from '../../../src/backend/state/commit.ts';
import { deleteItem, putItem, putObject, readItem, readObject } from '../../support/aws.ts';
import {
  type BackendBench,
  dynamodbFailure,
  openBackendBench,
  operations,
  s3Failure,
} from '../../support/backend.ts';

const motoUrl = inject('motoUrl') ?? '';
const PASS = 'pass' as const;
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const OLD = md5('old');
const NEW = md5('new');
const NEWER = md5('newer');
const makeInfo = (id: string): string =>
  serializeLockInfo({
    id,
    operation: 'o',
    info: 'a & b',
    who: 'w',
    version: '1',
    created: '2026-01-02T03:04:05Z',
    path: 'b/k',
  });
const OURS = makeInfo('ours');
const THEIRS = makeInfo('theirs');
const LOCK = { id: 'ours', info: OURS };
const NO_LOCK_CONDITION = 'TransactionCanceledException';

describe.skipIf(motoUrl === '')('after the object is stored', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'commit' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  /** A state whose lock we hold, with this digest in the table. */
  async function held(previousMd5: string | undefined) {
    const backend = bench.newBackend();
    const { aws, address, table } = backend;
    await lockTable(aws, table, address.lockPath).acquire(
      { id: 'ours', info: OURS, heartbeatMs: undefined },
      undefined,
    );
    const storeObject = (lockId: string, text: string) =>
      bench.clients.s3.send(
        new PutObjectCommand({
          Bucket: address.bucket,
          Key: address.objectKey,
          Body: text,
          Metadata: provenanceMetadata({ run: 'r', actor: 'a', lockId, md5: md5(text) }),
        }),
      );
    await storeObject('ours', 'new');
    const storeDigest = (digest: string) =>
      putItem(bench.clients, table, address.digestPath, { Digest: digest });
    if (previousMd5 !== undefined) await storeDigest(previousMd5);
    bench.proxy.reset();
    return {
      storeDigest,
      overwriteObject: () => storeObject('theirs', 'newer'),
      takeOver: () => putItem(bench.clients, table, address.lockPath, { Info: THEIRS }),
      free: () => deleteItem(bench.clients, table, address.lockPath),
      lock: async () => (await readItem(bench.clients, table, address.lockPath))?.Info,
      digest: async () => await readItem(bench.clients, table, address.digestPath),
      digestItem: (digest: string) => ({ LockID: address.digestPath, Digest: digest }),
      commit: () => writeDigestAndRelease(backend, { table, lock: LOCK, md5: NEW, previousMd5 }),
    };
  }
  type Held = Awaited<ReturnType<typeof held>>;
  const refuse = (...failing: string[]) =>
    bench.proxy.onRequest(({ operation }) =>
      failing.includes(operation) ? dynamodbFailure('AccessDeniedException') : 'pass',
    );
  const released = { digest: { kind: 'written' }, fileError: undefined, release: { kind: 'released' } };
  const releasedInDoubt = { ...released, digest: { kind: 'was_there' } };
  const expectCommitted = async ({ lock, digest, digestItem }: Held) => {
    expect(await lock()).toBeUndefined();
    expect(await digest()).toEqual(digestItem(NEW));
  };

  it.each([OLD, undefined])(
    'one call writes the digest and frees the lock (digest before: %j)',
    async (before) => {
      const state = await held(before);
      expect(await state.commit()).toEqual(released);
      await expectCommitted(state);
      expect(operations(bench.proxy)).toEqual(['TransactWriteItems']);
    },
  );

  it('nobody ever gets the lock with a stale digest: both change together, or neither does', async () => {
    const state = await held(OLD);
    const seen: [string | undefined, string | undefined][] = [];
    const look = async () => void seen.push([await state.lock(), (await state.digest())?.Digest]);
    bench.proxy.onRequest(async () => {
      await look();
      return PASS;
    });
    bench.proxy.afterResponse(look);
    await state.commit();
    expect(seen).toEqual([
      [OURS, OLD],
      [undefined, NEW],
    ]);
  });

  it('a lost answer is not a failure: the same transaction is sent again', async () => {
    const state = await held(OLD);
    bench.proxy.onRequest(() => (bench.proxy.requests.length === 1 ? 'reset-after' : 'pass'));
    expect(await state.commit()).toEqual(releasedInDoubt);
    await expectCommitted(state);
    const sent = bench.proxy.requests.filter(({ operation }) => operation === 'TransactWriteItems');
    const tokens = sent.map(({ body }) => JSON.parse(body.toString()).ClientRequestToken);
    expect(tokens.length).toBe(2);
    expect(new Set(tokens).size).toBe(1);
  });

  it('a transaction that conflicts with another is sent again', async () => {
    const state = await held(OLD);
    const CancellationReasons = [{ Code: 'TransactionConflict' }, { Code: 'None' }];
    bench.proxy.onRequest(() =>
      bench.proxy.requests.length === 1
        ? dynamodbFailure(NO_LOCK_CONDITION, 'conflict', { CancellationReasons })
        : 'pass',
    );
    expect(await state.commit()).toEqual(released);
    expect(operations(bench.proxy)).toEqual(['TransactWriteItems', 'TransactWriteItems']);
  });

  it.each([
    ['UnknownOperationException', 'not known here'],
    ['ValidationException', 'transactions are not supported'],
    ['AccessDeniedException', 'denied'],
  ])(
    'without transactions (%s), the digest is written first, then the lock is freed',
    async (type, message) => {
      const state = await held(OLD);
      let digestAtRelease: object | undefined;
      bench.proxy.onRequest(async ({ operation }) => {
        if (operation === 'DeleteItem') digestAtRelease = await state.digest();
        return operation === 'TransactWriteItems' ? dynamodbFailure(type, message) : PASS;
      });
      expect(await state.commit()).toEqual(released);
      await expectCommitted(state);
      expect(digestAtRelease).toEqual(state.digestItem(NEW));
      expect(operations(bench.proxy)).toEqual([
        'TransactWriteItems',
        'GetItem',
        'GetItem',
        'PutItem',
        'DeleteItem',
      ]);
    },
  );

  it("without transactions and with the lock lost meanwhile, the successor's digest stays", async () => {
    const state = await held(OLD);
    await state.takeOver();
    await state.storeDigest(NEWER);
    refuse('TransactWriteItems');
    const { digest, release } = await state.commit();
    expect(digest).toEqual({ kind: 'not_ours' });
    expect(release).toMatchObject({ kind: 'taken' });
    expect(await state.digest()).toEqual(state.digestItem(NEWER));
    expect(await state.lock()).toBe(THEIRS);
  });

  it("without transactions and with the lock lost after the check, the successor's digest stays", async () => {
    const state = await held(OLD);
    let looks = 0;
    bench.proxy.onRequest(async ({ operation }) => {
      if (operation === 'TransactWriteItems') return dynamodbFailure('UnknownOperationException');
      looks += operation === 'GetItem' ? 1 : 0;
      // The check shows the lock as ours; then a successor takes it, pushes and writes its digest before we send ours.
      if (operation === 'PutItem' && looks === 2) {
        await state.takeOver();
        await state.overwriteObject();
        await state.storeDigest(NEWER);
      }
      return PASS;
    });
    const { digest, release } = await state.commit();
    expect(digest).toEqual({ kind: 'not_ours' });
    expect(release.kind).toBe('taken');
    expect(await state.digest()).toEqual(state.digestItem(NEWER));
  });

  it('without transactions, a digest that somebody changed without the lock is an error', async () => {
    const state = await held(OLD);
    bench.proxy.onRequest(async ({ operation }) => {
      if (operation === 'TransactWriteItems') return dynamodbFailure('UnknownOperationException');
      if (operation === 'PutItem') await state.storeDigest(NEWER);
      return PASS;
    });
    const { digest, release } = await state.commit();
    expect(digest).toMatchObject({ kind: 'failed', error: { name: 'DigestOverwritten' } });
    expect(release).toEqual({ kind: 'released' });
  });

  it('a refused digest is an error, and the lock is freed anyway', async () => {
    const state = await held(OLD);
    refuse('TransactWriteItems', 'PutItem');
    const { digest, release } = await state.commit();
    expect(digest).toMatchObject({
      kind: 'failed',
      error: { kind: 'access_denied', api: 'dynamodb:PutItem' },
    });
    expect(release).toEqual({ kind: 'released' });
    expect(await state.digest()).toEqual(state.digestItem(OLD));
    expect(await state.lock()).toBeUndefined();
  });

  it("a lock that can't be freed throws after the digest is written", async () => {
    const state = await held(OLD);
    refuse('TransactWriteItems', 'DeleteItem');
    await expect(state.commit()).rejects.toMatchObject({ kind: 'access_denied', api: 'dynamodb:DeleteItem' });
    expect(await state.digest()).toEqual(state.digestItem(NEW));
    expect(await state.lock()).toBe(OURS);
  });

  describe('when no answer arrives', () => {
    const silence = (fault: 'reset-before' | 'reset-after') =>
      bench.proxy.onRequest(({ operation }) => (operation === 'TransactWriteItems' ? fault : 'pass'));

    it('and the transaction failed, digest and lock are written one by one', async () => {
      const state = await held(OLD);
      silence('reset-before');
      expect(await state.commit()).toEqual(released);
      await expectCommitted(state);
      expect(operations(bench.proxy).slice(5)).toEqual(['GetItem', 'GetItem', 'PutItem', 'DeleteItem']);
    });

    it('and the transaction succeeded, nothing is left to do', async () => {
      const state = await held(OLD);
      silence('reset-after');
      expect(await state.commit()).toEqual(releasedInDoubt);
      await expectCommitted(state);
    });

    it("and the transaction succeeded and a successor has written since, the successor's digest stays", async () => {
      const state = await held(OLD);
      await state.free();
      await state.storeDigest(NEWER);
      silence('reset-before');
      const { digest, release } = await state.commit();
      expect(digest).toEqual({ kind: 'not_ours' });
      expect(release).toEqual({ kind: 'gone' });
      expect(await state.digest()).toEqual(state.digestItem(NEWER));
    });
  });

  describe('when the lock is lost in between', () => {
    it('to somebody who has stored nothing yet, the digest follows our object and their lock stays', async () => {
      const state = await held(OLD);
      await state.takeOver();
      const release = { kind: 'taken', holder: parseLockHolder(THEIRS) };
      expect(await state.commit()).toEqual({ digest: { kind: 'written' }, fileError: undefined, release });
      expect(await state.lock()).toBe(THEIRS);
      expect(await state.digest()).toEqual(state.digestItem(NEW));
    });

    it('to somebody whose state is stored but not yet its digest, our digest is not written', async () => {
      const state = await held(OLD);
      await state.takeOver();
      await state.overwriteObject();
      const { digest, release } = await state.commit();
      expect(digest).toEqual({ kind: 'not_ours' });
      expect(release.kind).toBe('taken');
      expect(await state.digest()).toEqual(state.digestItem(OLD));
    });

    it('to somebody who stored a newer state, their digest stays', async () => {
      const state = await held(OLD);
      await state.takeOver();
      await state.storeDigest(NEWER);
      const { digest, release } = await state.commit();
      expect(digest).toEqual({ kind: 'not_ours' });
      expect(release.kind).toBe('taken');
      expect(await state.digest()).toEqual(state.digestItem(NEWER));
    });

    it('and freed, the digest replaces only the old one', async () => {
      const state = await held(OLD);
      await state.free();
      expect(await state.commit()).toEqual({
        digest: { kind: 'written' },
        fileError: undefined,
        release: { kind: 'gone' },
      });
      expect(await state.digest()).toEqual(state.digestItem(NEW));
    });

    it('and freed by somebody who wrote the first digest, theirs stays', async () => {
      const state = await held(undefined);
      await state.free();
      await state.storeDigest(NEWER);
      const { digest, release } = await state.commit();
      expect(digest).toEqual({ kind: 'not_ours' });
      expect(release).toEqual({ kind: 'gone' });
      expect(await state.digest()).toEqual(state.digestItem(NEWER));
    });

    it('by our own transaction whose answer was lost, that is a release', async () => {
      const state = await held(OLD);
      await state.free();
      await state.storeDigest(NEW);
      expect(await state.commit()).toEqual(releasedInDoubt);
    });
  });

  describe('with the lock file, too', () => {
    /** As `held`, with the lock file in place. */
    async function heldInBoth() {
      const backend = { ...bench.newBackend(), useLockfile: true };
      const { table, address } = backend;
      await stateLock(backend)?.acquire({ id: 'ours', info: OURS, heartbeatMs: undefined });
      bench.proxy.reset();
      return {
        file: async () => (await readObject(bench.clients, address.bucket, address.lockFileKey))?.toString(),
        storeFile: (info: string) => putObject(bench.clients, address.bucket, address.lockFileKey, info),
        dropItem: () => deleteItem(bench.clients, table, address.lockPath),
        lock: async () => (await readItem(bench.clients, table, address.lockPath))?.Info,
        digest: async () => (await readItem(bench.clients, table, address.digestPath))?.Digest,
        commit: () => writeDigestAndRelease(backend, { table, lock: LOCK, md5: NEW, previousMd5: undefined }),
      };
    }
    const refuseFile = (failing: string) =>
      bench.proxy.onRequest(({ operation }) =>
        operation === failing ? s3Failure(403, 'AccessDenied') : PASS,
      );

    it('both are freed, and the digest is written', async () => {
      const state = await heldInBoth();
      expect(await state.commit()).toEqual(released);
      expect([await state.file(), await state.lock(), await state.digest()]).toEqual([
        undefined,
        undefined,
        NEW,
      ]);
    });

    it.each(['GetObject', 'DeleteObject'])(
      "a file that can't be freed (%s) is reported, and the rest is done",
      async (failing) => {
        const state = await heldInBoth();
        refuseFile(failing);
        const { fileError, digest, release } = await state.commit();
        expect(fileError).toMatchObject({ kind: 'access_denied', api: `s3:${failing}` });
        expect([digest, release]).toEqual([{ kind: 'written' }, { kind: 'released' }]);
        expect([await state.file(), await state.lock(), await state.digest()]).toEqual([
          OURS,
          undefined,
          NEW,
        ]);
      },
    );

    it('a hanging file request does not delay the digest and the item', async () => {
      const state = await heldInBoth();
      let itemIsFree = () => {};
      const freed = new Promise<void>((resolve) => {
        itemIsFree = resolve;
      });
      bench.proxy.afterResponse(({ service }) => (service === 'dynamodb' ? itemIsFree() : undefined));
      bench.proxy.onRequest(async ({ service }) => {
        if (service === 's3') await freed;
        return PASS;
      });
      expect(await state.commit()).toEqual(released);
    });

    it("a successor's file stays and is reported", async () => {
      const state = await heldInBoth();
      await state.storeFile(THEIRS);
      const { release } = await state.commit();
      expect(release).toMatchObject({ kind: 'taken', holder: { raw: THEIRS } });
      expect([await state.file(), await state.lock(), await state.digest()]).toEqual([
        THEIRS,
        undefined,
        NEW,
      ]);
    });

    it('an item that is already free does not matter when the file was ours', async () => {
      const state = await heldInBoth();
      await state.dropItem();
      expect(await state.commit()).toMatchObject({ release: { kind: 'released' } });
    });

    it("an item that can't be freed throws, and the file is freed", async () => {
      const state = await heldInBoth();
      refuse('TransactWriteItems', 'DeleteItem');
      await expect(state.commit()).rejects.toMatchObject({ kind: 'access_denied' });
      expect([await state.file(), await state.digest()]).toEqual([undefined, NEW]);
    });
  });
});
