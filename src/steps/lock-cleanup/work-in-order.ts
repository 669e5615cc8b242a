import type { Runner } from '../../runner/runner.ts';

/**
 * Works on many items, `atOnce` of them in parallel, and logs what each says in the order of the items. One that fails
 * keeps no other from being worked on. Returns the errors, in the same order. Errors: none.
 */
export async function workInOrder<Item>(
  runner: Runner,
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, runner: Runner) => Promise<void>,
): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (let from = 0; from < items.length; from += atOnce) {
    const some = items.slice(from, from + atOnce).map((item) => {
      const log = holdBack(runner);
      return { log, end: Promise.allSettled([work(item, log.runner)]) };
    });
    for (const { log, end } of some) {
      // From here on, the reader sees at once what this one says.
      log.release();
      for (const ended of await end) if (ended.status === 'rejected') errors.push(ended.reason);
    }
  }
  return errors;
}

/** A runner that keeps its messages until `release`. */
interface HeldBackLog {
  readonly runner: Runner;
  release(): void;
}

function holdBack(runner: Runner): HeldBackLog {
  const held: (() => void)[] = [];
  let isReleased = false;
  const later = (say: (text: string) => void) => (text: string) => {
    if (isReleased) say(text);
    else held.push(() => say(text));
  };
  return {
    runner: {
      ...runner,
      info: later(runner.info),
      notice: later(runner.notice),
      warning: later(runner.warning),
    },
    release: () => {
      isReleased = true;
      for (const say of held.splice(0)) say();
    },
  };
}
