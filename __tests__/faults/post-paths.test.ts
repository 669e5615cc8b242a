import { describeFaults } from './matrix.ts';
import { POST_CONFLICT, POST_FIRST_STATE, POST_ONE_BY_ONE } from './post-scenarios.ts';

describeFaults(POST_ONE_BY_ONE);
describeFaults(POST_CONFLICT);
describeFaults(POST_FIRST_STATE);
