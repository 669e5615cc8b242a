import { describe, expect, it } from 'vitest';
import { parseLockHolder } from '../../src/backend/records/lock-info.ts';
import { explainLocked, type LockedDetails, LockedError } from '../../src/messages/locked-text.ts';
import { makeHolder, NOW, namedScope, scope } from '../job-state/scopes.ts';
import { EVIL, expectCommandsForEachScope, expectPlain } from './support.ts';

/** The error of a lock that somebody else holds; `now` is the same in all tests. */
function lockedText(details: Partial<LockedDetails>, where = scope): string {
  const held = { reason: 'lock_held', holder: makeHolder(), waitedMs: 0, finding: undefined } as const;
  return explainLocked(new LockedError({ ...held, ...details }, where), NOW);
}

describe('the error for a lock that is held', () => {
  it('shows every field of the holder, and how to wait or free the lock', () => {
    expect(lockedText({})).toMatchInlineSnapshot(`
      "The state b/k/app.tfstate is locked by alice@laptop (OperationTypeApply) for 12m.
      To wait for it, set lock_timeout, for example lock_timeout: 30m.
      Its lock:
        ID:        eaa41826-e2ca-bf32-14f3-1feeea8a0f1a
        Path:      b/k/app.tfstate
        Operation: OperationTypeApply
        Who:       alice@laptop
        Version:   1.11.4
        Created:   2026-01-02T02:52:05Z (12m ago)
      If its holder is gone for good, free it with
        terraform force-unlock eaa41826-e2ca-bf32-14f3-1feeea8a0f1a
      or, without Terraform, with
        aws dynamodb delete-item --region eu-west-1 --table-name locks --key '{"LockID":{"S":"b/k/app.tfstate"}}' --condition-expression 'Info = :info' --expression-attribute-values '{":info":{"S":"{\\"ID\\":\\"eaa41826-e2ca-bf32-14f3-1feeea8a0f1a\\",\\"Operation\\":\\"OperationTypeApply\\",\\"Info\\":\\"\\",\\"Who\\":\\"alice@laptop\\",\\"Version\\":\\"1.11.4\\",\\"Created\\":\\"2026-01-02T02:52:05.123456789Z\\",\\"Path\\":\\"b/k/app.tfstate\\"}"}}'
      or with this workflow step
        - { uses: acme/terraform-s3-state/unlock@v1, with: { bucket: b, key: k/app.tfstate, region: eu-west-1, dynamodb_table: locks, lock_id: eaa41826-e2ca-bf32-14f3-1feeea8a0f1a } }"
    `);
  });

  it('says how long it waited, and frees the lock of a named workspace in that workspace', () => {
    const info = 'https://github.com/acme/infra/actions/runs/7/attempts/1';
    const holder = makeHolder({ info, id: "odd'1" });
    expect(
      lockedText({ reason: 'lock_timeout', holder, waitedMs: 600_000 }, namedScope),
    ).toMatchInlineSnapshot(`
      "The state b/env:/dev$1/k/app.tfstate is locked by alice@laptop (OperationTypeApply) for 12m, and was not released within 10m.
      To wait longer, set lock_timeout, for example lock_timeout: 30m.
      Its lock:
        ID:        odd'1
        Path:      b/k/app.tfstate
        Operation: OperationTypeApply
        Who:       alice@laptop
        Version:   1.11.4
        Created:   2026-01-02T02:52:05Z (12m ago)
        Info:      https://github.com/acme/infra/actions/runs/7/attempts/1
      If its holder is gone for good, free it with
        TF_WORKSPACE='dev$1' terraform force-unlock "odd'1"
      or, without Terraform (which fails while the workspace has no state), with
        aws dynamodb delete-item --region eu-west-1 --table-name locks --key '{"LockID":{"S":"b/env:/dev$1/k/app.tfstate"}}' --condition-expression 'Info = :info' --expression-attribute-values '{":info":{"S":"{\\"ID\\":\\"odd\\u00271\\",\\"Operation\\":\\"OperationTypeApply\\",\\"Info\\":\\"https://github.com/acme/infra/actions/runs/7/attempts/1\\",\\"Who\\":\\"alice@laptop\\",\\"Version\\":\\"1.11.4\\",\\"Created\\":\\"2026-01-02T02:52:05.123456789Z\\",\\"Path\\":\\"b/k/app.tfstate\\"}"}}'
      or with this workflow step
        - { uses: acme/terraform-s3-state/unlock@v1, with: { bucket: b, key: "env:/dev$1/k/app.tfstate", workspace: default, region: eu-west-1, dynamodb_table: locks, lock_id: "odd'1" } }"
    `);
  });

  it('shows the raw text, and the one command that frees such an item', () => {
    const holder = parseLockHolder('locked by hand');
    expect(lockedText({ holder })).toMatchInlineSnapshot(`
      "The state b/k/app.tfstate is locked by somebody whose lock can't be read.
      To wait for it, set lock_timeout, for example lock_timeout: 30m.
      Its lock:
        Neither this action nor Terraform can read the lock. Instead of a lock info it contains
        locked by hand
      If its holder is gone for good, free it with
        aws dynamodb delete-item --region eu-west-1 --table-name locks --key '{"LockID":{"S":"b/k/app.tfstate"}}' --condition-expression 'Info = :info' --expression-attribute-values '{":info":{"S":"locked by hand"}}'
      or with this workflow step
        - { uses: acme/terraform-s3-state/unlock@v1, with: { bucket: b, key: k/app.tfstate, region: eu-west-1, dynamodb_table: locks, force: true } }"
    `);
  });

  it('says when the lock changed hands before its holder could be read', () => {
    expect(lockedText({ holder: undefined })).toMatchInlineSnapshot(`
      "The state b/k/app.tfstate is locked by somebody else. It changed hands each time before its holder could be read.
      To wait for it, set lock_timeout, for example lock_timeout: 30m."
    `);
  });
});

it.each([
  ['lock_held', 0],
  ['lock_timeout', 1],
] as const)('%s: gives the commands for each scope that the lock can be in', (reason, waitedMs) => {
  expectCommandsForEachScope((where) => lockedText({ reason, waitedMs }, where));
});

it('does not advise stale_lock: break to a job that has it', () => {
  const proof = { endedMs: 60_000, stillMs: undefined };
  const finding = { stale: true, proof, isBreaking: true } as const;
  const words = lockedText({ reason: 'lock_timeout', waitedMs: 1, finding });
  expect(words).toContain(
    '\nIt has become provably stale: its run has ended (its job 1m ago). Run the job again to take it over, or free it with\n  terraform',
  );
  expect(words).not.toContain('break');
});

it("other people's text can't send control characters or break out of its quotes", () => {
  const holder = makeHolder({ id: EVIL, who: EVIL, info: EVIL });
  const unknown = { kind: 'run_unknown', problem: { kind: 'unreachable', detail: EVIL } } as const;
  const finding = { stale: undefined, reason: unknown, isBreaking: false } as const;
  for (const details of [{ holder }, { holder: parseLockHolder(EVIL) }, { finding }]) {
    expectPlain(lockedText(details));
  }
  const commands = lockedText({ holder });
  expect(commands).not.toContain('force-unlock');
  expect(commands).toContain('or with this workflow step');
});
