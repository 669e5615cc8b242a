import type { BackendSettings } from '../backend/settings.ts';
import { ANY_STATE } from '../backend/state/list-states.ts';
import type { InputProblem, InputReader } from '../runner/inputs.ts';
import type { InputSources } from './input-sources.ts';
import { readBackendAs } from './read-backend-as.ts';
import { rejectKey } from './reject-key.ts';

/** The backend of an action that looks at all states below a prefix. */
export interface KeyPrefixInputs {
  /** Its own address is that of no state. It has the lock file beside the table: one listing finds both. */
  readonly settings: BackendSettings;
  /** What the keys of the states begin with; empty: the whole bucket. */
  readonly prefix: string;
  readonly warnings: readonly string[];
  readonly problems: readonly InputProblem[];
}

/**
 * Reads `key_prefix` and the backend's inputs for some state of the default workspace, which has the prefix and no
 * other part of a path. Refuses the input `key`, with this fix.
 */
export function readKeyPrefixInputs(
  reader: InputReader,
  sources: InputSources,
  fixForKey: string,
): KeyPrefixInputs {
  rejectKey(reader, sources.env, fixForKey);
  const given = reader.text('key_prefix') ?? '';
  const backend = readBackendAs(
    {
      key: { input: 'key_prefix', value: given, backendValue: `${given}${ANY_STATE}` },
      workspace: { input: 'workspace', value: 'default' },
    },
    sources,
  );
  const { objectKey } = backend.settings.address;
  return {
    settings: { ...backend.settings, useLockfile: true },
    prefix: objectKey.slice(0, -ANY_STATE.length),
    warnings: backend.warnings,
    problems: backend.problems,
  };
}
