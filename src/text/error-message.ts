/** What a thrown value says, in one text. Pure. */
export function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** One error for all of them; undefined when there is none. Pure. */
export function joinErrors(errors: readonly unknown[]): Error | undefined {
  if (errors.length > 1) return new AggregateError(errors);
  const [only] = errors;
  return only === undefined || only instanceof Error ? only : new Error(String(only));
}
