import type { Dependencies } from '../../job-state/dependencies.ts';
import { type HostNames, STATE_KEYS } from '../../job-state/saved-state.ts';
import { hostNameText } from '../../messages/lock-cleanup-text.ts';
import { readJob } from '../../runner/job.ts';
import { toMessage } from '../../text/error-message.ts';

/** What changing the machine's name needs. */
type Renamer = Pick<Dependencies, 'runner' | 'env' | 'machine' | 'random'>;

// The first letters of a container's id, which are unique.
const CONTAINER = /^[0-9a-f]{12}$/;

/**
 * Gives a GitHub-hosted machine, which is discarded after the job, a unique host name, because Terraform's lock
 * contains only that and the user. Any other machine keeps its name. Returns the machine's name from now on. Post
 * restores the name, which is saved before it is changed.
 */
export async function giveOwnHostName({ runner, env, machine, random }: Renamer): Promise<string> {
  const { runId, runAttempt } = readJob(env);
  const prefix = `tf-${runId}-`;
  const { host } = machine;
  const isOwn = host.startsWith(prefix) || CONTAINER.test(host);
  if (env.RUNNER_ENVIRONMENT !== 'github-hosted' || env.RUNNER_OS === 'Windows' || isOwn) return host;
  const given = `${prefix}${runAttempt}-${random().toString(36).slice(2, 10)}`;
  const names: HostNames = { before: host, given };
  runner.saveState(STATE_KEYS.hostNames, JSON.stringify(names));
  try {
    await machine.rename(given);
  } catch (error) {
    runner.info(hostNameText({ kind: 'kept', host, why: firstLine(error) }));
    return host;
  }
  runner.info(hostNameText({ kind: 'changed', host, given }));
  return given;
}

/** Post's part. Throws nothing: a name that stays does no harm on a machine that is discarded. */
export async function restoreHostName(
  { runner, machine }: Pick<Dependencies, 'runner' | 'machine'>,
  names: HostNames | undefined,
): Promise<void> {
  if (names === undefined || machine.host !== names.given) return;
  try {
    await machine.rename(names.before);
    runner.info(hostNameText({ kind: 'restored', host: names.before }));
  } catch (error) {
    runner.warning(hostNameText({ kind: 'not_restored', host: names.before, why: firstLine(error) }));
  }
}

function firstLine(error: unknown): string {
  const text = toMessage(error);
  return text.split('\n')[0] ?? '';
}
