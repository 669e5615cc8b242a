import { MAIN_BOTH, MAIN_ROLLS_BACK } from './main-scenarios.ts';
import { describeKills } from './matrix.ts';
import { POST_BOTH } from './post-scenarios.ts';
import { UNLOCK_BOTH } from './unlock-scenarios.ts';

describeKills(MAIN_BOTH);
describeKills(MAIN_ROLLS_BACK);
describeKills(POST_BOTH);
describeKills(UNLOCK_BOTH);
