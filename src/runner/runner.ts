import * as core from '@actions/core';
import { showControls } from '../text/show-controls.ts';

/** What an action may say to the runner. Every text may hold other people's words. */
export interface Runner {
  info(text: string): void;
  /** Logs a line that only step debug logging shows (`RUNNER_DEBUG=1`). */
  debug(text: string): void;
  notice(text: string): void;
  warning(text: string): void;
  /** Prints what `work` logs as one group that a reader can fold. */
  group<Value>(title: string, work: () => Promise<Value>): Promise<Value>;
  /** From now on the runner replaces this value wherever it is printed, as far as it can: see `maskableParts`. */
  mask(value: string): void;
  output(name: string, value: string): void;
  /** Hands a value to post; survives a killed main, since the runner reads the file whatever happens (docs/runner.md#file-commands). */
  saveState(name: string, value: string): void;
  /** Sets a variable for the steps that follow. */
  exportVariable(name: string, value: string): void;
  /** Appends Markdown to the job's page. */
  summary(markdown: string): Promise<void>;
  /** Turns the step red. */
  fail(message: string): void;
}

/**
 * Text that the runner can't take for a command: `::x::` counts at the start of a line, `##[x]` anywhere
 * (docs/runner.md#log-commands). A zero-width space breaks either, and nothing else is changed.
 */
export function neutralize(text: string): string {
  return (
    text
      .replaceAll('##[', '##\u200b[')
      .split(/\r\n|\r|\n/)
      // U+0085 is white space to the runner (.NET), not to JavaScript.
      .map((line) => line.replace(/^([\s\u0085]*):(?=:)/, '$1\u200b:'))
      .join('\n')
  );
}

/** What lays out a text of several lines. */
const LAYOUT = '\n\r\t';

/** Whoever forgot to make other people's text plain: no control of it gets to a log or a page. */
const shown = (text: string): string => showControls(text, LAYOUT);

/**
 * Characters. A shorter text is a part of every other line of a log (`test`, the key of every LocalStack), and GitHub drops each
 * job output that contains it.
 */
export const SHORTEST_MASK = 8;

/** The lines of a value that are masked: the runner looks at a log line by line, and at each of these anywhere. Pure. */
export function maskableParts(value: string): string[] {
  const lines = value.split(/\r\n|\r|\n/).map((line) => line.trim());
  return lines.filter((line) => line.length >= SHORTEST_MASK);
}

/** The real runner, by way of @actions/core. */
export const actionsRunner: Runner = {
  info: (text) => core.info(neutralize(shown(text))),
  debug: (text) => {
    if (core.isDebug()) core.debug(shown(text));
  },
  notice: (text) => core.notice(shown(text)),
  warning: (text) => core.warning(shown(text)),
  group: (title, work) => core.group(neutralize(shown(title)), work),
  mask: (value) => {
    for (const part of maskableParts(value)) core.setSecret(part);
  },
  output: (name, value) => core.setOutput(name, value),
  saveState: (name, value) => core.saveState(name, value),
  exportVariable: (name, value) => core.exportVariable(name, value),
  summary: async (markdown) => {
    await core.summary.addRaw(shown(markdown), true).write();
  },
  fail: (message) => core.setFailed(shown(message)),
};
