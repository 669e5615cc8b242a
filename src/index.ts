/** The one bundle: every entry of `dist/` is two lines that call one of these, so that the SDK is there once. */
export { main } from './main.ts';
export { post } from './post.ts';
export { unlock } from './unlock.ts';
