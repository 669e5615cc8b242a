import type { SessionUse } from '../../backend/policy/uses.ts';
import { readCommand } from '../../inputs/command-inputs.ts';
import type { InputSources } from '../../inputs/input-sources.ts';
import { readStateInputs, type StateInputs } from '../../inputs/read-state-inputs.ts';
import { isVersionId } from '../../inputs/version-id.ts';
import type { InputReader } from '../../runner/inputs.ts';
import { parseSerial } from '../../statefile/header.ts';
import type { DiffEnds } from './diff-versions.ts';
import type { VersionReference } from './find-version.ts';
import type { RestoreRequest } from './restore-version.ts';

/** What the step does with the versions of a state. */
export type HistoryCommand =
  | { readonly kind: 'list'; readonly limit: number }
  | ({ readonly kind: 'diff' } & DiffEnds)
  | ({ readonly kind: 'restore' } & RestoreRequest);

/** The inputs of the history action. */
export interface HistoryInputs extends StateInputs {
  readonly command: HistoryCommand;
}

const USES = {
  list: 'history_read',
  diff: 'history_read',
  restore: 'history_restore',
} as const satisfies Record<string, SessionUse>;

const DEFAULT_LIMIT = 20;
const HIGHEST_LIMIT = 200;

const SERIAL_PREFIX = 'serial:';

/** Reads the history action's inputs and changes nothing. Errors: InputError with every problem. */
export function readHistoryInputs(sources: InputSources): HistoryInputs {
  return readStateInputs(sources, (reader) => {
    const kind = readCommand(reader, 'command', ['list', 'diff', 'restore'], 'list');
    const command = readArguments(reader, kind);
    const queues = command?.kind === 'restore' && command.lockTimeoutMs > 0;
    return { own: command && { command }, use: USES[kind], policy: { queues } };
  });
}

/** The other commands also accept what only one uses, because one workflow often runs all three. */
function readArguments(reader: InputReader, kind: HistoryCommand['kind']): HistoryCommand | undefined {
  const limit = readLimit(reader);
  const lockTimeoutMs = reader.duration('lock_timeout') ?? 0;
  if (kind === 'list') return { kind, limit };
  if (kind === 'diff')
    return { kind, from: readVersionReference(reader, 'from'), to: readVersionReference(reader, 'to') };
  const reference = readTarget(reader);
  return reference === undefined ? undefined : { kind, reference, lockTimeoutMs };
}

function readLimit(reader: InputReader): number {
  const limit = reader.integer('limit', 1) ?? DEFAULT_LIMIT;
  if (limit > HIGHEST_LIMIT) reader.reject('limit', String(limit), `use at most ${HIGHEST_LIMIT}`);
  return limit;
}

function readVersionReference(reader: InputReader, name: 'from' | 'to'): VersionReference | undefined {
  const text = reader.text(name);
  if (text === undefined) return undefined;
  if (!text.startsWith(SERIAL_PREFIX)) return toVersion(reader, name, text);
  const serial = text.slice(SERIAL_PREFIX.length);
  const number = parseSerial(serial);
  if (number !== undefined) return { kind: 'serial', serial: number };
  reader.reject(name, text, 'write a serial as serial:42, or give the id of a version');
  return undefined;
}

const ONE_OF = 'give exactly one of version, serial and steps_back';

/** Undefined when a problem was recorded. */
function readTarget(reader: InputReader): VersionReference | undefined {
  const version = reader.text('version');
  const serial = reader.text('serial');
  const back = reader.text('steps_back');
  const given = Object.entries({ version, serial, steps_back: back }).filter(
    ([, text]) => text !== undefined,
  );
  const [first, second] = given;
  if (first === undefined) reader.reject('version', undefined, `${ONE_OF}, to say which state to restore`);
  if (second !== undefined) reader.reject(second[0], second[1], ONE_OF);
  if (version !== undefined) return toVersion(reader, 'version', version);
  if (serial !== undefined) return toSerial(reader, serial);
  const steps = reader.integer('steps_back', 1);
  return steps === undefined ? undefined : { kind: 'steps_back', steps };
}

function toVersion(reader: InputReader, name: string, versionId: string): VersionReference | undefined {
  if (isVersionId(versionId)) return { kind: 'version', versionId };
  reader.reject(name, versionId.slice(0, 80), 'give the id of a version, as command: list shows it');
  return undefined;
}

function toSerial(reader: InputReader, text: string): VersionReference | undefined {
  const serial = parseSerial(text);
  if (serial !== undefined) return { kind: 'serial', serial };
  reader.reject('serial', text, 'give the serial of a state: a whole number, as command: list shows it');
  return undefined;
}
