import type { Runner } from './runner.ts';

/**
 * A runner for work that goes on beside other work: each text in the log begins with the label. The log's groups can't be
 * interleaved, so there are none.
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
