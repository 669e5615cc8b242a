import { describeFaults } from './matrix.ts';
import { POST_BOTH, POST_FILE } from './post-scenarios.ts';
import { UNLOCK_BOTH } from './unlock-scenarios.ts';

describeFaults(POST_FILE);
describeFaults(POST_BOTH);
describeFaults(UNLOCK_BOTH);
