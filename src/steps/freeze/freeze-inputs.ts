import type { StateAddress } from '../../backend/address.ts';
import type { SessionUse } from '../../backend/policy/uses.ts';
import type { BackendSettings } from '../../backend/settings.ts';
import { readCommand } from '../../inputs/command-inputs.ts';
import { InputError } from '../../inputs/input-error.ts';
import type { InputSources } from '../../inputs/input-sources.ts';
import { rejectWithoutLock } from '../../inputs/lock-mode-inputs.ts';
import { withSessionPolicy } from '../../inputs/session-policy.ts';
import { readKeyList } from '../../inputs/state-list-inputs.ts';
import { createInputReader, type InputReader } from '../../runner/inputs.ts';
import { type FreezeEnd, freezeEndProblem, parseFreezeEnd } from './freeze-end.ts';

/** What is done with the states. */
export type FreezeCommand =
  | {
      readonly kind: 'freeze';
      readonly end: FreezeEnd;
      readonly reason: string;
      readonly lockTimeoutMs: number;
    }
  | { readonly kind: 'thaw' }
  | { readonly kind: 'show' };

/** The inputs of the freeze action. */
export interface FreezeInputs {
  /** The connection to all states. Its own address is the first of them. */
  readonly backend: BackendSettings;
  /** The named states. */
  readonly addresses: readonly StateAddress[];
  /** The prefixes of further states' object keys, each with `/` at its end. */
  readonly prefixes: readonly string[];
  readonly command: FreezeCommand;
  readonly warnings: readonly string[];
}

const LONGEST_REASON = 500;

/** The permissions of the session: a freeze is taken and released like a lock. */
const USES = { freeze: 'lock', thaw: 'free', show: 'show' } as const satisfies Record<string, SessionUse>;

/**
 * Reads the freeze action's inputs and changes nothing. `now` in ms since the epoch. Errors: InputError with every
 * problem.
 */
export function readFreezeInputs(sources: InputSources, now: number): FreezeInputs {
  const { env, given } = sources;
  const reader = createInputReader(env, given);
  const kind = readCommand(reader, 'command', ['freeze', 'thaw', 'show'], 'show');
  const command = readArguments(reader, kind, now);
  const { first, addresses, prefixes, warnings, problems } = readKeyList(reader, 'keys', sources);
  rejectWithoutLock(reader, first, 'nothing can be frozen');
  const others = addresses.map((address): BackendSettings => ({ ...first, address }));
  const queues = command?.kind === 'freeze' && command.lockTimeoutMs > 0;
  const policy = { prefixes, queues };
  const backend = withSessionPolicy(reader, USES[kind], [first, ...others], warnings, policy);
  const all = [...problems, ...reader.problems];
  if (all.length > 0 || command === undefined) throw new InputError(all);
  return { backend, addresses, prefixes, command, warnings };
}

/** The other commands also accept what only a freeze uses, because one workflow often runs all three. */
function readArguments(
  reader: InputReader,
  kind: FreezeCommand['kind'],
  now: number,
): FreezeCommand | undefined {
  if (kind !== 'freeze') return { kind };
  const end = readEnd(reader, now);
  const reason = readReason(reader);
  const lockTimeoutMs = reader.duration('lock_timeout') ?? 0;
  if (end === undefined || reason === undefined) return undefined;
  return { kind, end, reason, lockTimeoutMs };
}

const ENDS =
  'give a date (2026-12-24), a time with its zone (2026-12-24T18:00:00Z), or a duration such as 4h or 3d';

function readEnd(reader: InputReader, now: number): FreezeEnd | undefined {
  const text = reader.text('until');
  const end = text === undefined ? undefined : parseFreezeEnd(text);
  const problem = end === undefined ? ENDS : freezeEndProblem(end, now);
  if (problem !== undefined) reader.reject('until', text, problem);
  return end;
}

/** On one line, as in the lock info. */
function readReason(reader: InputReader): string | undefined {
  const text = reader.text('reason');
  const reason = text?.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  if (reason === undefined) {
    reader.reject('reason', undefined, 'say why: everybody whom the freeze blocks sees it, also on a laptop');
  } else if (reason.length > LONGEST_REASON) {
    const shown = `${reason.slice(0, 40)}...`;
    reader.reject('reason', shown, `use at most ${LONGEST_REASON} characters`);
  }
  return reason;
}
