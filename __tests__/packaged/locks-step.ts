import type { FakeGitHub } from '../support/github-api.ts';
import type { StageResult } from '../support/runner.ts';
import { runAction } from './run-action.ts';
import type { Testbed } from './support.ts';
import { SERVER } from './unlock-step.ts';

/** Runs the locks action on a testbed's bucket and table. */
export function runLocks(
  testbed: Testbed,
  inputs: Record<string, string>,
  github: Pick<FakeGitHub, 'url'>,
): Promise<StageResult> {
  const options = { github: { server_url: SERVER, api_url: github.url } };
  return runAction('locks', testbed, { key: '', ...inputs }, options);
}
