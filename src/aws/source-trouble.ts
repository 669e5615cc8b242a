import { Readable } from 'node:stream';
import type { Transport } from './bounded-transport.ts';
import { errorFacts } from './error-facts.ts';
import { isRecord } from './is-record.ts';
import { type Chance, OUTAGE } from './retry.ts';

/** How long to try a source that may not exist at all, in ms. */
const UNPROVEN_FOR_MS = 5_000;
const UNPROVEN: Chance = { ...OUTAGE, tryForMs: UNPROVEN_FOR_MS };

const cutOff = /ECONNRESET|EPIPE|socket hang up|aborted/i;
const unanswered =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|Timeout|timed out|Unable to connect/i;
const failedProcess = /^Command failed|credential_process returned invalid JSON/;
const busy = /InternalServer|InternalFailure|ServiceUnavailable|TooManyRequests|Throttl|SlowDown/;
const fromInstance = /instance metadata/i;

/**
 * What the failure of a credential source says about another attempt; `undefined` when the source has no credentials,
 * or refuses them. The SDK passes on little more than a message. `isKnown`: the source exists, because it provided
 * credentials before or was set up for this job. Pure.
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

/** Without the token that it failed to get, an instance answers the next of its three requests with 401. */
function isPassing(status: number, message: string): boolean {
  if (status === 401) return fromInstance.test(message);
  return isPassingStatus(status);
}

/** A status that may pass with time alone. */
function isPassingStatus(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

/**
 * Whether an answer was cut off or is not valid, so no parser understood it. For SSO, the SDK passes on only the text.
 * Pure.
 */
export function isGarbled(error: unknown): boolean {
  return error instanceof SyntaxError || /^SyntaxError\b/.test(errorFacts(error).message);
}

/**
 * Carries the requests of the SDK's own clients. Those clients pass on only a message. It therefore includes the status
 * when that may pass with time, in the wording of the other sources.
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
