import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatCreated,
  type LockInfo,
  newLockId,
  parseLockHolder,
  serializeLockInfo,
} from '../../../src/backend/records/lock-info.ts';

const lock: LockInfo = {
  id: 'eaa41826-e2ca-bf32-14f3-1feeea8a0f1a',
  operation: 'OperationTypeApply',
  info: '',
  who: 'root@vm',
  version: '1.11.4',
  created: '2026-11-22T23:48:15.546865344Z',
  path: 'tfstate-bkt/path/to/app.tfstate',
};

/** As the real terraform 1.11.4 stored it (docs/protocol.md#lock-item). */
const CAPTURED =
  '{"ID":"eaa41826-e2ca-bf32-14f3-1feeea8a0f1a","Operation":"OperationTypeApply","Info":"","Who":"root@vm",' +
  '"Version":"1.11.4","Created":"2026-11-22T23:48:15.546865344Z","Path":"tfstate-bkt/path/to/app.tfstate"}';

const stored = (fields: Record<string, unknown>) => parseLockHolder(JSON.stringify(fields)).info;

describe('the lock info that we write', () => {
  it('equals the bytes that terraform stored', () => {
    expect(serializeLockInfo(lock)).toBe(CAPTURED);
  });

  it("has seven fields in Go's order, no spaces, and Go's escapes", () => {
    const awkward = {
      ...lock,
      who: 'a&b@<h>',
      info: 'x\u2028y\u2029z "q" \\ \b\f\n\u0001',
      path: 'é/\u007f',
    };
    expect(serializeLockInfo(awkward)).toBe(
      `{"ID":"${lock.id}","Operation":"OperationTypeApply",` +
        '"Info":"x\\u2028y\\u2029z \\"q\\" \\\\ \\b\\f\\n\\u0001","Who":"a\\u0026b@\\u003ch\\u003e",' +
        '"Version":"1.11.4","Created":"2026-11-22T23:48:15.546865344Z","Path":"é/\u007f"}',
    );
  });

  it.each([
    [120, '2026-01-02T03:04:05.12Z'],
    [0, '2026-01-02T03:04:05Z'],
    [100, '2026-01-02T03:04:05.1Z'],
    [1, '2026-01-02T03:04:05.001Z'],
    [999, '2026-01-02T03:04:05.999Z'],
  ])('ends a time of %d ms in %s', (milliseconds, created) => {
    expect(formatCreated(Date.UTC(2026, 0, 2, 3, 4, 5, milliseconds))).toBe(created);
  });

  it.each([
    [Date.UTC(2020, 0, 1), '2020-01-01T00:00:00Z'],
    [Date.UTC(2000, 9, 10, 10, 10, 10), '2000-10-10T10:10:10Z'],
  ])('keeps zeros within the time', (milliseconds, created) => {
    expect(formatCreated(milliseconds)).toBe(created);
  });

  it('gives the same moment, in UTC, never with a trailing zero', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 0) }), (milliseconds) => {
        const created = formatCreated(milliseconds);
        expect(Date.parse(created)).toBe(milliseconds);
        expect(created).toMatch(/T\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/);
      }),
    );
  });

  it("has a new id each time, in Terraform's form", () => {
    const ids = Array.from({ length: 100 }, newLockId);
    expect(new Set(ids).size).toBe(100);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  });

  it('parses to what was written, whatever the texts are', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, text, (id, info, who) => {
        const odd = { ...lock, id, info, who };
        expect(parseLockHolder(serializeLockInfo(odd)).info).toEqual(odd);
      }),
    );
    expect(stored({ ID: 'gha-1/2#x' })?.id).toBe('gha-1/2#x');
  });
});

describe('a lock info that somebody else wrote', () => {
  it('keeps the nanoseconds and the raw text', () => {
    expect(parseLockHolder(CAPTURED)).toMatchObject({ raw: CAPTURED, info: lock });
  });

  it('may have unknown fields and field names in any case', () => {
    expect(stored({ id: 'a', OPERATION: 'plan', wHo: 'me', Expires: 5 })).toMatchObject({
      id: 'a',
      operation: 'plan',
      who: 'me',
    });
    expect(parseLockHolder('{"ID":"first","id":"last"}').info?.id).toBe('last');
  });

  it("may lack fields or contain null, which become Go's zero values", () => {
    const empty = { id: '', operation: '', info: '', who: '', version: '', path: '' };
    expect(stored({})).toEqual({ ...empty, created: '0001-01-01T00:00:00Z' });
    expect(stored({ ID: null, Info: null, Created: null })).toEqual({
      ...empty,
      created: '0001-01-01T00:00:00Z',
    });
  });

  it('may give a time with an offset', () => {
    expect(stored({ Created: '2026-01-02T03:04:05.5+01:00' })?.created).toBe('2026-01-02T03:04:05.5+01:00');
  });

  it.each([
    ['no Info at all', undefined],
    ['an empty Info', ''],
    ['not JSON', 'locked by hand'],
    ['cut off', CAPTURED.slice(0, -5)],
    ['an array', '[]'],
    ['a number', '7'],
    ['an empty date', '{"Created":""}'],
    ['a bad date', '{"Created":"yesterday"}'],
    ['a month 13', '{"Created":"2026-13-01T00:00:00Z"}'],
    ['a date without a time', '{"Created":"2026-01-02"}'],
    ['a field of another type', '{"ID":5}'],
    ['a date of another type', '{"Created":5}'],
  ])('is unreadable when it is %s, and keeps its raw text', (_, raw) => {
    expect(parseLockHolder(raw)).toMatchObject({ raw, id: undefined, info: undefined });
  });
});
