import { MAIN, MAIN_WITH_KEYS } from './main-scenarios.ts';
import { describeKills } from './matrix.ts';

describeKills(MAIN);
describeKills(MAIN_WITH_KEYS);
