import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { goJsonString } from './go-json.ts';

/** Terraform's lock info (docs/protocol.md#lock-info). `created` stays the text as stored; `createdAt` is it in ms since the epoch. */
export interface LockInfo {
  readonly id: string;
  readonly operation: string;
  readonly info: string;
  readonly who: string;
  readonly version: string;
  readonly created: string;
  readonly path: string;
}

/** Who holds a lock: the raw `Info` as stored and, where Terraform could read it too, its fields. */
export interface LockHolder {
  /** What the store has, to the last character: deletes are on the condition that it still has it. */
  readonly raw: string | undefined;
  /** The lock's own ID, to the last character, for what is compared or sent; of an unreadable lock undefined. */
  readonly id: string | undefined;
  /** For whatever is shown or searched: of a longer field the first 4,096 characters, and how many more there are. */
  readonly info: LockInfo | undefined;
  /** Whether a field is longer. */
  readonly isCut: boolean;
}

/** Characters of a field of somebody else's lock; Terraform's own have some 100, and one of this action 400. */
export const LONGEST_FIELD = 4096;

/** The lock info as the one JSON string that Go would write: seven fields, Go's order and escapes (docs/protocol.md#lock-info). */
export function serializeLockInfo(lock: LockInfo): string {
  const fields: [string, string][] = [
    ['ID', lock.id],
    ['Operation', lock.operation],
    ['Info', lock.info],
    ['Who', lock.who],
    ['Version', lock.version],
    ['Created', lock.created],
    ['Path', lock.path],
  ];
  return `{${fields.map(([name, value]) => `"${name}":${goJsonString(value)}`).join(',')}}`;
}

/** Reads a holder as tolerantly as Terraform does (docs/protocol.md#lock-info): unknown and missing fields are fine, a bad date is not. */
export function parseLockHolder(raw: string | undefined): LockHolder {
  const whole = raw === undefined ? undefined : parseLockInfo(raw);
  if (whole === undefined) return { raw, id: undefined, info: undefined, isCut: false };
  const info = cutFields(whole);
  return { raw, id: whole.id, info, isCut: Object.values(whole).some(isTooLong) };
}

/** An id in Terraform's form: 16 random bytes as 8-4-4-4-12 lower-case hex, not an RFC 4122 UUID (docs/protocol.md#lock-info). */
export function newLockId(): string {
  return randomBytes(16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A time in ms since the epoch as Go prints it in JSON: UTC, trailing zeros of the fraction removed (docs/protocol.md#lock-info). */
export function formatCreated(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.?0*Z$/, 'Z');
}

function cutFields({ id, operation, info, who, version, created, path }: LockInfo): LockInfo {
  return {
    id: cutField(id),
    operation: cutField(operation),
    info: cutField(info),
    who: cutField(who),
    version: cutField(version),
    // A cut fraction is a time still, and Go has no more than nine digits.
    created: created.replace(/(\.\d{9})\d+/, '$1'),
    path: cutField(path),
  };
}

function cutField(text: string): string {
  if (!isTooLong(text)) return text;
  return `${text.slice(0, LONGEST_FIELD)}... (${text.length - LONGEST_FIELD} characters more)`;
}

function isTooLong(text: string): boolean {
  return text.length > LONGEST_FIELD;
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const GO_ZERO_TIME = '0001-01-01T00:00:00Z';
const Fields = v.record(v.string(), v.unknown());

function parseLockInfo(raw: string): LockInfo | undefined {
  const fields = parseFields(raw);
  if (fields === undefined) return undefined;
  const text = (name: string, zero = ''): string | undefined => {
    const value = fields.get(name) ?? zero;
    return typeof value === 'string' ? value : undefined;
  };
  const id = text('id');
  const operation = text('operation');
  const info = text('info');
  const who = text('who');
  const version = text('version');
  const path = text('path');
  const created = text('created', GO_ZERO_TIME);
  if (id === undefined || operation === undefined || info === undefined || who === undefined)
    return undefined;
  if (version === undefined || path === undefined || created === undefined) return undefined;
  if (!RFC3339.test(created) || Number.isNaN(Date.parse(created))) return undefined;
  return { id, operation, info, who, version, created, path };
}

/** Go matches field names without regard to case; of two that match, the last one wins. */
function parseFields(raw: string): Map<string, unknown> | undefined {
  let json: unknown;
  try {
    json = JSON.parse(raw);
  } catch {
    return undefined;
  }
  const result = v.safeParse(Fields, json);
  if (!result.success || Array.isArray(json)) return undefined;
  return new Map(Object.entries(result.output).map(([name, value]) => [name.toLowerCase(), value]));
}
