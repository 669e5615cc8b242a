import { runStep } from './run-step.ts';
import { doctor as doctorStep } from './steps/doctor/doctor.ts';

/** After a cancellation there is nothing to finish: the step holds and writes nothing. */
export const doctor = (): Promise<void> =>
  runStep(doctorStep, { graceMs: 0, totalMs: 300_000, tryForMs: 10_000 });
