import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { provenanceMetadata } from '../../src/backend/records/provenance.ts';
import { writeDigestAndRelease } from '../../src/backend/state/commit.ts';
import { hashAndInspectFile } from '../../src/backend/state/hash-and-inspect.ts';
import { isConsistent, lookUpObject } from '../../src/backend/state/look-up-object.ts';
import { repairAnnounced } from '../../src/backend/state/repair-digest.ts';
import { findCutOffWrite, storeFile } from '../../src/backend/state/state-object.ts';
import { adoptInDoubt, isObjectOfJob, lookUpFor, type PushBase } from '../../src/steps/post/push-base.ts';
import { makeLock } from '../backend/lock-infos.ts';
import { stateText } from '../packaged/states.ts';
import { md5 } from '../packaged/support.ts';
import { deleteItem, putItem, putObject, readItem, readObject } from '../support/aws.ts';
import { type BackendBench, openBackendBench, operations } from '../support/backend.ts';

const motoUrl = inject('motoUrl') ?? '';
const PULLED = stateText();
const OURS = stateText({ serial: 8 });
const EVIL = stateText({ serial: 9, lineage: 'evil' });
const LOCK = makeLock('ours');
const WRITE = { run: 'https://github.com/a/b/actions/runs/1/attempts/1', actor: 'mona', lockId: LOCK.id };

describe.skipIf(motoUrl === '')('an attacker who can write the bucket but not the table', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'forged' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  /** A job that pulled `PULLED` and pushes `OURS`, and somebody who can write its object. */
  async function scene() {
    const backend = bench.newBackend();
    const { address, table } = backend;
    const { clients } = bench;
    const at = { Bucket: address.bucket, Key: address.objectKey };
    await putObject(clients, address.bucket, address.objectKey, PULLED);
    await putItem(clients, table, address.digestPath, { Digest: md5(PULLED) });
    const path = join(bench.directory, randomBytes(4).toString('hex'));
    await writeFile(path, OURS);
    const facts = await hashAndInspectFile(path);
    if (facts === undefined) throw new Error('the file is gone');
    const provenance = { ...WRITE, md5: facts.md5 };
    const Metadata = provenanceMetadata(provenance);
    const state = { md5: facts.md5, serial: 8n, lineage: 'l', content: 'c', isEmpty: false };
    const base: PushBase = {
      state,
      etag: `"${md5(PULLED)}"`,
      storedDigest: md5(PULLED),
      checkpoint: undefined,
      snapshot: undefined,
      inDoubt: [state],
    };
    return {
      backend,
      base,
      request: { key: address.objectKey, path, facts, provenance, expectedEtag: base.etag },
      /** The object has the metadata that ours would have. */
      put: (Body: string) => clients.s3.send(new PutObjectCommand({ ...at, Body, Metadata })),
      /** The same, with an ETag that is not the MD5, as with KMS. */
      putInParts: async (Body: string) => {
        const { UploadId } = await clients.s3.send(new CreateMultipartUploadCommand({ ...at, Metadata }));
        const part = { ...at, UploadId, PartNumber: 1 };
        const { ETag } = await clients.s3.send(new UploadPartCommand({ ...part, Body }));
        const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
        await clients.s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
      },
      stored: async () => (await readObject(clients, address.bucket, address.objectKey))?.toString(),
      digest: async () => (await readItem(clients, table, address.digestPath))?.Digest,
    };
  }
  type Scene = Awaited<ReturnType<typeof scene>>;

  const WAYS: [string, (at: Scene, body: string) => Promise<unknown>][] = [
    ['with an MD5 as its ETag', ({ put }, body) => put(body)],
    ['with another ETag', ({ putInParts }, body) => putInParts(body)],
  ];

  describe.each(WAYS)('forges the metadata of an object %s', (_, write) => {
    it("and a push doesn't recognise it as its own", async () => {
      const at = await scene();
      await write(at, EVIL);
      const outcome = await storeFile(at.backend, at.request);
      expect(outcome).toMatchObject({ kind: 'conflict', current: { isProven: false } });
      expect(await at.stored()).toBe(EVIL);
    });

    it('and a push without an answer is not reported as done', async () => {
      const at = await scene();
      await write(at, EVIL);
      expect(await findCutOffWrite(at.backend, at.request)).toBeUndefined();
      bench.proxy.onRequest(({ operation }) => (operation === 'PutObject' ? 'reset-before' : 'pass'));
      await expect(storeFile(at.backend, at.request)).rejects.toMatchObject({ kind: 'unreachable' });
    });

    it("and post doesn't accept it as a checkpoint of its job", async () => {
      const at = await scene();
      await write(at, EVIL);
      const current = await lookUpFor(at.base, at.backend, LOCK.id);
      expect(adoptInDoubt(at.base, current, LOCK.id)).toBeUndefined();
      expect(isObjectOfJob(at.base, current, LOCK.id)).toBe(false);
    });

    it('and nothing that a killed job left counts as stored', async () => {
      const at = await scene();
      await write(at, EVIL);
      const { objectKey } = at.backend.address;
      const object = await lookUpObject(at.backend, objectKey);
      expect(object?.provenance?.md5).toBe(md5(OURS));
      expect(object && (await isConsistent(at.backend, objectKey, object))).toBe(false);
    });

    it.each(['gone', 'taken'])('and after a lost lock (%s) no digest is set', async (lost) => {
      const at = await scene();
      await write(at, EVIL);
      const { table, address } = at.backend;
      if (lost === 'taken') {
        await putItem(bench.clients, table, address.lockPath, { Info: makeLock('theirs').info });
      } else await deleteItem(bench.clients, table, address.lockPath);
      const commit = { table, lock: LOCK, md5: md5(OURS), previousMd5: md5(PULLED) };
      const { digest } = await writeDigestAndRelease(at.backend, commit);
      expect(digest).toEqual({ kind: 'not_ours' });
      expect(await at.digest()).toBe(md5(PULLED));
    });

    it('and no digest is repaired, whatever the table announces', async () => {
      const at = await scene();
      await write(at, EVIL);
      expect(await repairAnnounced(at.backend)).toEqual({ kind: 'nothing' });
      const announced = { Digest: md5(PULLED), NextDigest: md5(OURS) };
      await putItem(bench.clients, at.backend.table, at.backend.address.digestPath, announced);
      expect(await repairAnnounced(at.backend)).toEqual({ kind: 'nothing' });
      expect(await at.digest()).toBe(md5(PULLED));
    });

    it('while our own write is still recognised', async () => {
      const at = await scene();
      await write(at, OURS);
      expect(await storeFile(at.backend, at.request)).toMatchObject({ kind: 'stored' });
      expect(await findCutOffWrite(at.backend, at.request)).toBeDefined();
      const current = await lookUpFor(at.base, at.backend, LOCK.id);
      expect(adoptInDoubt(at.base, current, LOCK.id)?.state?.md5).toBe(md5(OURS));
      expect(isObjectOfJob(at.base, current, LOCK.id)).toBe(true);
    });
  });

  it('costs no read of the object if its ETag suffices', async () => {
    const at = await scene();
    await at.put(EVIL);
    const known = { ...at.base, etag: (await lookUpObject(at.backend, at.backend.address.objectKey))?.etag };
    bench.proxy.reset();
    expect(isObjectOfJob(known, await lookUpFor(known, at.backend, LOCK.id), LOCK.id)).toBe(true);
    await at.put(OURS);
    expect(isObjectOfJob(at.base, await lookUpFor(at.base, at.backend, LOCK.id), LOCK.id)).toBe(true);
    expect(operations(bench.proxy)).toEqual(['HeadObject', 'HeadObject']);
  });
});
