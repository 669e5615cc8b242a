import { outputs } from './index.js';
await outputs();
