import { useCompileCache } from './compile-cache.js';
useCompileCache(process.env.STATE_session, process.argv[2]);
const { checkpointer } = await import('./index.js');
await checkpointer();
