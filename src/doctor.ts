import { doctor as doctorStory } from './action/doctor/doctor.ts';
import { runStep } from './run-step.ts';

/** On cancel nothing is worth finishing: nothing is held and nothing is written. */
export const doctor = (): Promise<void> => runStep(doctorStory, { graceMs: 0, totalMs: 300_000 });
