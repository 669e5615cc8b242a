import { describe, expect, it } from 'vitest';
import type { CurrentObject, StateErrorDetails } from '../../src/backend/state-error.ts';
import { explainStateError } from '../../src/messages/explain-state-error.ts';
import { makeHolder, NOW, scope } from '../job-state/scopes.ts';
import { EVIL, expectCommandsForEachScope, expectPlain } from './support.ts';

const EMPTY_MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
const MD5 = '0123456789abcdef0123456789abcdef';
const current: CurrentObject = {
  etag: '"e2"',
  versionId: undefined,
  lastModified: new Date(NOW),
  provenance: {
    run: 'https://github.com/acme/infra/actions/runs/9/attempts/1',
    actor: 'bob',
    lockId: 'x',
    md5: MD5,
  },
};
const text = (details: StateErrorDetails, where = scope): string => explainStateError(details, where, NOW);

describe('the lock file', () => {
  const withFile = { ...scope, useLockfile: true };

  it('in a store without conditional writes: says to use a table', () => {
    const where = { ...withFile, endpoints: { ...scope.endpoints, s3: 'http://minio:9000/' } };
    const cause = new Error('501');
    expect(text({ reason: 'no_conditional_writes', cause }, where)).toMatchInlineSnapshot(`
      "The state b/k/app.tfstate can't be locked with use_lockfile, not even by Terraform: the store at http://minio:9000/ does not support conditional writes, which a lock file needs.
      Any number of clients could hold such a lock at the same time. The action locked nothing and changed nothing.
      Lock with a DynamoDB table instead: set dynamodb_table and remove use_lockfile, here and in the backend block."
    `);
  });

  it('in a store that ignores the condition: says that it excludes nobody', () => {
    const where = { ...withFile, endpoints: { ...scope.endpoints, s3: 'http://minio:9000/' } };
    const words = text({ reason: 'no_conditional_writes', cause: undefined }, where);
    expect(words).toContain('the store at http://minio:9000/ ignores conditional writes');
  });

  it('in a store that refuses to replace a stale one: names the holder and the command that frees it', () => {
    const where = { ...withFile, endpoints: { ...scope.endpoints, s3: 'http://rgw:7480/' } };
    const words = text({ reason: 'takeover_refused', holder: makeHolder() }, where);
    expect(words.split('\n')[0]).toBe(
      "The stale lock of b/k/app.tfstate can't be taken over: the store at http://rgw:7480/ refuses every condition (If-Match) on an existing lock file.",
    );
    expect(words).toContain('alice@laptop');
    expect(words).toContain('aws s3 rm');
  });

  it.each(['file', 'item'] as const)(
    'names what stays (the %s), its id and the command that removes it',
    (stays) => {
      const info = makeHolder({ id: 'ours-1', who: 'gha@runner' }).raw ?? '';
      const details = {
        reason: 'rollback_failed',
        stays,
        freed: false,
        holder: makeHolder(),
        info,
        cause: undefined,
      } as const;
      const words = text(details, withFile);
      expect(words).toContain(`and could not remove the lock ${stays} again`);
      expect(words).toContain('ours-1');
      expect(words).toContain('alice@laptop');
      expect(words.includes('aws s3 rm')).toBe(stays === 'file');
      expect(words.includes('aws dynamodb delete-item')).toBe(stays === 'item');
    },
  );
});

describe("the stored state can't be used", () => {
  it('digest_mismatch: names both checksums and the repair', () => {
    const details = {
      reason: 'digest_mismatch',
      calculated: MD5,
      stored: EMPTY_MD5,
      announced: undefined,
      written: undefined,
    } as const;
    expect(text(details)).toMatchInlineSnapshot(`
      "s3://b/k/app.tfstate does not match its digest in table locks.
      If somebody is still writing, try again in a minute. If you are sure that the object is right:
        aws dynamodb put-item --region eu-west-1 --table-name locks --item '{"LockID":{"S":"b/k/app.tfstate-md5"},"Digest":{"S":"0123456789abcdef0123456789abcdef"}}'
      They differed for 10s. A writer died after it wrote the state and before it wrote the digest, or a client that does not use the table wrote the state.
        Calculated checksum: 0123456789abcdef0123456789abcdef
        Stored checksum:     d41d8cd98f00b204e9800998ecf8427e"
    `);
  });

  it('digest_mismatch: removes the digest to repair it when there is no object', () => {
    expect(
      text({ reason: 'digest_mismatch', calculated: '', stored: MD5, announced: MD5, written: undefined }),
    ).toMatchInlineSnapshot(`
      "s3://b/k/app.tfstate is missing or empty, but table locks has a digest for it.
      If somebody is still writing, try again in a minute. If you are sure that the object is right:
        aws dynamodb delete-item --region eu-west-1 --table-name locks --key '{"LockID":{"S":"b/k/app.tfstate-md5"}}'
      They differed for 10s. A writer died after it wrote the state and before it wrote the digest, or a client that does not use the table wrote the state.
        Calculated checksum: (no object)
        Stored checksum:     0123456789abcdef0123456789abcdef"
    `);
  });

  it.each([
    [
      'encrypted',
      '`outputs/` reads it with `encryption_passphrase`, `encryption_kms_key_id` or the variable `TF_ENCRYPTION`, if OpenTofu encrypts it with `pbkdf2` or `aws_kms`, and `aes_gcm`.',
    ],
    ['truncated', 'It is cut off: its writer was killed, or the disk was full.'],
    ['empty', 'It is empty: its writer was killed while it wrote.'],
    [
      'not_version_4',
      'The action supports only version 4 of the format (Terraform 0.12 and later, OpenTofu).',
    ],
    ['not_json', ''],
    ['malformed', ''],
  ])('state_unreadable: %s has its own fix, if there is one', (problem, fix) => {
    const details = { reason: 'state_unreadable', where: 'stored', problem, detail: 'the detail' } as const;
    const [what, words = ''] = text(details).split('\n');
    expect(what).toBe('s3://b/k/app.tfstate is not a usable Terraform state: the detail.');
    expect(words.startsWith(fix)).toBe(true);
    expect(words === '').toBe(fix === '');
  });

  it.each([
    ['encrypted', 'A step of this job wrote a file that OpenTofu would not write'],
    ['truncated', 'It is cut off: a step of this job was killed while it wrote, or the disk was full.'],
    ['empty', 'It is empty: a step of this job was killed while it wrote.'],
    ['not_version_4', 'The action pushes only version 4 of the format'],
    ['malformed', ''],
  ])(
    "state_unreadable: doesn't suggest repairing the object for the job's own file with %s",
    (problem, fix) => {
      const details = { reason: 'state_unreadable', where: 'local', problem, detail: 'the detail' } as const;
      const [what, object, words = ''] = text(details).split('\n');
      expect(what).toBe("The job's state file is not a usable Terraform state: the detail.");
      expect(object).toBe('It was not pushed: s3://b/k/app.tfstate has not changed and needs no repair.');
      expect(words.startsWith(fix)).toBe(true);
      expect(words === '').toBe(fix === '');
      expect(words).not.toMatch(/object|Upgrade/);
    },
  );
});

describe('the state has changed', () => {
  it('fingerprint_mismatch: names both fingerprints and who moved it', () => {
    const details = { reason: 'fingerprint_mismatch', expected: 'l/1/a', actual: 'l/2/b', current } as const;
    expect(text(details)).toMatchInlineSnapshot(`
      "The state s3://b/k/app.tfstate has changed since the plan was made; nothing was applied.
      Plan again on the state as it is now.
      The state was last written at 2026-01-02T03:04:05Z by bob in https://github.com/acme/infra/actions/runs/9/attempts/1.
        expected (expect_fingerprint): l/1/a
        now:                           l/2/b"
    `);
  });

  it('serial_mismatch, lineage_mismatch: name both, and who wrote the state', () => {
    expect(text({ reason: 'serial_mismatch', expected: 7n, actual: 9n, current })).toMatchInlineSnapshot(`
      "The state s3://b/k/app.tfstate has serial 9, but expect_serial demands 7; nothing was applied.
      Plan again on the state as it is now.
      The state was last written at 2026-01-02T03:04:05Z by bob in https://github.com/acme/infra/actions/runs/9/attempts/1."
    `);
    expect(
      text({ reason: 'lineage_mismatch', expected: 'l-1', actual: 'l-2', current }),
    ).toMatchInlineSnapshot(`
      "The state s3://b/k/app.tfstate is not the one that expect_lineage demands; nothing was applied.
      Check bucket, key and workspace. If somebody recreated the state, plan again.
      The state was last written at 2026-01-02T03:04:05Z by bob in https://github.com/acme/infra/actions/runs/9/attempts/1.
        expected (expect_lineage): l-1
        now:                       l-2"
    `);
    const none = { actual: undefined, current: undefined };
    expect(text({ reason: 'serial_mismatch', expected: 7n, ...none })).toMatch(
      /^There is no state at s3:\/\/b\/k\/app.tfstate, but expect_serial demands serial 7; /,
    );
    expect(text({ reason: 'lineage_mismatch', expected: 'l-1', ...none })).toContain('(no state)');
  });

  it('workspace_missing: names the workspace and how to create it', () => {
    const words = text({ reason: 'workspace_missing', workspace: 'prdo' });
    expect(words).toMatch(
      /^There is no workspace prdo \(s3:[^)]+\), and create_workspace: false forbids creating it/,
    );
    expect(words).toContain('terraform workspace new');
  });

  it('state_missing: says what an apply would do', () => {
    expect(text({ reason: 'state_missing' })).toMatchInlineSnapshot(`
      "There is no state at s3://b/k/app.tfstate, but require_existing_state demands one; nothing was applied.
      An apply would create everything again. Check bucket, key and workspace, or restore the state.
      For the first job of a new state, leave require_existing_state out."
    `);
  });

  it('destroy_forbidden: names the resources, or the first of many', () => {
    const changes = [
      { address: 'aws_db_instance.main', module: '', action: 'replace', deposed: undefined },
      { address: 'module.m.a.b["k"]', module: 'module.m', action: 'delete', deposed: '00ff' },
    ] as const;
    expect(text({ reason: 'destroy_forbidden', changes })).toMatchInlineSnapshot(`
      "The plan for s3://b/k/app.tfstate destroys 2 resources that forbid_destroy protects; nothing was applied.
      If you mean to destroy them, name each in allow_destroy by its address or a glob. Otherwise change the configuration and plan again.
        aws_db_instance.main (replaced)
        module.m.a.b["k"] (destroyed, its deposed object 00ff)"
    `);
    const many = Array.from({ length: 60 }, (_, i) => ({ ...changes[0], address: `a.b[${i}]` }));
    expect(text({ reason: 'destroy_forbidden', changes: many })).toContain('\n  and 10 more');
  });

  it('state_conflict: names who changed it, if that is known', () => {
    const details = { reason: 'state_conflict', expectedEtag: '"e1"', current } as const;
    expect(text(details)).toMatchInlineSnapshot(`
      "The state s3://b/k/app.tfstate changed while this job held it, so nothing was pushed over it.
      The state was last written at 2026-01-02T03:04:05Z by bob in https://github.com/acme/infra/actions/runs/9/attempts/1."
    `);
    const unknown = { etag: undefined, versionId: undefined, lastModified: undefined, provenance: undefined };
    expect(text({ ...details, expectedEtag: undefined, current: unknown })).toMatchInlineSnapshot(`
      "The state s3://b/k/app.tfstate changed while this job held it, so nothing was pushed over it.
      The state was last written at an unknown time by a client that leaves no name (Terraform or OpenTofu without this action, or the console)."
    `);
    expect(text({ ...details, current: undefined })).toContain('There is no state now.');
  });
});

describe("post couldn't finish", () => {
  it('push_refused: names the rule', () => {
    expect(text({ reason: 'push_refused', refusal: { kind: 'serial_older', before: 5n, after: 4n } })).toBe(
      "The state of this job was not pushed to s3://b/k/app.tfstate: the job's state has serial 4, but the pulled one has the newer serial 5.",
    );
  });

  it('changed_without_lock: names the state, and what the job should have set', () => {
    expect(text({ reason: 'changed_without_lock' })).toMatchInlineSnapshot(`
      "This job's Terraform changed the state s3://b/k/app.tfstate, which this job doesn't hold: lock: none pushes nothing.
      A job that applies must hold the state (lock: hold). If its changes may be thrown away, as in a rehearsal, set push: never."
    `);
  });

  it('digest_not_written: gives both MD5s and the repair', () => {
    const details = {
      reason: 'digest_not_written',
      calculated: MD5,
      stored: undefined,
      cause: undefined,
    } as const;
    expect(text(details)).toMatchInlineSnapshot(`
      "The state was pushed to s3://b/k/app.tfstate, but its digest could not be written to table locks.
      Until it is written, everybody who reads this state gets a checksum error.
      Repair it with
        aws dynamodb put-item --region eu-west-1 --table-name locks --item '{"LockID":{"S":"b/k/app.tfstate-md5"},"Digest":{"S":"0123456789abcdef0123456789abcdef"}}'
      The checksums:
        MD5 of the pushed state:      0123456789abcdef0123456789abcdef
        MD5 in the table at the pull: (none)"
    `);
  });

  it('release_failed: shows our own lock and how to free it', () => {
    const info = makeHolder().raw ?? '';
    expect(text({ reason: 'release_failed', info, cause: undefined })).toMatchInlineSnapshot(`
      "The lock of b/k/app.tfstate could not be released. It is still held by this job.
      Free it with
        terraform force-unlock eaa41826-e2ca-bf32-14f3-1feeea8a0f1a
      or, without Terraform, with
        aws dynamodb delete-item --region eu-west-1 --table-name locks --key '{"LockID":{"S":"b/k/app.tfstate"}}' --condition-expression 'Info = :info' --expression-attribute-values '{":info":{"S":"{\\"ID\\":\\"eaa41826-e2ca-bf32-14f3-1feeea8a0f1a\\",\\"Operation\\":\\"OperationTypeApply\\",\\"Info\\":\\"\\",\\"Who\\":\\"alice@laptop\\",\\"Version\\":\\"1.11.4\\",\\"Created\\":\\"2026-01-02T02:52:05.123456789Z\\",\\"Path\\":\\"b/k/app.tfstate\\"}"}}'
      or with this workflow step
        - { uses: acme/terraform-s3-state/unlock@v1, with: { bucket: b, key: k/app.tfstate, region: eu-west-1, dynamodb_table: locks, lock_id: eaa41826-e2ca-bf32-14f3-1feeea8a0f1a } }
      The lock:
        ID:        eaa41826-e2ca-bf32-14f3-1feeea8a0f1a
        Path:      b/k/app.tfstate
        Operation: OperationTypeApply
        Who:       alice@laptop
        Version:   1.11.4
        Created:   2026-01-02T02:52:05Z (12m ago)"
    `);
  });
});

const info = makeHolder().raw ?? '';
it.each(['release_failed', 'release_unsure'] as const)(
  '%s: gives the commands for each scope that the lock can be in',
  (reason) => {
    expectCommandsForEachScope((where) => text({ reason, info, cause: undefined }, where));
  },
);

it.each([
  ['file', 'item', 'held=\\$\\(aws s3 cp', /delete-item/],
  ['item', 'file', 'aws dynamodb delete-item', /aws s3/],
] as const)(
  'rollback_failed: names both holders, and frees the lock %s alone',
  (stays, other, command, not) => {
    const info = makeHolder({ who: 'runner@us', id: 'ours' }).raw ?? '';
    const details: StateErrorDetails = {
      reason: 'rollback_failed',
      stays,
      freed: false,
      holder: makeHolder(),
      info,
      cause: undefined,
    };
    const words = text(details, { ...scope, useLockfile: true });
    const [ours, theirs] = words.split(`\nThe lock ${other} is held by\n`);
    expect(theirs).toMatch(/alice@laptop/);
    expect(ours).toMatch(new RegExp(`still there\\.\nRemove it with\n {2}${command} `));
    expect(ours).toMatch(
      /\nor with this workflow step\n.*lock_id: ours \} \}\nThe lock \w+:\n[\s\S]*runner@us/,
    );
    expect(words).not.toMatch(not);
  },
);

it('rollback_failed: does not mention a lock file that was finally freed', () => {
  const info = makeHolder({ id: 'ours' }).raw ?? '';
  const details = { stays: 'file', freed: true, holder: makeHolder(), info, cause: undefined } as const;
  const words = text({ reason: 'rollback_failed', ...details }, { ...scope, useLockfile: true });
  expect(words).toMatch(
    /this job holds nothing\.\nRun the job again when the holder of the lock item is done/,
  );
  expect(words).toMatch(/\nThe lock item is held by\n[\s\S]*alice@laptop/);
  expect(words).not.toMatch(/still there|Remove it|ours|aws /);
});

it("other people's text can't send control characters or break out of its quotes", () => {
  const evil = EVIL;
  const holder = makeHolder({ id: evil, who: evil, info: evil });
  const provenance = { run: evil, actor: evil, lockId: evil, md5: evil };
  const faults: StateErrorDetails[] = [
    { reason: 'lock_lost', holder, write: 'not_sent' },
    { reason: 'lock_lost', holder, write: 'checkpoint_only' },
    { reason: 'lock_lost', holder, write: 'in_doubt' },
    { reason: 'lock_lost', holder, write: 'stored' },
    { reason: 'push_in_doubt', holder },
    { reason: 'state_conflict', expectedEtag: undefined, current: { ...current, provenance } },
    { reason: 'fingerprint_mismatch', expected: evil, actual: evil, current },
    { reason: 'lineage_mismatch', expected: evil, actual: evil, current },
    {
      reason: 'destroy_forbidden',
      changes: [{ address: evil, module: evil, action: 'delete', deposed: evil }],
    },
    { reason: 'state_unreadable', where: 'stored', problem: 'malformed', detail: evil },
    { reason: 'push_refused', refusal: { kind: 'lineage_differs', before: evil, after: evil } },
    { reason: 'push_refused', refusal: { kind: 'still_written', path: evil } },
  ];
  for (const details of faults) expectPlain(text(details));
});
