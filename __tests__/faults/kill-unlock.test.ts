import { describeKills } from './matrix.ts';
import { UNLOCK_BY_ID, UNLOCK_STALE } from './unlock-scenarios.ts';

describeKills(UNLOCK_BY_ID);
describeKills(UNLOCK_STALE);
