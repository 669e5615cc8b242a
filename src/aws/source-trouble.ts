import { Readable } from 'node:stream';
import type { Transport } from './bounded-transport.ts';
import { errorFacts } from './error-facts.ts';
import { isRecord } from './is-record.ts';
import { type Chance, OUTAGE } from './retry.ts';

/** How long a source is tried of which nobody knows whether it is there at all, in ms. */
const UNPROVEN_FOR_MS = 5_000;
const UNPROVEN: Chance = { ...OUTAGE, tryForMs: UNPROVEN_FOR_MS };

const cutOff = /ECONNRESET|EPIPE|socket hang up|aborted/i;
const unanswered =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|Timeout|timed out|Unable to connect/i;
const failedProcess = /^Command failed|credential_process returned invalid JSON/;
const busy = /InternalServer|InternalFailure|ServiceUnavailable|TooManyRequests|Throttl|SlowDown/;
const fromInstance = /instance metadata/i;

/**
 * What the failure of a source of credentials tells of another attempt; `undefined`: it has none, or refuses them. The
 * SDK hands on little more than a sentence. `isKnown`: the source is there, for it gave credentials before, or
 * somebody set it up for this job. Pure.
 */
export function chanceOfSource(error: unknown, isKnown: boolean): Chance | undefined {
  if (isGarbled(error)) return OUTAGE;
  const { message, code = '' } = errorFacts(error);
  const status = findStatus(error, message);
  if (status !== undefined) return isPassing(status, message) ? OUTAGE : undefined;
  const text = `${code} ${message}`;
  if (cutOff.test(text) || busy.test(text)) return OUTAGE;
  if (!unanswered.test(text) && !failedProcess.test(message)) return undefined;
  return isKnown ? OUTAGE : UNPROVEN;
}

function findStatus(error: unknown, message: string): number | undefined {
  const reported = /responded with status: (\d{3})/.exec(message)?.[1];
  if (reported !== undefined) return Number(reported);
  if (isRecord(error) && typeof error.statusCode === 'number') return error.statusCode;
  return errorFacts(error).status;
}

/** Without the token that could not be had, an instance answers the next of its three questions with 401. */
function isPassing(status: number, message: string): boolean {
  if (status === 401) return fromInstance.test(message);
  return isPassingStatus(status);
}

/** A status that may pass with time alone. */
function isPassingStatus(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

/** Whether an answer was cut off or is none, so that no parser made anything of it; of SSO's the SDK hands on the text alone. Pure. */
export function isGarbled(error: unknown): boolean {
  return error instanceof SyntaxError || /^SyntaxError\b/.test(errorFacts(error).message);
}

/**
 * What carries the requests of the SDK's own clients. These clients pass on nothing but a sentence. It therefore includes the
 * status when that may pass with time, worded like the other sources.
 */
export function describeStatus(carrier: Transport): Transport {
  const { metadata = { handlerProtocol: 'http/1.1' } } = carrier;
  return {
    metadata,
    handle: async (request, options) => {
      const answer = await carrier.handle(request, options);
      const { statusCode, body } = answer.response;
      if (!isPassingStatus(statusCode)) return answer;
      if (body instanceof Readable) body.destroy();
      throw new Error(`${request.hostname} responded with status: ${statusCode}`);
    },
    updateHttpClientConfig: (key, value) => carrier.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => carrier.httpHandlerConfigs(),
  };
}
