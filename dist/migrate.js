import { migrate } from './index.js';
await migrate();
