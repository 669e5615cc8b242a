import type { RecordKeeper } from '../../job-state/checkpoint-record.ts';
import { neutralize, type Runner } from '../../runner/runner.ts';

const KEPT_LINES = 20;
const LINE_LENGTH = 500;

/**
 * The checkpointer can't write to the job's log. Its record keeps its last lines, without secrets, for post to print.
 */
export function createCheckpointerLog(record: RecordKeeper, now: () => number): Runner {
  const secrets = new Set<string>();
  const write = (text: string): void => {
    const masked = [...secrets].reduce((line, secret) => line.replaceAll(secret, '***'), text);
    const time = new Date(now()).toISOString();
    const line = neutralize(`${time} ${masked}`.slice(0, LINE_LENGTH));
    try {
      record.update({ log: [...record.current.log, line].slice(-KEPT_LINES) });
    } catch {
      // The files are gone or the disk is full, and nobody is left to report it to.
    }
  };
  return {
    info: write,
    // They would displace the few lines that are kept. Post reports the checkpointer's results.
    debug: () => {},
    notice: write,
    warning: write,
    fail: write,
    mask: (value) => void (value !== '' && secrets.add(value)),
    group: (_, work) => work(),
    output: () => {},
    saveState: () => {},
    exportVariable: () => {},
    summary: async () => {},
  };
}
