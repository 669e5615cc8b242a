import type { StateAddress } from '../../backend/address.ts';
import type { Backend } from '../../backend/settings.ts';
import { readPublishedOutputs } from '../../backend/state/published-outputs.ts';
import { type ReadOutputs, readOutputs } from '../../backend/state/read-outputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { publishedLine, readLine } from '../../messages/outputs-notes.ts';
import { explainMissing, explainUnmatched } from '../../messages/outputs-refused.ts';
import { reportPullNotice } from '../../messages/report-pull-notice.ts';
import type { ResourceLookup } from '../../statefile/parse-lookup.ts';
import type { ListedBy } from './listed-states.ts';
import type { OutputsInputs, OutputsSource } from './outputs-inputs.ts';
import { OutputsRefused } from './refusal.ts';
import { type SelectedState, type Selection, selectOutputs } from './select.ts';
import { selectFromNamed } from './select-named.ts';

/**
 * Reads states in parallel, over one connection. All reads have ended before an error of one, or of several, is thrown.
 */
export async function readStates(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal'>,
  backend: Backend,
  addresses: readonly StateAddress[],
  source: OutputsSource,
  { lookups, decryption, allowMissing }: Pick<OutputsInputs, 'lookups' | 'decryption' | 'allowMissing'>,
): Promise<(ReadOutputs | undefined)[]> {
  // An error names every state that must not be missing.
  const log = (read: ReadOutputs | undefined, line: string): void => {
    if (read !== undefined || allowMissing) deps.runner.info(line);
  };
  const results = await Promise.allSettled(
    addresses.map((address, i) =>
      source === 'published'
        ? readPublished({ ...backend, address }, log)
        : readOne(deps, { ...backend, address }, { lookups: lookups[i] ?? [], decryption }, log),
    ),
  );
  const errors = results.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  if (errors.length > 1) throw new AggregateError(errors);
  if (errors.length === 1) throw errors[0];
  return results.map((end) => (end.status === 'fulfilled' ? end.value : undefined));
}

/** Takes the log's line about a state that was read, or that is missing. */
type LogRead = (read: ReadOutputs | undefined, line: string) => void;

async function readOne(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal'>,
  backend: Backend,
  content: {
    readonly lookups: readonly ResourceLookup[];
    readonly decryption: OutputsInputs['decryption'];
  },
  log: LogRead,
): Promise<ReadOutputs | undefined> {
  const { clock, signal } = deps;
  const read = await readOutputs(backend, {
    clock,
    signal,
    ...content,
    onNotice: (notice) => reportPullNotice(deps, backend, notice),
  });
  log(read, readLine(backend.address, read));
  return read;
}

async function readPublished(backend: Backend, log: LogRead): Promise<ReadOutputs | undefined> {
  const read = await readPublishedOutputs(backend);
  log(read, publishedLine(backend.address, read));
  return read;
}

/**
 * The selected outputs of each state. Errors: OutputsRefused `state_missing`, unless that is allowed, or
 * `nothing_selected` when a name or glob matches nothing in an existing state.
 */
export function selectFrom(
  addresses: readonly StateAddress[],
  read: readonly (ReadOutputs | undefined)[],
  selection: Selection & {
    readonly allowMissing: boolean;
    readonly source: OutputsSource;
    readonly names: readonly string[];
    readonly listedBy: ListedBy | undefined;
  },
): SelectedState[] {
  const missing = addresses.filter((_, i) => read[i] === undefined);
  if (missing.length > 0 && !selection.allowMissing) {
    throw new OutputsRefused('state_missing', explainMissing(missing, selection.source === 'published'));
  }
  if (selection.listedBy === 'states') return selectFromNamed(addresses, read, selection);
  const states = addresses.map((address, i) => selectOutputs(address, read[i], selection));
  const unfit = states.find(({ header, unmatched }) => header !== undefined && unmatched.length > 0);
  if (unfit === undefined) return states;
  const { address, unmatched, available } = unfit;
  throw new OutputsRefused('nothing_selected', explainUnmatched([address], unmatched, available));
}
