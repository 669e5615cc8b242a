import type { StateAddress } from '../../backend/address.ts';
import type { Use } from '../../backend/policy/least-privilege.ts';
import { type ErrorReason, refusedInputs, toReasonCode } from '../../messages/reason-code.ts';
import { RESULT_VERSION } from '../../messages/result-version.ts';
import type { Runner } from '../../runner/runner.ts';
import { type Check, fixLine, isHealthy } from './checks.ts';
import { failureText } from './render.ts';

/** The outputs of the doctor action; `doctor/action.yml` declares the same (a test compares them). */
export const DOCTOR_OUTPUTS = ['healthy', 'reason_code', 'result'] as const;

/** What the story came to. */
export interface DoctorEnd {
  readonly address: StateAddress;
  readonly use: Use;
  readonly checks: readonly Check[];
}

/** Why the step ends as it does. */
export type DoctorCode = 'healthy' | 'unhealthy' | ErrorReason;

/** Something that would break a job; `message` is for the user. */
export class NotHealthy extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotHealthy';
  }
}

/** Runs the story and sets the outputs on every way out of it; `healthy` stays empty where it is not known. */
export async function reportDoctor(
  runner: Pick<Runner, 'output'>,
  story: () => Promise<DoctorEnd>,
): Promise<void> {
  let end: DoctorEnd;
  try {
    end = await story();
  } catch (error) {
    report(runner, toReasonCode(error), { ok: false, ...refusedInputs(error) });
    throw error;
  }
  reportEnd(runner, end);
  const failure = failureText(end.checks, end.use);
  if (failure !== undefined) throw new NotHealthy(failure);
}

function reportEnd(runner: Pick<Runner, 'output'>, { address, use, checks }: DoctorEnd): void {
  const healthy = isHealthy(checks);
  runner.output('healthy', String(healthy));
  report(runner, healthy ? 'healthy' : 'unhealthy', {
    ok: healthy,
    use,
    state: { bucket: address.bucket, key: address.objectKey, workspace: address.workspace },
    checks: checks.map((check) => {
      const { name, result, found } = check;
      return { check: name, result, found, fix: fixLine(check) ?? null };
    }),
  });
}

function report(runner: Pick<Runner, 'output'>, code: DoctorCode, details: Record<string, unknown>): void {
  runner.output('reason_code', code);
  runner.output('result', JSON.stringify({ schema_version: RESULT_VERSION, reason_code: code, ...details }));
}
