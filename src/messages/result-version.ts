/** Version of the form of every action's `result` output; a field that changes its meaning raises it. */
export const RESULT_VERSION = 1;
