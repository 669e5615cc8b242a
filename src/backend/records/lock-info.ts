import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { parseJson } from '../../statefile/json-text.ts';
import { goJsonString } from './go-json.ts';

/**
 * Terraform's lock info (docs/protocol.md#lock-info). `created` is the text as stored; `createdAt` is the same time in
 * ms since the epoch.
 */
export interface LockInfo {
  readonly id: string;
  readonly operation: string;
  readonly info: string;
  readonly who: string;
  readonly version: string;
  readonly created: string;
  readonly path: string;
}

/** Who holds a lock: the raw `Info` as stored and, if Terraform could read it too, its fields. */
export interface LockHolder {
  /** The exact stored text. Deletes require that the store still has it. */
  readonly raw: string | undefined;
  /** The lock's exact ID, for comparing and sending; undefined for an unreadable lock. */
  readonly id: string | undefined;
  /** For showing and searching. A longer field has only its first 4,096 characters, and the number of further ones. */
  readonly info: LockInfo | undefined;
  /** Whether a field was cut. */
  readonly isCut: boolean;
}

/**
 * The characters kept of a field of somebody else's lock. Terraform's own fields have about 100, and this action's 400.
 */
export const LONGEST_FIELD = 4096;

/**
 * The lock info as the JSON string that Go would write: seven fields, with Go's order and escapes
 * (docs/protocol.md#lock-info).
 */
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

/**
 * Reads a holder as tolerantly as Terraform does (docs/protocol.md#lock-info): unknown and missing fields are accepted,
 * an invalid date is not.
 */
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

/**
 * A time in ms since the epoch as Go prints it in JSON: UTC, without trailing zeros in the fraction
 * (docs/protocol.md#lock-info).
 */
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
    // A truncated fraction is still a valid time, and Go has at most nine digits.
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

/** Go matches field names case-insensitively. If two match, the last one wins. */
function parseFields(raw: string): Map<string, unknown> | undefined {
  const json = parseJson(raw);
  const result = v.safeParse(Fields, json);
  if (!result.success || Array.isArray(json)) return undefined;
  return new Map(Object.entries(result.output).map(([name, value]) => [name.toLowerCase(), value]));
}
