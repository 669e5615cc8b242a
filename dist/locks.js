import { locks } from './index.js';
await locks();
