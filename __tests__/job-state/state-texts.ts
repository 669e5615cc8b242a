import { createStateHasher, type StateFacts } from '../../src/backend/state/hash-and-inspect.ts';
import type { LocalState } from '../../src/steps/post/push-decision.ts';

/** A state of format 4 as text; one `terraform_data` resource for each name, its value being `value`. */
export function stateText({ serial = 1, lineage = 'lineage-1', names = ['a'], value = 'v' } = {}): string {
  const resources = names.map((name) => ({
    mode: 'managed',
    type: 'terraform_data',
    name,
    provider: 'provider["terraform.io/builtin/terraform"]',
    instances: [{ schema_version: 0, attributes: { id: name, input: value } }],
  }));
  const state = { version: 4, terraform_version: '1.11.4', serial, lineage, outputs: {}, resources };
  return `${JSON.stringify(state, undefined, 2)}\n`;
}

/** The facts of a text, or of the state that `stateText` makes of the options. */
export function readFacts(state: string | Parameters<typeof stateText>[0]): StateFacts {
  const hasher = createStateHasher();
  hasher.write(Buffer.from(typeof state === 'string' ? state : stateText(state)));
  return hasher.end();
}

/** The job's file with such a state. */
export function localState(state: string | Parameters<typeof stateText>[0]): LocalState {
  return { path: '/tmp/terraform.tfstate', copy: '/tmp/copy', facts: readFacts(state) };
}
