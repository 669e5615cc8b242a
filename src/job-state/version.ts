/** This action's version, as user agent and lock items carry it; `package.json` says the same (a test compares them). */
export const VERSION = '1.0.0';
