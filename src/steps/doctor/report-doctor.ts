import type { StateAddress } from '../../backend/address.ts';
import type { Use } from '../../backend/policy/least-privilege.ts';
import { type ErrorReason, refusedInputs, toReasonCode } from '../../messages/reason-code.ts';
import { type StepResult, withResult } from '../../messages/step-result.ts';
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

/** Runs the step and sets the outputs on every way out of it; `healthy` stays empty where it is not known. */
export async function reportDoctor(
  runner: Pick<Runner, 'output'>,
  step: () => Promise<DoctorEnd>,
): Promise<void> {
  const failure = (error: unknown) => ({ code: toReasonCode(error), details: refusedInputs(error) });
  const end = await withResult(runner, { success: describeEnd, failure }, async () => {
    const end = await step();
    runner.output('healthy', String(isHealthy(end.checks)));
    return end;
  });
  const problems = failureText(end.checks, end.use);
  if (problems !== undefined) throw new NotHealthy(problems);
}

function describeEnd({ address, use, checks }: DoctorEnd): StepResult {
  const healthy = isHealthy(checks);
  const code: DoctorCode = healthy ? 'healthy' : 'unhealthy';
  const details = {
    use,
    state: { bucket: address.bucket, key: address.objectKey, workspace: address.workspace },
    checks: checks.map((check) => {
      const { name, result, found } = check;
      return { check: name, result, found, fix: fixLine(check) ?? null };
    }),
  };
  return { code, ok: healthy, details };
}
