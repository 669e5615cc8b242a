import { deniedByDynamodb, deniedByS3, s3Error } from '../packaged/faults.ts';
import { dynamodbFailure } from '../support/backend.ts';
import type { CannedAnswer, WaitDecision } from '../support/proxy.ts';
import { type Call, isRead } from './calls.ts';

/**
 * The effect on a call.
 * - `refused`: the port is closed
 * - `hang`: the connection is there, and nothing ever comes
 * - `cancel-before`, `cancel-after`: no answer, and the runner's SIGINT while it is waited for, the server having acted
 *   or not
 * - a fault of the proxy otherwise
 */
export type Effect = 'refused' | 'hang' | 'cancel-before' | 'cancel-after' | WaitDecision;

/** `once`: this very call; `always`: it and from then on every one of its API and resource. */
export type Strength = 'once' | 'always';

/** A column of the matrix. */
export interface Fault {
  readonly name: string;
  readonly strengths: readonly Strength[];
  /** It affects every call to AWS from then on, for that many ms; undefined: only this call or calls of its kind. */
  readonly lastsMs?: number;
  /** The fault for a call; undefined if that service has no such fault. */
  readonly effect: (call: Call) => Effect | undefined;
  /** Whether a retry gets past one failure. */
  readonly isPassing: (call: Call, source: { readonly role: boolean }) => boolean;
  /** Whether a step may fail although all is well: it was cancelled or never learns that a write was made. */
  readonly mayEndRed: (strength: Strength) => boolean;
  /** Whether a step that met it once can, and so must, still free its lock. */
  readonly mustFree: boolean;
  /** Whether the server acts before it. */
  readonly serverActs: boolean;
}

/** Lasting faults of which `hang` and `denied` stand for the same: no retry helps, or none is made. */
export const ALIKE_WHEN_LASTING: ReadonlySet<string> = new Set([
  'refused',
  'reset',
  '500',
  '503',
  'throttled',
  'expired',
]);

/**
 * Faults that a retry gets past at once. The code sees no other difference between them than whether the request may have
 * been carried out (`alike-faults.test.ts`), and of a read not even that. `refused` stands for those that were certainly not,
 * `reset` for the others.
 */
export const RETRIED_AT_ONCE: ReadonlySet<string> = new Set(['refused', 'reset', '500', '503', 'throttled']);

/** Whether a fault that passes is the same as another column's for a variant of a story. */
export function isRetriedLikeAnother({ name }: Fault, call: Call): boolean {
  // A query to GitHub is not retried.
  if (call.service === 'other' || !RETRIED_AT_ONCE.has(name)) return false;
  return name !== 'reset' && (name !== 'refused' || isRead(call));
}

/** The others are covered by it when a variant of a story is about other things. */
const LONGEST_BLIP_S = 30;

/** Whether a fault adds nothing for a variant. */
export function isPartOfAnother({ lastsMs }: Fault): boolean {
  return lastsMs !== undefined && lastsMs < LONGEST_BLIP_S * 1000;
}

/** Whether a fault at this call is the same as another column's: a server that acts on a read changes nothing. */
export function isSameAsEarlier({ serverActs }: Fault, call: Call): boolean {
  return serverActs && isRead(call);
}

const BOTH: readonly Strength[] = ['once', 'always'];
/** A query to GitHub is made once: without an answer nothing is proved, so nothing is freed. */
const byRetry = ({ service }: Call): boolean => service !== 'other';
const never = (): boolean => false;

/** Every fault, in the order of the table's columns. */
export const FAULTS: readonly Fault[] = [
  fault('refused', () => 'refused'),
  fault('reset', () => 'reset-before'),
  {
    ...fault('lost answer', () => 'reset-after'),
    mayEndRed: (strength) => strength === 'always',
    serverActs: true,
  },
  fault('hang', () => 'hang'),
  fault('500', (call) => serverError(call, 500)),
  fault('503', (call) => serverError(call, 503)),
  fault('throttled', throttled),
  {
    ...fault('expired', expired),
    // Only a role can be assumed again; STS itself refuses the original keys.
    isPassing: ({ service }, { role }) => role && (service === 's3' || service === 'dynamodb'),
  },
  { ...fault('denied', denied), isPassing: never },
  { ...fault('cancel', () => 'cancel-before'), isPassing: never, mayEndRed: () => true, mustFree: true },
  {
    ...fault('cancel, late', () => 'cancel-after'),
    strengths: ['once'],
    isPassing: never,
    mayEndRed: () => true,
    mustFree: true,
    serverActs: true,
  },
  blip(1, 'reset-before'),
  blip(3, 'refused'),
  blip(10, 'reset-before'),
  blip(LONGEST_BLIP_S, 'refused'),
];

/** AWS is unreachable for a while. */
function blip(seconds: number, effect: Effect): Fault {
  const usual = fault(`away ${seconds} s`, ({ service }) => (service === 'other' ? undefined : effect));
  return { ...usual, strengths: ['once'], lastsMs: seconds * 1000 };
}

function fault(name: string, effect: Fault['effect']): Fault {
  return {
    name,
    strengths: BOTH,
    effect,
    isPassing: byRetry,
    mayEndRed: never,
    mustFree: false,
    serverActs: false,
  };
}

function serverError(call: Call, status: 500 | 503): CannedAnswer {
  const broken = status === 500;
  if (call.service === 'other') return gitHubError(status, broken ? 'Server Error' : 'Service Unavailable');
  if (call.service === 's3') {
    return broken
      ? s3Error(500, 'InternalError', 'We encountered an internal error. Please try again.')
      : s3Error(503, 'SlowDown', 'Please reduce your request rate.');
  }
  if (call.service === 'sts') return stsError(status, broken ? 'InternalFailure' : 'ServiceUnavailable');
  return { ...dynamodbFailure(broken ? 'InternalServerError' : 'ServiceUnavailable'), status };
}

function throttled({ service }: Call): CannedAnswer | undefined {
  if (service === 'dynamodb') {
    return dynamodbFailure(
      'ProvisionedThroughputExceededException',
      'The level of configured throughput was exceeded',
    );
  }
  if (service === 'other') return gitHubError(429, 'You have exceeded a secondary rate limit');
  return service === 'sts' ? stsError(400, 'Throttling') : undefined;
}

function expired({ service }: Call): CannedAnswer {
  const message = 'The security token included in the request is expired';
  if (service === 'other') return gitHubError(401, 'Bad credentials');
  if (service === 's3') return s3Error(400, 'ExpiredToken', 'The provided token has expired.');
  return service === 'sts'
    ? stsError(403, 'ExpiredToken', message)
    : dynamodbFailure('ExpiredTokenException', message);
}

function denied({ service, name }: Call): CannedAnswer {
  const operation = name.split(' ')[0] ?? name;
  if (service === 'other') return gitHubError(403, 'Resource not accessible by integration');
  if (service === 's3') return deniedByS3(operation);
  return service === 'sts' ? stsError(403, 'AccessDenied') : deniedByDynamodb(operation);
}

function gitHubError(status: number, message: string): CannedAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { status, headers, body: JSON.stringify({ message }) };
}

export function stsError(status: number, code: string, message: string = code): CannedAnswer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}<RequestId>r-1</RequestId></ErrorResponse>`;
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
