import { MAIN, MAIN_LOCKED, MAIN_WITH_KEYS } from './main-scenarios.ts';
import { describeFaults } from './matrix.ts';

describeFaults(MAIN);
describeFaults(MAIN_WITH_KEYS);
describeFaults(MAIN_LOCKED);
