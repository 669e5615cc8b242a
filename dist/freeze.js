import { freeze } from './index.js';
await freeze();
