import { AwsError, type AwsErrorKind } from '../aws/errors.ts';
import { permissionFor } from '../aws/permissions.ts';
import { explain } from './explain.ts';
import { plain } from './plain.ts';

/** A permission that was refused, and the resource it is for. */
export interface Refusal {
  readonly permission: string;
  readonly resource: string;
}

/** What AWS refused; undefined for any other kind of error. The permission may differ from the call's own. */
export function refusalIn(error: unknown): Refusal | undefined {
  if (!(error instanceof AwsError) || error.kind !== 'access_denied') return undefined;
  const { requires, api, resource } = error.failure;
  return { permission: requires ?? permissionFor(api), resource };
}

/** An error on one line of a table. `now` in ms since the epoch. */
export function errorLine(error: unknown, now: number): string {
  return plain(explain(error, now).replaceAll(/\s*\n\s*/g, ' '));
}

/** Problems that another line of the table reports. */
const REPORTED_ELSEWHERE: Readonly<Partial<Record<AwsErrorKind, string>>> = {
  wrong_region: 'the bucket is in another region',
  no_such_bucket: 'there is no such bucket',
  no_such_table: 'there is no such table',
  wrong_table_key: 'the table has another key',
};

/** Why a check was impossible, if another line reports the reason; undefined when none does. */
export function seeLogLine(error: unknown): string | undefined {
  return error instanceof AwsError ? REPORTED_ELSEWHERE[error.kind] : undefined;
}

/** The missing permissions, in the words of a finding. */
export function lackText(refusals: readonly Refusal[]): string {
  return `not allowed: ${[...new Set(refusals.map(nameRefusal))].join('; ')}`;
}

/** The fix for them, and in whose policy. */
export function allowText(refusals: readonly Refusal[], whose: string): string {
  const names = [...new Set(refusals.map(({ permission }) => permission))].join(', ');
  return `add ${names} to the policy of ${plain(whose)}; \`npm run policy\` prints what it needs`;
}

function nameRefusal({ permission, resource }: Refusal): string {
  return `${permission} on ${plain(resource)}`;
}
