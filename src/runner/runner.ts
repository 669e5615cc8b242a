import * as core from '@actions/core';
import { showControls } from '../text/show-controls.ts';

/** What an action can send to the runner. Every text may contain other people's words. */
export interface Runner {
  info(text: string): void;
  /** Logs a line that is shown only with step debug logging (`RUNNER_DEBUG=1`). */
  debug(text: string): void;
  notice(text: string): void;
  warning(text: string): void;
  /** Prints what `work` logs as one group that a reader can fold. */
  group<Value>(title: string, work: () => Promise<Value>): Promise<Value>;
  /** From now on the runner masks this value wherever it is printed, as far as it can: see `maskableParts`. */
  mask(value: string): void;
  output(name: string, value: string): void;
  /**
   * Passes a value to post. It survives a killed main, because the runner reads the file in any case
   * (docs/runner.md#file-commands).
   */
  saveState(name: string, value: string): void;
  /** Sets a variable for the following steps. */
  exportVariable(name: string, value: string): void;
  /** Appends Markdown to the job's page. */
  summary(markdown: string): Promise<void>;
  /** Turns the step red. */
  fail(message: string): void;
}

/**
 * Text that the runner can't mistake for a command: `::x::` counts at the start of a line, `##[x]` anywhere
 * (docs/runner.md#log-commands). A zero-width space breaks either, and nothing else is changed.
 */
export function neutralize(text: string): string {
  return (
    text
      .replaceAll('##[', '##\u200b[')
      .split(/\r\n|\r|\n/)
      // The runner (.NET) treats U+0085 as white space; JavaScript does not.
      .map((line) => line.replace(/^([\s\u0085]*):(?=:)/, '$1\u200b:'))
      .join('\n')
  );
}

/** The characters that lay out a text of several lines. */
const LAYOUT = '\n\r\t';

/** A safety net for other people's text that was not made plain: no control character reaches a log or a page. */
const shown = (text: string): string => showControls(text, LAYOUT);

/**
 * In characters. A shorter text is part of many other lines of a log (`test`, the key of every LocalStack), and GitHub
 * drops each job output that contains it.
 */
export const SHORTEST_MASK = 8;

/**
 * The lines of a value that are masked. The runner reads a log line by line and masks each of these anywhere in a line.
 * Pure.
 */
export function maskableParts(value: string): string[] {
  const lines = value.split(/\r\n|\r|\n/).map((line) => line.trim());
  return lines.filter((line) => line.length >= SHORTEST_MASK);
}

/** The real runner, based on @actions/core. */
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
