import type { ActionFailure, ActionReport } from '../../action/run-action.ts';
import { countStatuses } from '../../messages/count-statuses.ts';
import { holderJson } from '../../messages/holder-json.ts';
import { type MigrationPage, renderMigration } from '../../messages/migration-page.ts';
import {
  describeClient,
  describeStatus,
  explainNotFinished,
  explainNotProven,
  MIGRATION_STATUSES,
  type MigrationRow,
  type MigrationStatus,
} from '../../messages/migration-text.ts';
import { takeFitting } from '../../messages/output-room.ts';
import { excerpt, plain } from '../../messages/plain.ts';
import {
  describeFailure,
  type ErrorReason,
  firstCause,
  toReasonCode,
} from '../../messages/to-reason-code.ts';
import { joinErrors } from '../../text/error-message.ts';
import { toIsoTime } from '../../time/format-time.ts';
import { type MigrateRefusalCode, MigrateRefused } from './refusal.ts';

/** The outputs of the migrate action; `migrate/action.yml` declares the same (a test compares them). */
export const MIGRATE_OUTPUTS = [
  'states',
  'state_count',
  'open_count',
  'finished_count',
  'reason_code',
  'result',
] as const;

/** The result of the action. */
export interface MigrateEnd {
  readonly range: { readonly bucket: string; readonly prefix: string; readonly table: string };
  readonly page: MigrationPage;
}

/** Why the step ends as it does. */
export type MigrateCode = 'listed' | 'proven' | 'finished' | MigrateRefusalCode | ErrorReason;

// GitHub allows one megabyte for all outputs of a job, and counts two bytes per character.
const MOST_STATES = 350_000;
/** Characters of other people's text in one field. */
const KEPT = 500;

/** The statuses that leave nothing to do for the command. */
const NOTHING_LEFT: Readonly<Record<MigrationPage['command'], ReadonlySet<MigrationStatus['kind']>>> = {
  report: new Set(['done', 'proven']),
  dual: new Set(['done', 'proven']),
  finish: new Set(['done', 'finished']),
};

const SUCCESS = { report: 'listed', dual: 'proven', finish: 'finished' } as const;

/** Describes the result. Pure. */
export function describeEnd({ range, page }: MigrateEnd): ActionReport {
  const { command, rows, moreStates } = page;
  const open = rows.filter(({ status }) => !NOTHING_LEFT[command].has(status.kind));
  const states = takeFitting(
    rows.map((row) => describeRow(row, page)),
    MOST_STATES,
  );
  const problem = findProblem(open, page);
  const finished = rows.filter(({ status }) => status.kind === 'finished').length;
  return {
    code: problem === undefined ? SUCCESS[command] : problemCode(problem),
    details: {
      command,
      bucket: range.bucket,
      key_prefix: range.prefix,
      table: range.table,
      counts: Object.fromEntries(countStatuses(MIGRATION_STATUSES, rows)),
      not_looked_at: moreStates,
      omitted: rows.length - states.length,
    },
    outputs: {
      states: JSON.stringify(states),
      state_count: String(rows.length + moreStates),
      open_count: String(open.length + moreStates),
      finished_count: String(finished),
    },
    summary: () => renderMigration(page),
    problem,
  };
}

/** Describes the failure of a step that did not reach its end. Pure. */
export function describeMigrateFailure(error: unknown): ActionFailure {
  const cause = firstCause(error);
  return cause instanceof MigrateRefused ? { code: cause.code, details: {} } : describeFailure(error);
}

/** The error of a state comes first, because other states may be open because of it. */
function findProblem(open: readonly MigrationRow[], page: MigrationPage): Error | undefined {
  const { command, pages, now, moreStates } = page;
  const failure = joinErrors(open.flatMap(({ status }) => (status.kind === 'failed' ? [status.error] : [])));
  if (failure !== undefined) return failure;
  if (command === 'report' || open.length + moreStates === 0) return undefined;
  if (command === 'dual') return new MigrateRefused('not_proven', explainNotProven(open, page, pages, now));
  return new MigrateRefused('not_finished', explainNotFinished(open, page, pages, now));
}

function problemCode(problem: Error): MigrateCode {
  const cause = firstCause(problem);
  return cause instanceof MigrateRefused ? cause.code : toReasonCode(cause);
}

function describeRow({ finding, status }: MigrationRow, { pages, now }: MigrationPage) {
  const { objectKey, digest, client, writtenAt, lockFileSeenAt, tableClient, writer, liveLock } = finding;
  const text = (value: string | undefined) => (value === undefined ? null : excerpt(value, KEPT));
  return {
    key: plain(objectKey),
    status: status.kind,
    why: describeStatus(status, pages, now),
    digest,
    client: client.kind,
    client_why: describeClient(client),
    written: toIsoTime(writtenAt),
    written_by: text(writer?.actor),
    run_url: text(writer?.run),
    lock_file_taken: toIsoTime(lockFileSeenAt),
    table_client_seen: toIsoTime(tableClient?.at),
    holder: liveLock === undefined ? null : holderJson(liveLock.holder, pages),
    locked_in: liveLock?.stores ?? [],
  };
}
