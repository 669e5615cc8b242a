import { CHECKPOINTER_AND_RUNNER, CHECKPOINTER_IN_A_HURRY } from './checkpointer-scenarios.ts';
import { describeKills } from './matrix.ts';

describeKills(CHECKPOINTER_IN_A_HURRY);
describeKills(CHECKPOINTER_AND_RUNNER);
