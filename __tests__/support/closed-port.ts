/**
 * A port of 127.0.0.1 that refuses connections. It is tcpmux's, which nobody runs any more: the system never
 * hands it out, while one that a test has just closed may be another process's the next moment.
 */
export const CLOSED_PORT = 1;
