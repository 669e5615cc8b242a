import { AwsError, type AwsErrorKind } from '../aws/errors.ts';
import { StateError, type StateErrorDetails } from '../backend/state-error.ts';
import { InputError } from '../inputs/input-error.ts';
import { Interrupted } from '../runner/interrupt.ts';
import { type LockedDetails, LockedError } from './locked-text.ts';
import { stateJson } from './state-json.ts';

/** What workflows branch on when a step fails (docs/design.md#errors-are-typed). `docs/troubleshooting.md` has a section for each. */
export type ErrorReason =
  | 'invalid_input'
  | 'cancelled'
  | 'aws_unavailable'
  | 'aws_error'
  | 'internal_error'
  | StateErrorDetails['reason']
  | LockedDetails['reason']
  | Exclude<AwsErrorKind, keyof typeof RENAMED>;

/** Kinds whose own names would not help a workflow. */
const RENAMED = {
  aborted: 'cancelled',
  service: 'aws_unavailable',
  other: 'aws_error',
  no_such_key: 'aws_error',
  archived: 'aws_error',
  account_problem: 'aws_error',
  web_page: 'aws_error',
  redirected: 'aws_error',
  precondition_failed: 'aws_error',
  conditional_check_failed: 'aws_error',
  not_implemented: 'aws_error',
  transaction_cancelled: 'aws_error',
} as const satisfies Partial<Record<AwsErrorKind, string>>;

/** The reason code of an error; of the first one when there are several. Pure. */
export function toReasonCode(error: unknown): ErrorReason {
  const cause = firstCause(error);
  if (cause instanceof InputError) return 'invalid_input';
  if (cause instanceof StateError || cause instanceof LockedError) return cause.details.reason;
  if (cause instanceof Interrupted) return 'cancelled';
  if (!(cause instanceof AwsError)) return 'internal_error';
  return isRenamed(cause.kind) ? RENAMED[cause.kind] : cause.kind;
}

/** The inputs that an error is about, each once, as a part of `result`; empty when there are none. Pure. */
export function refusedInputs(error: unknown): Record<string, unknown> {
  const cause = firstCause(error);
  return cause instanceof InputError
    ? { inputs: [...new Set(cause.problems.map(({ input }) => input))] }
    : {};
}

/** What workflows read about an error: its reason code, and the inputs that it is about. Pure. */
export function describeFailure(error: unknown): Failure {
  return { code: toReasonCode(error), details: refusedInputs(error) };
}

/** The same, with the state that the error is about. Pure. */
export function describeStateFailure(error: unknown): Failure {
  const cause = firstCause(error);
  const isAboutState = cause instanceof StateError;
  const details = isAboutState ? { state: stateJson(cause.scope.address) } : refusedInputs(error);
  return { code: toReasonCode(error), details };
}

/** What workflows read about a failure. */
export interface Failure {
  readonly code: ErrorReason;
  /** What `result` contains besides the reason code. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** The first of several errors, which caused the others. */
export function firstCause(error: unknown): unknown {
  return listCauses(error)[0];
}

/** All single errors in a possibly nested error, in order. */
export function listCauses(error: unknown): readonly unknown[] {
  return error instanceof AggregateError ? error.errors.flatMap(listCauses) : [error];
}

function isRenamed(kind: AwsErrorKind): kind is keyof typeof RENAMED {
  return kind in RENAMED;
}
