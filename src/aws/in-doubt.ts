import { classify } from './classify.ts';
import { errorFacts } from './error-facts.ts';
import { AwsError } from './errors.ts';
import type { AwsErrorKind, FailureContext } from './failure.ts';

// Without an answer, or after a 5xx, the server may have carried out the request.
const UNANSWERED: ReadonlySet<AwsErrorKind> = new Set(['unreachable', 'service']);
/** There was no connection, so nothing was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The parts of a failure that show whether its request was carried out. */
interface Ending {
  readonly kind: AwsErrorKind;
  readonly code: string | undefined;
  readonly status: number | undefined;
}

/**
 * Whether a write that failed for good may have been made anyway, by its last attempt or an earlier one, so it has to
 * be checked. A refused attempt, including a throttled one, was not made. Pure.
 */
export function mayHaveActed({ failure }: AwsError): boolean {
  return failure.mayHaveActedEarlier === true || isInDoubt(failure);
}

/** The same for a single attempt, according to its error. Pure. */
export function mayAttemptHaveActed(error: unknown, context: FailureContext): boolean {
  const { code, status } = errorFacts(error);
  return isInDoubt({ kind: classify(errorFacts(error), context), code, status });
}

/** Whether a failed write may exist when nothing checks it, including one that was interrupted. Pure. */
export function mayHaveWritten(error: unknown): boolean {
  return !(error instanceof AwsError) || error.kind === 'aborted' || mayHaveActed(error);
}

/** The error of a later attempt, when an earlier one may have done the work. Pure. */
export function withEarlierAct(error: AwsError): AwsError {
  return new AwsError({ ...error.failure, mayHaveActedEarlier: true }, error.cause);
}

function isInDoubt({ kind, code, status }: Ending): boolean {
  // An answer that is neither a success nor a refusal has no known meaning.
  if (kind === 'other') return status === undefined || status < 300;
  return UNANSWERED.has(kind) && !NEVER_SENT.has(code ?? '');
}
