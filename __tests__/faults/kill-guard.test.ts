import { GUARD_AND_RUNNER, GUARD_IN_A_HURRY } from './guard-scenarios.ts';
import { describeKills } from './matrix.ts';

describeKills(GUARD_IN_A_HURRY);
describeKills(GUARD_AND_RUNNER);
