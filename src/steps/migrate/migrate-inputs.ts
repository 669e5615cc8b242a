import type { BackendSettings } from '../../backend/settings.ts';
import { readCommand } from '../../inputs/command-inputs.ts';
import { InputError } from '../../inputs/input-error.ts';
import type { InputSources } from '../../inputs/input-sources.ts';
import { readKeyPrefixInputs } from '../../inputs/key-prefix-inputs.ts';
import { readLines } from '../../inputs/list-inputs.ts';
import { withSessionPolicy } from '../../inputs/session-policy.ts';
import { readStaleProofInputs, type StaleProofInputs } from '../../inputs/stale-inputs.ts';
import { createInputReader, type InputReader } from '../../runner/inputs.ts';
import { parseLongDuration } from '../../time/duration.ts';

/** What is done about the states. */
export type MigrateCommand =
  | { readonly kind: 'report'; readonly depth: 'full' | 'quick' }
  | { readonly kind: 'dual' }
  /** `allowUnknown`: globs for the keys of states to finish although nothing shows how they are locked. */
  | { readonly kind: 'finish'; readonly allowUnknown: readonly string[] };

/** The inputs of the migrate action. */
export interface MigrateInputs {
  /** Its own address is that of no state, and it has both locks. */
  readonly backend: BackendSettings & { readonly table: string };
  /** The prefix of the states' keys. Empty for the whole bucket. */
  readonly prefix: string;
  readonly command: MigrateCommand;
  /** For how long no client may have taken only the lock in the table, in ms. */
  readonly quietForMs: number;
  /** What proves that an earlier `finish` is dead. */
  readonly proof: StaleProofInputs;
  readonly warnings: readonly string[];
}

const QUIET_FOR_MS = 7 * 86_400_000;
const FIX_FOR_KEY = 'this action looks at all states: give key_prefix, which may be the key of one';

/** Reads the migrate action's inputs and changes nothing. Errors: InputError with every problem. */
export function readMigrateInputs(sources: InputSources): MigrateInputs {
  const reader = createInputReader(sources.env, sources.given);
  const command = readArguments(
    reader,
    readCommand(reader, 'command', ['report', 'dual', 'finish'], 'report'),
  );
  const quietForMs = readQuietFor(reader);
  const proof = readStaleProofInputs(reader);
  const { settings, prefix, warnings: given, problems } = readKeyPrefixInputs(reader, sources, FIX_FOR_KEY);
  const { table } = settings;
  if (table === undefined) {
    const fix = 'give the table to empty, even after you have removed it from the backend blocks';
    reader.reject('dynamodb_table', undefined, fix);
  }
  const warnings = [...given];
  const use = command.kind === 'finish' ? 'migrate_finish' : 'migrate_report';
  const backend = withSessionPolicy(reader, use, [settings], warnings, { keyPrefix: prefix });
  const all = [...problems, ...reader.problems];
  if (all.length > 0 || table === undefined) throw new InputError(all);
  return { backend: { ...backend, table }, prefix, command, quietForMs, proof, warnings };
}

/** The other commands also accept what only one uses, because one workflow often runs all three. */
function readArguments(reader: InputReader, kind: MigrateCommand['kind']): MigrateCommand {
  const depth = reader.choice('depth', ['full', 'quick']) ?? 'full';
  const allowUnknown = readLines(reader, 'allow_unknown') ?? [];
  if (kind === 'report') return { kind, depth };
  return kind === 'finish' ? { kind, allowUnknown } : { kind };
}

function readQuietFor(reader: InputReader): number {
  const text = reader.text('quiet_for');
  const ms = text === undefined ? QUIET_FOR_MS : parseLongDuration(text);
  if (ms === undefined) {
    reader.reject('quiet_for', text, 'use a duration such as 12h, 7d or 1d12h');
  }
  return ms ?? QUIET_FOR_MS;
}
