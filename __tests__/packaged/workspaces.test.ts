import { expect, it } from 'vitest';
import { listObjects, putItem, putObject, readItem, readObject } from '../support/aws.ts';
import { s3Failure } from '../support/backend.ts';
import { runHistory } from './history-step.ts';
import { appliedState, stateText } from './states.ts';
import {
  describeInProcess,
  describePackaged,
  findErrors,
  md5,
  openTestbed,
  type Testbed,
} from './support.ts';
import { lockInfo } from './unlock-step.ts';
import { runWorkspaces } from './workspaces-step.ts';

const stateKey = (testbed: Testbed, name: string) => `env:/${name}/${testbed.objectKey}`;

async function readText({ clients, fixture }: Testbed, key: string): Promise<string | undefined> {
  return (await readObject(clients, fixture.bucket, key))?.toString('utf8');
}

/** Lock, digest and object of a workspace. */
async function readFacts(testbed: Testbed, name: string) {
  const { clients, fixture } = testbed;
  const path = `${fixture.bucket}/${stateKey(testbed, name)}`;
  const [lock, digest, object] = await Promise.all([
    readItem(clients, fixture.table, path),
    readItem(clients, fixture.table, `${path}-md5`),
    readText(testbed, stateKey(testbed, name)),
  ]);
  return { lock: lock?.Info, digest: digest?.Digest, object };
}

describePackaged('workspaces/', () => {
  it('creates a workspace once, lists it for a matrix, and deletes it with a snapshot only', async () => {
    const testbed = await openTestbed({ versioning: false });
    const { clients, fixture } = testbed;
    for (const name of ['prod', 'test-1', 'test-2']) {
      await putObject(clients, fixture.bucket, stateKey(testbed, name), stateText());
    }
    await putObject(clients, fixture.bucket, `env:/other/${testbed.objectKey}.tflock`, '{}');

    const made = await runWorkspaces(testbed, { command: 'new', workspace: 'dev', use_lockfile: 'true' });
    expect(made).toMatchObject({ exitCode: 0, outputs: { reason_code: 'created' } });
    const { object = '', digest, lock } = await readFacts(testbed, 'dev');
    expect(JSON.parse(object)).toMatchObject({ version: 4, serial: 1, outputs: {}, resources: [] });
    expect(digest).toBe(md5(object));
    expect(lock).toBeUndefined();
    const again = await runWorkspaces(testbed, { command: 'new', workspace: 'dev' });
    expect(again).toMatchObject({ exitCode: 0, outputs: { reason_code: 'exists' } });
    expect((await readFacts(testbed, 'dev')).object).toBe(object);

    const all = await runWorkspaces(testbed, { command: 'list' });
    const names = ['default', 'dev', 'prod', 'test-1', 'test-2'];
    expect(all).toMatchObject({
      exitCode: 0,
      outputs: { reason_code: 'listed', workspaces: JSON.stringify(names) },
    });
    expect(JSON.parse(all.outputs.result ?? '')).toMatchObject({ ok: true, workspaces: names });
    const some = await runWorkspaces(testbed, { command: 'list', include: 'test-*, prod', exclude: '*-2' });
    expect(some.outputs.workspaces).toBe('["prod","test-1"]');

    await putObject(clients, fixture.bucket, `${stateKey(testbed, 'dev')}.outputs.json`, '{}');
    const plans = `${stateKey(testbed, 'dev')}.plans/`;
    const left = [`${plans}notes.txt`];
    for (const name of ['1-1', '1-1.json', '2-1', '3-1.json']) {
      await putObject(clients, fixture.bucket, `${plans}${name}`, '{}');
    }
    for (const key of left) await putObject(clients, fixture.bucket, key, 'not ours');
    const gone = await runWorkspaces(testbed, { command: 'delete', workspace: 'dev', use_lockfile: 'true' });
    expect(gone).toMatchObject({ exitCode: 0, outputs: { reason_code: 'deleted' } });
    expect(gone.log).toMatch(/Deleted 3 plans of workspace dev in s3:\S+\.plans\/: /);
    expect(JSON.parse(gone.outputs.result ?? '')).toMatchObject({ plans_deleted: 3 });
    expect(await readFacts(testbed, 'dev')).toEqual({
      lock: undefined,
      digest: undefined,
      object: undefined,
    });
    expect(await listObjects(clients, fixture.bucket, 'env:/dev/')).toEqual([
      `${stateKey(testbed, 'dev')}.backup/1-${md5(object)}`,
      ...left,
    ]);
    const missing = await runWorkspaces(testbed, { command: 'delete', workspace: 'dev' });
    expect(missing).toMatchObject({ exitCode: 0, outputs: { reason_code: 'missing' } });
  });
});

describeInProcess('workspaces/', () => {
  it('keeps a workspace that manages resources, and names them; force deletes it', async () => {
    const testbed = await openTestbed({ versioning: false });
    const { clients, fixture } = testbed;
    const text = appliedState();
    await putObject(clients, fixture.bucket, stateKey(testbed, 'dev'), text);
    await putItem(clients, fixture.table, `${fixture.bucket}/${stateKey(testbed, 'dev')}-md5`, {
      Digest: md5(text),
    });
    const kept = await runWorkspaces(testbed, { command: 'delete', workspace: 'dev' });
    expect(kept).toMatchObject({ exitCode: 1, outputs: { reason_code: 'workspace_not_empty' } });
    expect(findErrors(kept)).toMatch(/#workspace_not_empty$/);
    expect(findErrors(kept)).toMatch(/^Workspace dev was not deleted: its state s3:\/\/\S+ still manages /);
    expect(findErrors(kept)).toMatch(/\n {2}\w+\.\w+/);
    expect(await readFacts(testbed, 'dev')).toEqual({ lock: undefined, digest: md5(text), object: text });
    const forced = await runWorkspaces(testbed, { command: 'delete', workspace: 'dev', force: 'true' });
    expect(forced).toMatchObject({ exitCode: 0, outputs: { reason_code: 'deleted' } });
    expect((await readFacts(testbed, 'dev')).object).toBeUndefined();

    const { serial, lineage, resources } = JSON.parse(text);
    const snapshot = `${stateKey(testbed, 'dev')}.backup/${serial}-${md5(text)}`;
    expect(await readText(testbed, snapshot)).toBe(text);
    const version = `snapshot:${serial}-${md5(text)}`;
    const back = await runHistory(testbed, { command: 'restore', workspace: 'dev', version });
    expect(back).toMatchObject({ exitCode: 0, outputs: { reason_code: 'restored' } });
    const { object = '', digest } = await readFacts(testbed, 'dev');
    expect(JSON.parse(object)).toMatchObject({ lineage, resources });
    expect(digest).toBe(md5(object));
  });

  it('keeps the snapshot by its bytes where the store refuses to copy', async () => {
    const testbed = await openTestbed({ versioning: false });
    const text = stateText({ serial: 7 });
    await putObject(testbed.clients, testbed.fixture.bucket, stateKey(testbed, 'dev'), text);
    testbed.proxy.onRequest(({ operation }) =>
      operation === 'CopyObject' ? s3Failure(501, 'NotImplemented') : 'pass',
    );
    const end = await runWorkspaces(testbed, { command: 'delete', workspace: 'dev', force: 'true' });
    expect(end).toMatchObject({ exitCode: 0, outputs: { reason_code: 'deleted' } });
    expect(testbed.calls()).toContain('s3 CopyObject');
    expect(await readText(testbed, `${stateKey(testbed, 'dev')}.backup/7-${md5(text)}`)).toBe(text);
  });

  it('deletes nothing when the snapshot fails', async () => {
    const testbed = await openTestbed({ versioning: false });
    const { clients, fixture } = testbed;
    const text = stateText({ serial: 7 });
    await putObject(clients, fixture.bucket, stateKey(testbed, 'dev'), text);
    testbed.proxy.onRequest(({ path }) =>
      path.includes('.backup/') ? s3Failure(403, 'AccessDenied') : 'pass',
    );
    const end = await runWorkspaces(testbed, { command: 'delete', workspace: 'dev', force: 'true' });
    expect(end).toMatchObject({ exitCode: 1, outputs: { reason_code: 'access_denied' } });
    expect(findErrors(end)).toContain('.backup/');
    expect((await readFacts(testbed, 'dev')).object).toBe(text);
  });

  it('keeps an unreadable state unless it is forced', async () => {
    const testbed = await openTestbed();
    await putObject(
      testbed.clients,
      testbed.fixture.bucket,
      stateKey(testbed, 'dev'),
      '{"version": 4, "half',
    );
    const kept = await runWorkspaces(testbed, { command: 'delete', workspace: 'dev' });
    expect(kept).toMatchObject({ exitCode: 1, outputs: { reason_code: 'workspace_not_empty' } });
    expect(findErrors(kept)).toContain("can't tell what its state");
    const forced = await runWorkspaces(testbed, { command: 'delete', workspace: 'dev', force: 'true' });
    expect(forced.exitCode).toBe(0);
  });

  it("respects somebody else's lock, and changes nothing under it", async () => {
    const testbed = await openTestbed();
    const { clients, fixture } = testbed;
    const path = `${fixture.bucket}/${stateKey(testbed, 'dev')}`;
    await putObject(clients, fixture.bucket, stateKey(testbed, 'dev'), stateText());
    const theirs = lockInfo();
    await putItem(clients, fixture.table, path, { Info: theirs });
    for (const command of ['new', 'delete']) {
      const end = await runWorkspaces(testbed, { command, workspace: 'dev' });
      expect(end).toMatchObject({ exitCode: 1, outputs: { reason_code: 'lock_held' } });
    }
    expect(await readFacts(testbed, 'dev')).toMatchObject({ lock: theirs, object: stateText() });
  });

  it('reports bad inputs before it touches anything', async () => {
    const testbed = await openTestbed();
    for (const [inputs, word] of [
      [{}, 'command is missing'],
      [{ command: 'rename' }, 'rename'],
      [{ command: 'new' }, 'default always exists'],
      [{ command: 'delete', workspace: 'default' }, "default can't be deleted"],
      [{ command: 'new', workspace: 'a b' }, 'workspace'],
    ] as const) {
      const end = await runWorkspaces(testbed, inputs);
      expect(end).toMatchObject({ exitCode: 1, outputs: { reason_code: 'invalid_input' } });
      expect(end.log).toContain(word);
    }
    expect(testbed.calls()).toEqual([]);
  });
});
