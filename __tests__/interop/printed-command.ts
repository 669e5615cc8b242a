import { startProcess } from '../support/runner-process.ts';
import { type TerraformResult, terraformEnv } from '../support/terraform.ts';
import { AWS_KEYS } from './shared-state.ts';

/** Runs a printed command unchanged: only the endpoint comes from the environment. */
export async function runPrinted(command: string, dir: string, endpoint: string): Promise<TerraformResult> {
  const home = process.env.HOME ?? '/';
  const env = { ...terraformEnv(), ...AWS_KEYS, AWS_ENDPOINT_URL: endpoint, HOME: home };
  const shell = startProcess('/bin/sh', ['-c', command], { cwd: dir, env, onLine: () => {} });
  const { exitCode } = await shell.end;
  return { code: exitCode, stdout: shell.rawStdout(), stderr: shell.rawStderr() };
}

/** The one line of a log that begins with this command; throws when there is none. */
export function printedCommand(log: string, start: string): string {
  const found = log.split('\n').find((line) => line.trim().startsWith(start));
  if (found === undefined) throw new Error(`no command like "${start}" in:\n${log}`);
  return found.trim();
}
