import {
  GUARD,
  GUARD_BOTH,
  GUARD_WITH_ROLE,
  POST_AFTER_CHECKPOINT,
  POST_UNSEEN_CHECKPOINT,
} from './guard-scenarios.ts';
import { describeFaults } from './matrix.ts';

describeFaults(GUARD);
describeFaults(GUARD_WITH_ROLE);
describeFaults(GUARD_BOTH);
describeFaults(POST_AFTER_CHECKPOINT);
describeFaults(POST_UNSEEN_CHECKPOINT);
