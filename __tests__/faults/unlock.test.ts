import { describeFaults } from './matrix.ts';
import { UNLOCK_BY_ID, UNLOCK_STALE } from './unlock-scenarios.ts';

describeFaults(UNLOCK_BY_ID);
describeFaults(UNLOCK_STALE);
