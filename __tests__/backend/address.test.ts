import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locationProblems, type StateLocation, stateAddress } from '../../src/backend/address.ts';

const location: StateLocation = {
  bucket: 'b',
  key: 'k/app.tfstate',
  workspace: 'default',
  workspaceKeyPrefix: 'env:',
};
const objectKey = (change: Partial<StateLocation>) => stateAddress({ ...location, ...change }).objectKey;
const problems = (change: Partial<StateLocation>) => locationProblems({ ...location, ...change });
const settings = (change: Partial<StateLocation>) => problems(change).map(({ setting }) => setting);

describe('the names of everything that belongs to one state', () => {
  it('consist of the key itself, its lock and its digest', () => {
    expect(stateAddress(location)).toEqual({
      bucket: 'b',
      workspace: 'default',
      objectKey: 'k/app.tfstate',
      lockPath: 'b/k/app.tfstate',
      lockFileKey: 'k/app.tfstate.tflock',
      digestPath: 'b/k/app.tfstate-md5',
    });
  });

  it('join prefix, workspace and key', () => {
    expect(stateAddress({ ...location, workspace: 'dev' })).toEqual({
      bucket: 'b',
      workspace: 'dev',
      objectKey: 'env:/dev/k/app.tfstate',
      lockPath: 'b/env:/dev/k/app.tfstate',
      lockFileKey: 'env:/dev/k/app.tfstate.tflock',
      digestPath: 'b/env:/dev/k/app.tfstate-md5',
    });
    expect(objectKey({ workspace: 'dev', workspaceKeyPrefix: 'a/b' })).toBe('a/b/dev/k/app.tfstate');
  });

  it('put the workspace first', () => {
    expect(objectKey({ workspace: 'dev', workspaceKeyPrefix: '' })).toBe('dev/k/app.tfstate');
  });

  it("keep the default workspace's key verbatim, never cleaned", () => {
    expect(objectKey({ key: 'a/../b' })).toBe('a/../b');
    expect(problems({ key: 'a/../b' })).toEqual([]);
  });
});

describe("a location that can't be used", () => {
  it.each(['/k', 'k/', '/'])('key %j is refused: it starts or ends with a slash', (key) =>
    expect(settings({ key })).toContain('key'),
  );

  it('is refused, as in Terraform', () => expect(settings({ key: 'a//b' })).toEqual(['key']));

  it.each(['/x', 'x/', '/'])('prefix %j is refused', (workspaceKeyPrefix) => {
    expect(settings({ workspaceKeyPrefix })).toEqual(['workspace_key_prefix']);
  });

  it.each(['.', '..'])('workspace %j is refused: Terraform would use the default state', (workspace) => {
    expect(settings({ workspace })).toEqual(['workspace']);
  });

  it.each(['a:b', 'a@b+c=d', 'a~b', '...', '.a', 'A-Z_0.9', '$&'])(
    'workspace %s is accepted',
    (workspace) => {
      expect(problems({ workspace })).toEqual([]);
    },
  );

  it.each(['', 'a b', 'a/b', 'é', 'a%20b', "a'b", 'a*b', 'a\n'])('workspace %j is refused', (workspace) => {
    expect(settings({ workspace })).toEqual(['workspace']);
  });

  it.each(['k-md5', 'k/app.tfstate.tflock'])(
    'key %s is refused in every workspace: it collides with a digest path',
    (key) => {
      expect(settings({ key })).toEqual(['key']);
      expect(settings({ key, workspace: 'dev' })).toEqual(['key']);
    },
  );

  it.each([
    ['a/../b', 'b'],
    ['./b', 'b'],
    ['a/./b', 'a/b'],
  ])(
    'key %s of a named workspace is refused: Terraform would clean it, so the error gives the clean form',
    (key, clean) => {
      expect(problems({ key, workspace: 'dev' })).toMatchObject([{ setting: 'key', value: key }]);
      expect(problems({ key, workspace: 'dev' })[0]?.fix).toContain(`"${clean}"`);
      expect(problems({ key })).toEqual([]);
    },
  );

  it.each(['.', '..', '../b', '../../b', 'a/..'])(
    'key %s of a named workspace is refused: it leads out of the workspace, so no clean form exists',
    (key) => {
      expect(settings({ key, workspace: 'dev' })).toEqual(['key']);
    },
  );

  it.each(['.', 'a/./b', 'a//b', './a', 'a/..'])(
    'prefix %s of a named workspace is refused: Terraform would clean it',
    (prefix) => {
      expect(settings({ workspaceKeyPrefix: prefix, workspace: 'dev' })).toEqual(['workspace_key_prefix']);
      expect(problems({ workspaceKeyPrefix: prefix })).toEqual([]);
    },
  );

  it("an object key of more than 1024 bytes is refused; characters don't count", () => {
    expect(problems({ key: 'é'.repeat(512) })).toEqual([]);
    expect(settings({ key: 'é'.repeat(513) })).toEqual(['key']);
    expect(settings({ key: 'k'.repeat(1020), workspace: 'dev' })).toEqual(['key']);
  });

  it.each([
    [{ key: 'app.tfstate.plans/1-1' }, 'key'],
    [{ key: 'a/app.tfstate.plans/1-1-network.json' }, 'key'],
    [{ key: 'app.plans/1-1', workspace: 'dev' }, 'key'],
    [{ key: '1-1', workspace: 'app.plans', workspaceKeyPrefix: '' }, 'workspace'],
  ])("%j is refused: the state could be mistaken for another state's plan", (change, setting) => {
    expect(problems(change)).toMatchObject([{ setting, fix: expect.stringContaining('.plans/') }]);
  });

  it('refuses a key that is a ticket in the queue of another state, and no other in such a folder', () => {
    expect(problems({ key: 'app.tfstate.queue/1795800001-1a2b3c4d' })).toMatchObject([
      { setting: 'key', fix: expect.stringContaining('a ticket for the lock of another state') },
    ]);
    expect(problems({ key: 'app.queue/app.tfstate' })).toEqual([]);
  });

  it.each([
    { key: 'app.plans' },
    { key: '.plans/1-1' },
    { key: 'app.plans/network.tfstate' },
    { key: 'app.plans/1-1/app.tfstate' },
    { key: 'app.tfstate', workspace: 'app.plans' },
  ])('%j is accepted: no plan is ever stored there', (change) => {
    expect(problems(change)).toEqual([]);
  });

  it('all problems are reported, not only the first', () => {
    const all = settings({ key: '/a//b-md5', workspace: 'a b', workspaceKeyPrefix: '/x' });
    expect(all).toEqual(['workspace', 'key', 'key', 'key', 'workspace_key_prefix']);
  });
});

describe("an accepted location's path", () => {
  const part = fc.constantFrom('a', 'b.c', '.', '..', '...', 'env:', 'x-y', '');
  const path = fc.array(part, { maxLength: 4 }).map((parts) => parts.join('/'));
  const named = fc.record<StateLocation>({
    bucket: fc.constant('b'),
    key: path.filter((key) => key !== ''),
    workspace: fc.constantFrom('dev', 'a.b', 'a..b', '...'),
    workspaceKeyPrefix: path,
  });

  it("equals Go's path.Join of prefix, workspace and key", () => {
    fc.assert(
      fc.property(named, (given) => {
        fc.pre(locationProblems(given).length === 0);
        const { workspaceKeyPrefix, workspace, key } = given;
        expect(stateAddress(given).objectKey).toBe(goPathJoin(workspaceKeyPrefix, workspace, key));
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps prefix, workspace and key intact, so Terraform finds it when it lists workspaces', () => {
    fc.assert(
      fc.property(named, (given) => {
        fc.pre(locationProblems(given).length === 0);
        const { workspaceKeyPrefix, workspace, key } = given;
        const parts = [workspaceKeyPrefix, workspace, key].filter((text) => text !== '');
        expect(stateAddress(given).objectKey).toBe(parts.join('/'));
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Go's path.Join, implemented from its documentation: drop empty parts, join, then clean lexically. */
function goPathJoin(...parts: string[]): string {
  const joined = parts.filter((part) => part !== '').join('/');
  const rooted = joined.startsWith('/');
  const kept: string[] = [];
  for (const part of joined.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!rooted) kept.push('..');
  }
  return `${rooted ? '/' : ''}${kept.join('/')}` || '.';
}
