import { MAIN_BOTH, MAIN_FILE, MAIN_ROLLS_BACK } from './main-scenarios.ts';
import { describeFaults } from './matrix.ts';

describeFaults(MAIN_FILE);
describeFaults(MAIN_BOTH);
describeFaults(MAIN_ROLLS_BACK);
