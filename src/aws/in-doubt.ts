import { classify } from './classify.ts';
import { errorFacts } from './error-facts.ts';
import { AwsError } from './errors.ts';
import type { AwsErrorKind, FailureContext } from './failure.ts';

// Without an answer, or after a 5xx, the server may have done what it was asked.
const UNANSWERED: ReadonlySet<AwsErrorKind> = new Set(['unreachable', 'service']);
/** There was no connection, so nothing was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The part of a failure that tells whether its request was carried out. */
interface Ending {
  readonly kind: AwsErrorKind;
  readonly code: string | undefined;
  readonly status: number | undefined;
}

/**
 * Whether a write that failed for good may have been made all the same, by its last attempt or an earlier one, so that a look tells.
 * An attempt that was refused, throttled ones included, was not made. Pure.
 */
export function mayHaveActed({ failure }: AwsError): boolean {
  return failure.mayHaveActedEarlier === true || isInDoubt(failure);
}

/** The same of a single attempt, by the error that it ended with. Pure. */
export function mayAttemptHaveActed(error: unknown, context: FailureContext): boolean {
  const { code, status } = errorFacts(error);
  return isInDoubt({ kind: classify(errorFacts(error), context), code, status });
}

/** Whether a write that failed may be there all the same, where nobody looks: also one that was cut off. Pure. */
export function mayHaveWritten(error: unknown): boolean {
  return !(error instanceof AwsError) || error.kind === 'aborted' || mayHaveActed(error);
}

/** The error of a later attempt, where one before it may have done the work. Pure. */
export function withEarlierAct(error: AwsError): AwsError {
  return new AwsError({ ...error.failure, mayHaveActedEarlier: true }, error.cause);
}

function isInDoubt({ kind, code, status }: Ending): boolean {
  // Nobody knows what an answer means that is neither a success nor a refusal.
  if (kind === 'other') return status === undefined || status < 300;
  return UNANSWERED.has(kind) && !NEVER_SENT.has(code ?? '');
}
