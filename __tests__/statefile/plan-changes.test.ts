import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlanReader, isDestroyed, type PlanCheck } from '../../src/statefile/plan-changes.ts';

function readInPieces(text: string, size = 64 * 1024): PlanCheck {
  const reader = createPlanReader();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) reader.write(bytes.subarray(at, at + size));
  return reader.end();
}

const change = (address: string, actions: readonly string[], more: object = {}) => ({
  address,
  mode: 'managed',
  ...more,
  change: { actions, before: { password: 'hunter2', actions: ['delete'] }, after: null },
});
const plan = (...resource_changes: unknown[]) =>
  JSON.stringify({
    format_version: '1.2',
    resource_drift: [change('aws_drift.x', ['delete'])],
    planned_values: { resource_changes: [change('aws_nested.x', ['delete'])] },
    resource_changes,
    output_changes: { o: { actions: ['delete'] } },
  });

describe('a plan as JSON', () => {
  it.each([
    [['create'], 'create', false],
    [['read'], 'read', false],
    [['update'], 'update', false],
    [['no-op'], 'no-op', false],
    [['forget'], 'forget', false],
    [['forget', 'create'], 'forget', false],
    [['delete'], 'delete', true],
    [['delete', 'create'], 'replace', true],
    [['create', 'delete'], 'replace', true],
  ])('%j is %s', (actions, action, destroys) => {
    const check = readInPieces(plan(change('module.m.a.b["k.1"]', actions, { module_address: 'module.m' })));
    const changes = [{ address: 'module.m.a.b["k.1"]', module: 'module.m', action, deposed: undefined }];
    expect(check).toMatchObject({ kind: 'plan', changes });
    expect(check.kind === 'plan' && check.changes.map(isDestroyed)).toEqual([destroys]);
  });

  it('is read the same in any chunks, and none of its values is kept', () => {
    const text = plan(change('a.b', ['update']), change('a.c', ['delete'], { deposed: '00ff' }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (size) => {
        const check = readInPieces(text, size);
        expect(check).toEqual(readInPieces(text));
        expect(JSON.stringify(check)).not.toContain('hunter2');
      }),
      { numRuns: 40 },
    );
    expect(readInPieces(text)).toMatchObject({ changes: [{ action: 'update' }, { deposed: '00ff' }] });
  });

  it('may name the version that planned', () => {
    const text = '{"format_version":"1.2","terraform_version":"1.12.0","planned_values":{}}';
    expect(readInPieces(text)).toEqual({ kind: 'plan', changes: [], terraformVersion: '1.12.0' });
  });

  it('without changes needs no resource_changes', () => {
    const nothing = { kind: 'plan', changes: [] };
    expect(readInPieces('{"format_version":"1.2","planned_values":{}}')).toEqual(nothing);
    expect(readInPieces('{"format_version":"1.2","resource_changes":null}')).toEqual(nothing);
  });

  it.each([
    ['', 'it is empty'],
    ['{"format_version":"1.2","resource_changes":[', 'it ends in the middle'],
    ['Terraform will', 'it stops being JSON at byte 0'],
    ['[]', 'its top level is not an object'],
    ['{"resource_changes":[]}', 'it has no format_version'],
    ['{"format_version":"2.0","resource_changes":[]}', 'its format_version is not 0 or 1'],
    ['{"format_version":"1.0","values":{}}', 'it is not the JSON of a plan'],
    ['{"format_version":"1.2","resource_changes":{}}', 'its resource_changes are not a list of objects'],
    ['{"format_version":"1.2","resource_changes":"x"}', 'its resource_changes are not a list of objects'],
    ['{"format_version":"1.2","resource_changes":[["a"]]}', 'its resource_changes are not a list of objects'],
    ['{"format_version":"1.2","resource_changes":["a"]}', 'its resource_changes are not a list of objects'],
    [plan({ change: { actions: ['delete'] } }), 'one of its resource_changes has no address'],
    [plan({ address: 'a.b' }), 'one of its resource_changes has unknown actions'],
    [plan(change('a.b', [])), 'one of its resource_changes has unknown actions'],
    [plan(change('a.b', ['explode'])), 'one of its resource_changes has an unknown action'],
    [plan(change('a.b', ['update', 'delete'])), 'one of its resource_changes has unknown actions'],
    [plan(change('a'.repeat(20_000), ['delete'])), 'one of its addresses is too long'],
  ])('%# is refused', (text, detail) => {
    expect(readInPieces(text)).toEqual({ kind: 'invalid', detail });
  });
});
