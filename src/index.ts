/**
 * The only bundle: every entry of `dist/` consists of two lines that call one of these, so the SDK exists only once.
 */

export { check } from './check.ts';
export { checkpointer } from './checkpointer.ts';
export { doctor } from './doctor.ts';
export { freeze } from './freeze.ts';
export { history } from './history.ts';
export { locks } from './locks.ts';
export { main } from './main.ts';
export { migrate } from './migrate.ts';
export { outputs } from './outputs.ts';
export { post } from './post.ts';
export { unlock } from './unlock.ts';
export { workspaces } from './workspaces.ts';
