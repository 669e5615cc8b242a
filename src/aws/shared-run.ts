/**
 * Lets concurrent callers share one run of `work`. Its result is not kept: the next caller begins another one. Under the
 * next signal, callers don't join a run that began under the previous one, because that may end with it.
 */
export function sharedRun<Result>(
  context: { readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<Result>,
): () => Promise<Result> {
  let running: { readonly signal: AbortSignal; readonly result: Promise<Result> } | undefined;
  const begin = (signal: AbortSignal) => {
    const result = work(signal).finally(() => {
      if (running === begun) running = undefined;
    });
    const begun = { signal, result };
    return begun;
  };
  return () => {
    const { signal } = context;
    if (running?.signal !== signal) running = begin(signal);
    return running.result;
  };
}
