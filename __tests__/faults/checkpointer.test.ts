import {
  CHECKPOINTER,
  CHECKPOINTER_BOTH,
  CHECKPOINTER_WITH_ROLE,
  POST_AFTER_CHECKPOINT,
  POST_ALL_CHECKPOINTED,
  POST_CHECKPOINT_IN_DOUBT,
} from './checkpointer-scenarios.ts';
import { describeFaults } from './matrix.ts';

describeFaults(CHECKPOINTER);
describeFaults(CHECKPOINTER_WITH_ROLE);
describeFaults(CHECKPOINTER_BOTH);
describeFaults(POST_AFTER_CHECKPOINT);
describeFaults(POST_ALL_CHECKPOINTED);
describeFaults(POST_CHECKPOINT_IN_DOUBT);
