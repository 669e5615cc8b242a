import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseLockHolder } from '../../src/backend/records/lock-info.ts';
import type { StateScope } from '../../src/backend/state-error.ts';
import { waysToFree, waysToFreeLock } from '../../src/messages/free-lines.ts';
import { customScope, makeHolder, namedScope, scope } from '../job-state/scopes.ts';

const ID = 'eaa41826-e2ca-bf32-14f3-1feeea8a0f1a';
const file: StateScope = { ...scope, table: undefined, useLockfile: true };
const both: StateScope = { ...scope, useLockfile: true };

/** The lines, with only the beginning of each command. */
function outline(lines: readonly string[]): string[] {
  return lines.map((line) => /^ {2}(?:\S+ ){3}/.exec(line)?.[0].trim() ?? line);
}

/** The inputs of the printed step, parsed as a workflow's YAML. */
function stepIn(lines: readonly string[]): unknown {
  const [step, ...others] = lines.filter((line) => line.startsWith('  - '));
  expect(others).toEqual([]);
  return step === undefined ? undefined : parse(step)[0];
}

describe('the ways to free a lock', () => {
  const aws = ['aws dynamodb delete-item', 'held=$(aws s3 cp'];
  const lead = 'or, without Terraform, with';

  it.each([
    ['in the table', scope, [lead, aws[0]], { dynamodb_table: 'locks' }],
    ['in the lock file', file, [lead, aws[1]], { use_lockfile: true }],
    [
      'in both stores, each with its command in the order in which Terraform frees them',
      both,
      [`${lead} both of`, aws[1], aws[0]],
      { dynamodb_table: 'locks', use_lockfile: true },
    ],
  ])('%s', (_, where, commands, inputs) => {
    const lines = waysToFree(where, makeHolder());
    expect(outline(lines)).toEqual([
      ...['terraform force-unlock eaa41826-e2ca-bf32-14f3-1feeea8a0f1a', ...commands].map((line) =>
        expect.stringContaining(line ?? ''),
      ),
      'or with this workflow step',
      '- { uses:',
    ]);
    expect(stepIn(lines)).toEqual({
      uses: 'acme/terraform-s3-state/unlock@v1',
      with: { bucket: 'b', key: 'k/app.tfstate', region: 'eu-west-1', ...inputs, lock_id: ID },
    });
  });

  it('name the state of a named workspace by its whole key', () => {
    const where = { key: 'env:/dev$1/k/app.tfstate', workspace: 'default' };
    expect(stepIn(waysToFree(namedScope, makeHolder()))).toMatchObject({ with: where });
  });

  it("use the job's endpoints", () => {
    const dynamodb_endpoint = 'http://ddb/?a&b';
    const endpoint = 'http://minio:9000/';
    expect(stepIn(waysToFree(customScope, makeHolder()))).toMatchObject({ with: { dynamodb_endpoint } });
    const inputs = { dynamodb_endpoint, endpoint, use_path_style: true };
    const step = stepIn(waysToFree({ ...customScope, useLockfile: true }, makeHolder()));
    expect(step).toMatchObject({ with: inputs });
  });

  it("pass the customer key, without which the lock file can't be read", () => {
    const key = { encrypt: true, sse_customer_key: `$${'{{'} secrets.AWS_SSE_CUSTOMER_KEY }}` };
    const step = (where: StateScope) =>
      stepIn(waysToFree({ ...where, underCustomerKey: true }, makeHolder()));
    for (const where of [file, both]) expect(step(where)).toMatchObject({ with: key });
    expect(step(scope)).not.toMatchObject({ with: { encrypt: true } });
  });

  it("suggest force when the lock is unreadable, and no command when it can't be quoted", () => {
    const unreadable = waysToFree(both, parseLockHolder('by hand'));
    expect(unreadable.join('\n')).not.toContain('force-unlock');
    expect(stepIn(unreadable)).toMatchObject({ with: { force: true } });
    const huge = waysToFree(both, parseLockHolder('x'.repeat(5_000)));
    expect(outline(huge)).toEqual(['- { uses:']);
  });

  it('pass an id with any characters unchanged, but no workflow expression in it', () => {
    const id = `1e5: {x}, "'#\u001b\u2028é`;
    expect(stepIn(waysToFree(scope, makeHolder({ id })))).toMatchObject({ with: { lock_id: id } });
    const evil = waysToFree(scope, makeHolder({ id: `$${'{{'} secrets.KEY }}` }));
    expect(stepIn(evil)).toBeUndefined();
  });

  it('cover only one store when the other is free or somebody else holds it', () => {
    const ofFile = waysToFreeLock(both, 'file', makeHolder());
    const ofItem = waysToFreeLock(both, 'item', makeHolder());
    expect(ofFile.join('\n')).not.toMatch(/dynamodb|force-unlock/);
    expect(ofItem.join('\n')).not.toMatch(/s3 rm|use_lockfile|force-unlock/);
  });
});
