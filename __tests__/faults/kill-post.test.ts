import { describeKills } from './matrix.ts';
import { POST, POST_ONE_BY_ONE, POST_UNCHANGED } from './post-scenarios.ts';

describeKills(POST);
describeKills(POST_UNCHANGED);
describeKills(POST_ONE_BY_ONE);
