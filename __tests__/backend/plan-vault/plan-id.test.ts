import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stateAddress } from '../../../src/backend/address.ts';
import {
  isPlanId,
  isPlanName,
  makePlanId,
  planKey,
  planRecordKey,
} from '../../../src/backend/plan-vault/plan-id.ts';

const names = fc.option(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), { nil: undefined });
const ids = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 12n }), fc.integer({ min: 1, max: 999 }), names)
  .map(([run, attempt, name]) => makePlanId(String(run), String(attempt), name));

describe('the id of a plan', () => {
  it('is known before the plan: it consists of run, attempt and the name, if there is one', () => {
    expect(makePlanId('4711', '2', undefined)).toBe('4711-2');
    expect(makePlanId('4711', '2', 'network')).toBe('4711-2-network');
  });

  it('is accepted back whatever the name, and never names a folder or a record', () => {
    fc.assert(fc.property(ids, (id) => isPlanId(id) && !/[./]/.test(id)));
  });

  it.each([
    '',
    '4711',
    '4711-',
    '../4711-1',
    '4711-1.json',
    '4711-1-',
    '4711-1-a/b',
    '4711-1-a b',
    'x-1',
    '4711-1\n',
  ])('%j is not a plan id', (text) => {
    expect(isPlanId(text)).toBe(false);
  });

  it.each(['', 'a.b', 'a/b', 'a b', 'é', 'a'.repeat(65)])("a plan can't be named %j", (name) => {
    expect(isPlanName(name)).toBe(false);
  });
});

describe('the location of a plan', () => {
  const address = stateAddress({
    bucket: 'b',
    key: 'app.tfstate',
    workspace: 'dev',
    workspaceKeyPrefix: 'env:',
  });

  it('is beside its state, with its record beside it', () => {
    expect(planKey(address, '1-1')).toBe('env:/dev/app.tfstate.plans/1-1');
    expect(planRecordKey(address, '1-1')).toBe('env:/dev/app.tfstate.plans/1-1.json');
  });

  it('is never that of another plan or record', () => {
    fc.assert(
      fc.property(ids, ids, (one, other) => {
        fc.pre(one !== other);
        const paths = [one, other].flatMap((id) => [planKey(address, id), planRecordKey(address, id)]);
        expect(new Set(paths).size).toBe(4);
      }),
    );
  });

  it("is not listed as a workspace by the S3 backend's rule", () => {
    const location = fc.record({
      key: fc.constantFrom('app.tfstate', 'a/app.tfstate', 'env:/x/app.tfstate', 'plans', 'x.plans/a/b'),
      workspace: fc.constantFrom('default', 'dev', 'x.plans'),
      workspaceKeyPrefix: fc.constantFrom('env:', 'a/b', ''),
    });
    fc.assert(
      fc.property(location, location, ids, (ofPlan, ofReader, id) => {
        const planned = stateAddress({ bucket: 'b', ...ofPlan });
        for (const key of [planKey(planned, id), planRecordKey(planned, id)]) {
          expect(listedWorkspace(key, ofReader.workspaceKeyPrefix, ofReader.key)).toBeUndefined();
        }
      }),
    );
  });
});

/**
 * The workspace that `terraform workspace list` derives from an object: what lies between the prefix and exactly
 * the key.
 */
function listedWorkspace(object: string, prefix: string, key: string): string | undefined {
  const folder = prefix === '' ? '' : `${prefix}/`;
  if (!object.startsWith(folder)) return undefined;
  const [workspace, ...rest] = object.slice(folder.length).split('/');
  return rest.join('/') === key ? workspace : undefined;
}
