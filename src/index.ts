/**
 * The only bundle. Every entry of `dist/` consists of two lines that call one of these. What several of them use exists only once, in
 * `dist/index.js`. What one alone uses is loaded when that one runs.
 */

export const check = async () => (await import('./check.ts')).check();
export const checkpointer = async () => (await import('./checkpointer.ts')).checkpointer();
export const doctor = async () => (await import('./doctor.ts')).doctor();
export const freeze = async () => (await import('./freeze.ts')).freeze();
export const history = async () => (await import('./history.ts')).history();
export const locks = async () => (await import('./locks.ts')).locks();
export const main = async () => (await import('./main.ts')).main();
export const migrate = async () => (await import('./migrate.ts')).migrate();
export const outputs = async () => (await import('./outputs.ts')).outputs();
export const post = async () => (await import('./post.ts')).post();
export const unlock = async () => (await import('./unlock.ts')).unlock();
export const workspaces = async () => (await import('./workspaces.ts')).workspaces();
