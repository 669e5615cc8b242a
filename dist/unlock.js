import { unlock } from './index.js';
await unlock();
