import { checkpointer } from './index.js';
await checkpointer();
