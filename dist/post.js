import { useCompileCache } from './compile-cache.js';
useCompileCache(process.env.STATE_session, process.argv[2]);
const { post } = await import('./index.js');
await post();
