import { BREAK_BOTH_WRITES, BREAK_STALE_DIGEST } from './break-scenarios.ts';
import { describeKills } from './matrix.ts';

describeKills(BREAK_BOTH_WRITES);
describeKills(BREAK_STALE_DIGEST);
