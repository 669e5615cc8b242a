import { BREAK_AFTER_WATCH, BREAK_ITEM, BREAK_STALE_DIGEST } from './break-scenarios.ts';
import { describeFaults } from './matrix.ts';

describeFaults(BREAK_ITEM);
describeFaults(BREAK_AFTER_WATCH);
describeFaults(BREAK_STALE_DIGEST);
