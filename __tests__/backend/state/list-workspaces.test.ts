import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectWorkspaces, type ListAfter } from '../../../src/backend/state/list-workspaces.ts';

const byBytes = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** A bucket with these objects and pages of `page` keys; `requests` counts the requests. */
function fakeBucket(objects: readonly string[], prefix: string, page: number) {
  const sorted = [...new Set(objects)].filter((key) => key.startsWith(prefix)).sort(byBytes);
  const counted = { requests: 0 };
  const list: ListAfter = async (after) => {
    counted.requests += 1;
    const rest = after === undefined ? sorted : sorted.filter((key) => byBytes(key, after) > 0);
    return { keys: rest.slice(0, page), isLast: rest.length <= page };
  };
  return { list, counted };
}

/** The workspaces as Terraform finds them: by looking at every object. */
function byTerraform(objects: readonly string[], prefix: string, key: string): string[] {
  const names = objects.flatMap((object) => {
    if (!object.startsWith(prefix)) return [];
    const [name = '', ...rest] = object.slice(prefix.length).split('/');
    return name !== '' && rest.length > 0 && rest.join('/') === key ? [name] : [];
  });
  const others = [...new Set(names)].filter((name) => name !== 'default');
  return ['default', ...others.sort(byBytes)];
}

describe('the workspaces of a state', () => {
  it('are those that Terraform finds, whatever else is in the bucket and whatever the page size', async () => {
    const segment = fc.string({
      unit: fc.constantFrom('a', 'b', '0', '.', '/', '~', 'é', '😀'),
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('env:/', 'a/b/', ''),
        fc.constantFrom('k', 'a/b.tfstate', 'a/é', 'b/0'),
        fc.array(fc.tuple(segment, fc.boolean()), { maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        async (prefix, key, parts, page) => {
          const objects = parts.map(([part, isState]) => `${prefix}${part}${isState ? `/${key}` : ''}`);
          const { list } = fakeBucket(objects, prefix, page);
          expect(await collectWorkspaces(list, prefix, key)).toEqual(byTerraform(objects, prefix, key));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('cost two requests more when 10,000 other objects lie among the states', async () => {
    const others = Array.from({ length: 10_000 }, (_, i) => `env:/dev/modules/${i}/main.tf`);
    const objects = [...others, 'env:/dev/app.tfstate', 'env:/prod/app.tfstate'];
    const { list, counted } = fakeBucket(objects, 'env:/', 1_000);
    expect(await collectWorkspaces(list, 'env:/', 'app.tfstate')).toEqual(['default', 'dev', 'prod']);
    expect(counted.requests).toBeLessThanOrEqual(2);
  });

  it('cost fewer than 20 requests per 1,000 workspaces, even with lock files and rescue copies', async () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `w${String(i).padStart(4, '0')}`);
    const objects = names.flatMap((name) => [
      `env:/${name}/app.tfstate`,
      `env:/${name}/app.tfstate.tflock`,
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((run) => `env:/${name}/app.tfstate.rescue/${run}-1`),
    ]);
    const { list, counted } = fakeBucket(objects, 'env:/', 1_000);
    expect(await collectWorkspaces(list, 'env:/', 'app.tfstate')).toEqual(['default', ...names]);
    expect(counted.requests).toBeLessThan(20);
  });

  it('end when a store returns the same objects again', async () => {
    let requests = 0;
    const list: ListAfter = async () => {
      requests += 1;
      return { keys: ['env:/dev/app.tfstate'], isLast: false };
    };
    expect(await collectWorkspaces(list, 'env:/', 'app.tfstate')).toContain('dev');
    expect(requests).toBeLessThan(5);
  });
});
