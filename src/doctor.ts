import { runStep } from './run-step.ts';
import { doctor as doctorStory } from './steps/doctor/doctor.ts';

/** On cancel nothing is worth finishing: nothing is held and nothing is written. */
export const doctor = (): Promise<void> =>
  runStep(doctorStory, { graceMs: 0, totalMs: 300_000, tryForMs: 10_000 });
