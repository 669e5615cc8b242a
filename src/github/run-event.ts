import { readFile } from 'node:fs/promises';

/** What the runner says about the event that started the run. */
export interface RunEvent {
  /** `GITHUB_EVENT_NAME`. */
  readonly name: string;
  /** The event's own JSON. */
  readonly payload: unknown;
  /** `GITHUB_SHA`. */
  readonly sha: string;
}

/** Reads the event of the run. An unreadable event names no pull request. */
export async function readRunEvent(env: Readonly<Record<string, string | undefined>>): Promise<RunEvent> {
  const text = await readFile(env.GITHUB_EVENT_PATH ?? '', 'utf8').catch(() => '{}');
  return { name: env.GITHUB_EVENT_NAME ?? '', payload: parse(text), sha: env.GITHUB_SHA ?? '' };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
