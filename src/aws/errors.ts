import { showControls } from '../text/show-controls.ts';
import { classify } from './classify.ts';
import { type CancellationReason, type ErrorFacts, errorFacts } from './error-facts.ts';
import type { AccountRefusal, AwsErrorKind, AwsFailure, FailureContext, TriedSource } from './failure.ts';
import { withoutTokens } from './web-token.ts';

export type { AwsErrorKind, FailureContext, TriedSource } from './failure.ts';

/**
 * A call to AWS that failed for good, with its classification; the SDK's error is the `cause`. src/messages/ creates
 * the words for the user.
 */
export class AwsError extends Error {
  readonly failure: AwsFailure;

  constructor(failure: AwsFailure, cause: unknown) {
    super(`${failure.api} on ${failure.resource}: ${failure.kind}`, { cause });
    this.name = 'AwsError';
    this.failure = failure;
  }

  get kind(): AwsErrorKind {
    return this.failure.kind;
  }
  get api(): string {
    return this.failure.api;
  }
  get attempts(): number {
    return this.failure.attempts;
  }
}

/** Classifies an error. One that is already classified stays as it is. Pure. */
export function toAwsError(error: unknown, context: FailureContext): AwsError {
  if (error instanceof AwsError) return error;
  const facts = errorFacts(error);
  const kind = classify(facts, context);
  return new AwsError(
    {
      ...context,
      kind,
      principal: mark(context.principal ?? principalIn(facts.message)),
      requires: permissionIn(facts.message),
      code: mark(
        facts.name === 'Error' || facts.name === 'TimeoutError' ? (facts.code ?? facts.name) : facts.name,
      ),
      status: facts.status,
      requestId: mark(facts.requestId),
      detail: quotable(kind, facts, context),
      actualRegion: kind === 'wrong_region' ? mark(regionIn(facts, context.region)) : undefined,
      serverTime: kind === 'clock_skew' ? mark(facts.serverTime) : undefined,
      host: mark(facts.host),
      reasons: facts.reasons.slice(0, MOST_REASONS).map(plainReason),
      tried: [],
      refusedAccount: undefined,
    },
    error,
  );
}

/** The error for a caller without any credentials. */
export function noCredentials(
  tried: readonly TriedSource[],
  context: FailureContext,
  cause: unknown,
): AwsError {
  const { failure } = toAwsError(cause, context);
  return new AwsError({ ...failure, kind: 'no_credentials', detail: undefined, tried }, cause);
}

/** The error for credentials that are not allowed here. */
export function wrongAccount(refusedAccount: AccountRefusal, context: FailureContext): AwsError {
  const { failure } = toAwsError(new Error('wrong account'), context);
  return new AwsError(
    { ...failure, kind: 'wrong_account', code: undefined, detail: undefined, refusedAccount },
    undefined,
  );
}

/**
 * The limits, in characters, for a code, an id or a date of an endpoint, and for its message. AWS's own are far
 * shorter.
 */
const LONGEST_MARK = 200;
const LONGEST_SENTENCE = 400;
/** AWS's own limit on the items of a transaction. */
const MOST_REASONS = 100;

/** A server in AWS's place may send anything, so at most one line of it is kept, to show what it is. */
function mark(text: string | undefined, most = LONGEST_MARK): string | undefined {
  if (text === undefined) return undefined;
  return text.length > most ? `${showControls(text.slice(0, most), '')}...` : showControls(text, '');
}

function plainReason({ code, message }: CancellationReason): CancellationReason {
  return { code: mark(code) ?? 'None', message: mark(message, LONGEST_SENTENCE) };
}

function principalIn(message: string): string | undefined {
  return /User: (arn:\S{1,2048}) is not authorized/.exec(message)?.[1];
}

/** The permission in AWS's message may differ from the call's own: `kms:GenerateDataKey` for a put. */
function permissionIn(message: string): string | undefined {
  return /not authorized to perform: ([\w-]{1,64}:\w{1,128})/.exec(message)?.[1];
}

function regionIn(facts: ErrorFacts, ours: string): string | undefined {
  const expected = facts.bucketRegion ?? /expecting '([a-z0-9-]+)'/.exec(facts.message)?.[1];
  return expected === ours ? undefined : expected;
}

/** Only the first line, because messages about signatures continue with the signed text and its session token. */
function quotable(kind: AwsErrorKind, { message }: ErrorFacts, context: FailureContext): string | undefined {
  const secret = kind === 'invalid_credentials' && context.identity === undefined;
  if (secret || kind === 'aborted') return undefined;
  const line = withoutTokens(message).split(/\r?\n/, 1)[0]?.trim() ?? '';
  if (line === '' || line === 'UnknownError') return undefined;
  return mark(line, LONGEST_SENTENCE);
}
