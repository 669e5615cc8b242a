import type { CannedAnswer, FaultProxy, WaitDecision } from '../support/proxy.ts';
import type { RequestRecord } from '../support/proxy-record.ts';
import type { RunningStage, StageResult } from '../support/runner.ts';

/** One request that is held in the proxy. */
export interface HeldRequest {
  /** Resolves once the request is there: before the server sees it, or after the server did its work. */
  readonly reached: Promise<void>;
  /** Lets it continue: to the server, or its answer to the client (who may be gone). */
  releaseLock(fault?: WaitDecision): void;
}

/** Holds the first request of an operation, before the server sees it or before its answer leaves. */
export function holdAt(proxy: FaultProxy, operation: string, when: 'before' | 'after'): HeldRequest {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<WaitDecision>();
  let held = false;
  const hold = async (record: RequestRecord): Promise<WaitDecision> => {
    if (held || record.operation !== operation) return 'pass';
    held = true;
    reached.resolve();
    return await released.promise;
  };
  if (when === 'before') proxy.onRequest(hold);
  else proxy.afterResponse(async (record) => void (await hold(record)));
  return { reached: reached.promise, releaseLock: (fault = 'pass') => released.resolve(fault) };
}

/** Waits for a stage to reach a held request; throws with its log when it ends without. */
export async function reachedBy(stage: RunningStage, { reached }: HeldRequest): Promise<void> {
  const early = stage.done.then(({ log }) => {
    throw new Error(`the stage ended before the request:\n${log}`);
  });
  await Promise.race([reached, early]);
}

/**
 * Stops a stage while its request is held, as the runner cancels it or with a signal, and lets the request continue once the
 * stage has ended. Throws as `reachedBy` does.
 */
export async function stopAt(
  held: HeldRequest,
  stage: RunningStage,
  how: 'cancel' | NodeJS.Signals,
  fault?: WaitDecision,
): Promise<StageResult> {
  await reachedBy(stage, held);
  if (how === 'cancel') stage.cancel();
  else stage.signal(how);
  const result = await stage.done;
  held.releaseLock(fault);
  return result;
}

/** Some operations get a fault, all others pass. */
export function decide(proxy: FaultProxy, faults: Readonly<Record<string, WaitDecision>>): void {
  proxy.onRequest(({ operation }) => faults[operation] ?? 'pass');
}

/** DynamoDB's refusal, as it words it. */
export function deniedByDynamodb(action: string): CannedAnswer {
  const message = `User: ${PRINCIPAL} is not authorized to perform: dynamodb:${action} on resource: arn:aws:dynamodb:us-east-1:123456789012:table/locks because no identity-based policy allows the dynamodb:${action} action`;
  const body = { __type: 'com.amazon.coral.service#AccessDeniedException', Message: message };
  return {
    status: 400,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify(body),
  };
}

/** An S3 error in its XML. */
export function s3Error(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): CannedAnswer {
  return {
    status,
    headers: { 'content-type': 'application/xml', ...headers },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>`,
  };
}

/** S3's refusal, as it words it. */
export function deniedByS3(action: string): CannedAnswer {
  const message = `User: ${PRINCIPAL} is not authorized to perform: s3:${action} on resource: &quot;arn:aws:s3:::bucket/key&quot; because no identity-based policy allows the s3:${action} action`;
  return s3Error(403, 'AccessDenied', message);
}

export const PRINCIPAL =
  'arn:aws:sts::123456789012:assumed-role/deployer/octo-org-infrastructure-1658821493-1';
