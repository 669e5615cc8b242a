/** This action's version in the user agent and lock items. `package.json` has the same (a test compares them). */
export const VERSION = '1.0.0';
