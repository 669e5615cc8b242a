import { AwsError, type AwsErrorKind } from '../aws/errors.ts';
import { permissionFor } from '../aws/permissions.ts';
import { explain } from './explain.ts';
import { plain } from './plain.ts';

/** A permission that was refused, and on what. */
export interface Refusal {
  readonly permission: string;
  readonly resource: string;
}

/** What AWS refused; undefined where an error is of another kind. It may name another permission than the call's own. */
export function refusalIn(error: unknown): Refusal | undefined {
  if (!(error instanceof AwsError) || error.kind !== 'access_denied') return undefined;
  const { requires, api, resource } = error.failure;
  return { permission: requires ?? permissionFor(api), resource };
}

/** An error on one line of a table. `now` in ms since the epoch. */
export function errorLine(error: unknown, now: number): string {
  return plain(explain(error, now).replaceAll(/\s*\n\s*/g, ' '));
}

/** What other lines of the table say already. */
const REPORTED_ELSEWHERE: Readonly<Partial<Record<AwsErrorKind, string>>> = {
  wrong_region: 'the bucket is in another region',
  no_such_bucket: 'there is no such bucket',
  no_such_table: 'there is no such table',
  wrong_table_key: 'the table has another key',
};

/** Why something could not be looked at if that is what another line is about; undefined: it is not. */
export function seeLogLine(error: unknown): string | undefined {
  return error instanceof AwsError ? REPORTED_ELSEWHERE[error.kind] : undefined;
}

/** What is missing, in the words of a finding. */
export function lackText(refusals: readonly Refusal[]): string {
  return `not allowed: ${[...new Set(refusals.map(nameRefusal))].join('; ')}`;
}

/** Who has to do what about it. */
export function allowText(refusals: readonly Refusal[], whose: string): string {
  const names = [...new Set(refusals.map(({ permission }) => permission))].join(', ');
  return `add ${names} to the policy of ${plain(whose)}; \`npm run policy\` prints what it needs`;
}

function nameRefusal({ permission, resource }: Refusal): string {
  return `${permission} on ${plain(resource)}`;
}
