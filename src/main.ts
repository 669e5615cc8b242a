import { hold } from './action/hold.ts';
import { runStep } from './run-step.ts';

// On cancel nothing is worth finishing: post cleans up what is left.
export const main = (): Promise<void> => runStep(hold, 0);
