import { BREAK_BOTH, BREAK_FILE } from './break-scenarios.ts';
import { describeFaults } from './matrix.ts';

describeFaults(BREAK_FILE);
describeFaults(BREAK_BOTH);
