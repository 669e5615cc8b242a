import { describeFaults } from './matrix.ts';
import { POST, POST_UNCHANGED } from './post-scenarios.ts';

describeFaults(POST);
describeFaults(POST_UNCHANGED);
