import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarizeChanges } from '../../../src/backend/plan-vault/summarize-changes.ts';
import {
  LARGEST_RECORD,
  parsePlanRecord,
  printPlanRecord,
} from '../../../src/backend/records/plan-record.ts';
import type { PlannedChange } from '../../../src/statefile/plan-changes.ts';
import { planRecord } from '../plan-vault/records.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const change = (address: string, action: PlannedChange['action']): PlannedChange => ({
  address,
  module: '',
  action,
  deposed: undefined,
});

describe('the record of a plan', () => {
  it('parses to what was written, whatever other people put into its texts', () => {
    const hostile = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(
        hostile,
        hostile,
        fc.option(hostile, { nil: undefined }),
        fc.boolean(),
        (ref, actor, modulePath, isOfFork) => {
          const record = planRecord();
          const origin = { ...record.origin, ref, actor, modulePath, isOfFork };
          const written = {
            ...record,
            origin,
            changes: summarizeChanges([change(`a.b["${ref}"]`, 'delete')]),
          };
          expect(parsePlanRecord(bytes(printPlanRecord(written)))).toEqual({ ok: true, record: written });
        },
      ),
      { numRuns: 25 },
    );
  });

  it('names its version and its fields in a form for other tools', () => {
    expect(JSON.parse(printPlanRecord(planRecord()))).toEqual({
      schema_version: 1,
      state: { bucket: 'b', key: 'app.tfstate', workspace: 'default' },
      fingerprint: 'a'.repeat(64),
      repository: 'acme/infra',
      module_path: 'infra',
      commit: '1'.repeat(40),
      head_commit: '3'.repeat(40),
      tree: '2'.repeat(40),
      ref: 'refs/pull/7/merge',
      run: 'https://github.com/acme/infra/actions/runs/4711/attempts/1',
      actor: 'octocat',
      event: 'pull_request',
      fork: false,
      sha256: 'b'.repeat(64),
      size: 3,
      created_at: '2026-03-01T10:00:00.000Z',
      expires_at: '2026-03-08T10:00:00.000Z',
      terraform_version: '1.11.4',
      resource_changes: null,
    });
  });

  it('may have members that a later version adds', () => {
    const later = { ...JSON.parse(printPlanRecord(planRecord())), approved_by: ['x'] };
    expect(parsePlanRecord(bytes(JSON.stringify(later)))).toEqual({ ok: true, record: planRecord() });
  });

  it.each([
    ['no JSON', '{"schema_version": 1', 'not complete JSON'],
    ['a list', '[]', 'is invalid'],
    ['another version', edited({ schema_version: 2 }), 'its schema_version'],
    ['no fingerprint', edited({ fingerprint: undefined }), 'its fingerprint'],
    ['an invalid hash', edited({ sha256: 'x' }), 'its sha256'],
    ['a negative size', edited({ size: -1 }), 'its size'],
    ['an invalid time', edited({ expires_at: 'never' }), 'its expires_at'],
    ['an overlong text', edited({ actor: 'x'.repeat(3_000) }), 'its actor'],
    ['a fork flag that is not a boolean', edited({ fork: 'false' }), 'its fork'],
    ['an unknown action', edited({ resource_changes: { counts: {} } }), 'its resource_changes'],
    ['more bytes than any record has', ' '.repeat(LARGEST_RECORD), 'smaller than'],
  ])("with %s can't be used", (_, text, detail) => {
    expect(parsePlanRecord(bytes(text))).toEqual({ ok: false, detail: expect.stringContaining(detail) });
  });
});

describe('the changes in a record', () => {
  it('are all counted, with destroyed and replaced objects listed first', () => {
    const all = [
      change('a.created', 'create'),
      change('a.same', 'no-op'),
      change('a.replaced', 'replace'),
      change('a.deleted', 'delete'),
    ];
    const { counts, changes, isComplete } = summarizeChanges(all);
    expect(counts).toMatchObject({ create: 1, 'no-op': 1, replace: 1, delete: 1, update: 0 });
    expect(changes.map(({ address }) => address)).toEqual(['a.deleted', 'a.replaced', 'a.created']);
    expect(isComplete).toBe(true);
  });

  it("are marked as cut when they don't fit, and the record stays readable", () => {
    const all = Array.from({ length: 30_000 }, (_, i) =>
      change(`aws_x.y[\u0001${i}]${'"'.repeat(200)}`, 'create'),
    );
    const changes = summarizeChanges([...all, change('a.deleted', 'delete')]);
    expect(changes).toMatchObject({ isComplete: false, counts: { create: 30_000, delete: 1 } });
    expect(changes.changes[0]?.address).toBe('a.deleted');
    const text = printPlanRecord(planRecord({ changes }));
    expect(Buffer.byteLength(text)).toBeLessThan(LARGEST_RECORD);
    expect(parsePlanRecord(bytes(text))).toMatchObject({ ok: true });
  });
});

function edited(edit: Record<string, unknown>): string {
  return JSON.stringify({ ...JSON.parse(printPlanRecord(planRecord())), ...edit });
}
