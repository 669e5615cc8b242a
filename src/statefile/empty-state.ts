/** Any version that writes this format will do, because Terraform records its own with its first write. */
const TERRAFORM_VERSION = '1.0.0';

/** The state of a new workspace as Terraform writes it (docs/protocol.md#empty-and-encrypted-states). Pure. */
export function printEmptyState(lineage: string): string {
  const state = {
    version: 4,
    terraform_version: TERRAFORM_VERSION,
    serial: 1,
    lineage,
    outputs: {},
    resources: [],
    check_results: null,
  };
  return `${JSON.stringify(state, null, 2)}\n`;
}
