import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { locationProblems, snapshotsFolder } from '../../../src/backend/address.ts';
import type { ObjectOptions } from '../../../src/backend/settings.ts';
import { copySource, keepSnapshot } from '../../../src/backend/state/keep-snapshot.ts';
import { compareAges, listSnapshots, pruneSnapshots } from '../../../src/backend/state/list-snapshots.ts';
import { isStateKey } from '../../../src/backend/state/list-states.ts';
import { mergeSnapshots, type StateVersion } from '../../../src/backend/state/list-versions.ts';
import { collectWorkspaces } from '../../../src/backend/state/list-workspaces.ts';
import { parseSnapshotName, snapshotKey } from '../../../src/backend/state/snapshot-name.ts';
import { headObject, listObjects, putObject, readObject } from '../../support/aws.ts';
import {
  type BackendBench,
  deleteObject,
  openBackendBench,
  operations,
  s3Failure,
} from '../../support/backend.ts';

const motoUrl = inject('motoUrl') ?? '';
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const STATE = '{"version":4,"serial":7,"lineage":"l"}\n';
const RUN = { 'terraform-s3-state-run': 'https://github.com/acme/infra/actions/runs/1/attempts/1' };

describe('the names of snapshots', () => {
  const address = { objectKey: 'env:/dev/app.tfstate' };

  it('contain serial and MD5, and nothing else has such a name', () => {
    const name = { serial: 18_446_744_073_709_551_615n, md5: md5(STATE) };
    const key = snapshotKey({ ...ADDRESS, ...address }, name);
    expect(key).toBe(`env:/dev/app.tfstate.backup/18446744073709551615-${md5(STATE)}`);
    expect(parseSnapshotName(key.slice(snapshotsFolder(address).length))).toEqual(name);
    for (const other of ['', '7', `-${md5('')}`, `7-${md5('')}.json`, `x7-${md5('')}`, 'notes.txt']) {
      expect(parseSnapshotName(other)).toBeUndefined();
    }
  });

  it('never match a state, a workspace or a permitted key', async () => {
    const key = `app.tfstate.backup/7-${md5(STATE)}`;
    expect(isStateKey(`x/app.tfstate.backup/old.tfstate`)).toBe(false);
    const keys = ['env:/dev/app.tfstate', `env:/dev/${key}`, `env:/gone/${key}`];
    const list = async () => ({ keys, isLast: true });
    expect(await collectWorkspaces(list, 'env:/', 'app.tfstate')).toEqual(['default', 'dev']);
    const location = { bucket: 'b', workspace: 'default', workspaceKeyPrefix: 'env:' };
    expect(locationProblems({ ...location, key })).toMatchObject([{ setting: 'key', value: key }]);
    expect(locationProblems({ ...location, key: 'app.tfstate.backup/7' })).toEqual([]);
  });

  it('name the copied object in a header, whatever its key', () => {
    expect(copySource({ ...ADDRESS, objectKey: 'a b/ü+?.tfstate' })).toBe(
      'states/a%20b/%C3%BC%2B%3F.tfstate',
    );
    const arn = 'arn:aws:s3:eu-west-1:123456789012:accesspoint/states';
    expect(copySource({ ...ADDRESS, bucket: arn, objectKey: 'k' })).toBe(
      'arn%3Aaws%3As3%3Aeu-west-1%3A123456789012%3Aaccesspoint/states/object/k',
    );
  });
});

const ADDRESS = {
  bucket: 'states',
  workspace: 'default',
  objectKey: 'app.tfstate',
  lockFileKey: '',
  lockPath: '',
  digestPath: '',
};

describe('versions and snapshots together', () => {
  const entry = (kind: StateVersion['kind'], second: number, isCurrent = false): StateVersion => {
    const versionId = `${kind}-${second}`;
    return { kind, versionId, isCurrent, time: new Date(second * 1_000), size: 1 };
  };

  it('are in order of time, the object first, and none is lost or duplicated', () => {
    const seconds = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 });
    fc.assert(
      fc.property(seconds, seconds, (ofVersions, ofSnapshots) => {
        const descending = (list: number[]) => list.toSorted((one, other) => other - one);
        const versions = descending(ofVersions).map((second, i) => entry('state', second, i === 0));
        const snapshots = descending(ofSnapshots).map((second) => entry('snapshot', second));
        const merged = mergeSnapshots(versions, snapshots);
        expect(merged.filter(({ kind }) => kind === 'state')).toEqual(versions);
        expect(merged.filter(({ kind }) => kind === 'snapshot')).toEqual(snapshots);
        expect(merged[0]).toBe(versions[0] ?? snapshots[0]);
        const times = merged.slice(1).map(({ time }) => time?.getTime() ?? 0);
        expect(times).toEqual(descending(times));
      }),
    );
  });

  it("are ordered by the store's dates and not by serials, since a state may have started over", () => {
    const at = (serial: bigint, second: number) => ({
      serial,
      md5: md5(String(serial)),
      time: new Date(second * 1_000),
      size: 1,
    });
    const old = at(90n, 1);
    const first = at(1n, 2);
    const second = at(2n, 2);
    expect([first, old, second].sort(compareAges)).toEqual([second, first, old]);
  });

  it('put the version that replaced a snapshot before it when both are of the same second', () => {
    const kept = entry('snapshot', 5);
    const newer = entry('state', 5);
    const current = entry('state', 6, true);
    expect(mergeSnapshots([current, newer], [kept])).toEqual([current, newer, kept]);
  });
});

describe.skipIf(motoUrl === '')('snapshots', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'snapshots', table: false });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  /** A state object that contains a name, as this action writes it. */
  async function stored(objects: Partial<ObjectOptions> = {}) {
    const backend = bench.newBackend(objects);
    const { bucket, objectKey } = backend.address;
    const input = { Bucket: bucket, Key: objectKey, Body: STATE, Metadata: RUN };
    const { ETag: etag = '' } = await bench.clients.s3.send(new PutObjectCommand(input));
    const path = join(bench.directory, randomBytes(4).toString('hex'));
    const request = { serial: 7n, md5: md5(STATE), etag, path };
    return { backend, request, bucket, key: snapshotKey(backend.address, request) };
  }
  const look = (bucket: string, key: string) => headObject(bench.clients, bucket, key);

  it("are copies that the store makes of the pulled object, with its metadata and the state's settings", async () => {
    const objects = { encrypt: true, acl: 'bucket-owner-full-control', stateTags: 'team=infra' };
    const { backend, request, bucket, key } = await stored(objects);
    expect(await keepSnapshot(backend, request)).toEqual({ kind: 'kept', key });
    expect(operations(bench.proxy)).toEqual(['CopyObject']);
    expect(bench.proxy.requests[0]?.headers).toMatchObject({
      'x-amz-copy-source-if-match': request.etag,
      'x-amz-server-side-encryption': 'AES256',
      'x-amz-acl': 'bucket-owner-full-control',
      'x-amz-tagging': 'team=infra',
    });
    expect((await readObject(bench.clients, bucket, key))?.toString()).toBe(STATE);
    expect(await look(bucket, key)).toMatchObject({ Metadata: RUN, ServerSideEncryption: 'AES256' });
    expect(await listSnapshots(backend)).toMatchObject([
      { serial: 7n, md5: md5(STATE), size: STATE.length, time: expect.any(Date) },
    ]);
  });

  it('use the customer key for source and copy', async () => {
    const customerKey = randomBytes(32).toString('base64');
    const { backend, request } = await stored({ encrypt: true, customerKey });
    bench.proxy.onRequest(() => s3Failure(501, 'NotImplemented'));
    expect((await keepSnapshot(backend, request)).kind).toBe('failed');
    const [copy, get] = bench.proxy.requests;
    const ofKey = { 'x-amz-server-side-encryption-customer-key': customerKey };
    expect(copy?.headers).toMatchObject({
      ...ofKey,
      'x-amz-copy-source-server-side-encryption-customer-key': customerKey,
    });
    expect(get?.headers).toMatchObject(ofKey);
  });

  it.each([
    ['knows no copies', 501, 'NotImplemented'],
    ['forbids copies', 403, 'AccessDenied'],
  ])('are put from the pulled bytes when the store %s', async (_, status, code) => {
    const { backend, request, bucket, key } = await stored();
    bench.proxy.onRequest(({ operation }) => (operation === 'CopyObject' ? s3Failure(status, code) : 'pass'));
    expect(await keepSnapshot(backend, request)).toEqual({ kind: 'kept', key });
    expect(operations(bench.proxy)).toEqual(['CopyObject', 'GetObject', 'PutObject']);
    expect((await readObject(bench.clients, bucket, key))?.toString()).toBe(STATE);
  });

  it('are not made from an object that has changed since', async () => {
    const { backend, request, bucket, key } = await stored();
    await putObject(bench.clients, bucket, backend.address.objectKey, '{}');
    // moto ignores the condition; S3 doesn't.
    expect(await keepSnapshot(backend, request)).toEqual({ kind: 'moved', key });
    await deleteObject(bench.clients, bucket, key);
    bench.proxy.onRequest(({ operation }) =>
      operation === 'CopyObject' ? s3Failure(412, 'PreconditionFailed') : 'pass',
    );
    expect(await keepSnapshot(backend, request)).toEqual({ kind: 'moved', key });
    expect(await look(bucket, key)).toBeUndefined();
  });

  it('are given up in an outage after one method, and when the step is aborted', async () => {
    const { backend, request, key } = await stored();
    bench.proxy.onRequest(() => s3Failure(503, 'SlowDown'));
    expect(await keepSnapshot(backend, request)).toMatchObject({
      kind: 'failed',
      key,
      error: { kind: 'throttled' },
    });
    expect(new Set(operations(bench.proxy))).toEqual(new Set(['CopyObject']));
    backend.aws.continueUnder(AbortSignal.abort(new Error('cancelled')));
    await expect(keepSnapshot(backend, request)).rejects.toMatchObject({ kind: 'aborted' });
  });

  it('are pruned to the newest 20, and nothing else is deleted', async () => {
    const { backend, bucket } = await stored();
    const folder = snapshotsFolder(backend.address);
    await putObject(bench.clients, bucket, `${folder}notes.txt`, 'by hand');
    await putObject(bench.clients, bucket, `${folder}sub/1-${md5('')}`, 'by hand');
    const serials = Array.from({ length: 23 }, (_, i) => i + 1);
    for (const serial of serials) {
      await putObject(bench.clients, bucket, snapshotKey(backend.address, named(serial)), '{}');
    }
    await pruneSnapshots(backend);
    const left = await listObjects(bench.clients, bucket, folder);
    expect(left.toSorted()).toEqual(
      [
        `${folder}notes.txt`,
        `${folder}sub/1-${md5('')}`,
        ...serials.slice(3).map((serial) => snapshotKey(backend.address, named(serial))),
      ].toSorted(),
    );
    expect((await listSnapshots(backend)).map(({ serial }) => Number(serial))).toEqual(
      serials.slice(3).toReversed(),
    );
  });

  const named = (serial: number) => ({ serial: BigInt(serial), md5: md5(String(serial)) });
});
