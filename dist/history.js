import { history } from './index.js';
await history();
