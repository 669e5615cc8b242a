import type { Runner } from './runner.ts';

/**
 * A runner for parallel work: each text in the log starts with the label. Groups in the log can't be interleaved, so it
 * has none.
 */
export function labelRunner(runner: Runner, label: string): Runner {
  const labelled = (text: string): string => `${label}: ${text}`;
  return {
    ...runner,
    info: (text) => runner.info(labelled(text)),
    debug: (text) => runner.debug(labelled(text)),
    notice: (text) => runner.notice(labelled(text)),
    warning: (text) => runner.warning(labelled(text)),
    group: (_, work) => work(),
  };
}
