/** The content of a test's state; the rest is as Terraform writes it. */
export interface StateSketch {
  readonly serial?: number;
  readonly lineage?: string;
  /** Names of its `terraform_data` resources. */
  readonly resources?: readonly string[];
  /** The value of each of them. */
  readonly value?: string;
}

export const LINEAGE = '8f0c2a54-6a3e-5d1b-9c7f-1e2d3c4b5a69';
export const OTHER_LINEAGE = '11111111-2222-3333-4444-555555555555';
/** A sensitive value in each state, as output and as attribute. */
export const SENSITIVE = 'hunter2-and-then-some';

/** A state of format 4; serial 7 with one resource when nothing else is said. */
export function stateText({
  serial = 7,
  lineage = LINEAGE,
  resources = ['first'],
  value = SENSITIVE,
}: StateSketch = {}): string {
  const state = {
    version: 4,
    terraform_version: '1.11.4',
    serial,
    lineage,
    outputs: { password: { value: SENSITIVE, type: 'string', sensitive: true } },
    resources: resources.map((name) => resource(name, value)),
    check_results: null,
  };
  return `${JSON.stringify(state, null, 2)}\n`;
}

/** What an apply makes of `stateText()`: the next serial and one resource more. */
export function appliedState(sketch: StateSketch = {}): string {
  return stateText({ serial: 8, resources: ['first', 'second'], ...sketch });
}

/** As OpenTofu stores it with state encryption. */
export function encryptedState({ serial = 7 }: Pick<StateSketch, 'serial'> = {}): string {
  const meta = { 'key_provider.pbkdf2.passphrase': 'eyJzYWx0IjoiIn0=' };
  const body = { serial, lineage: LINEAGE, meta, encrypted_data: 'AAAA', encryption_version: 'v0' };
  return JSON.stringify(body);
}

function resource(name: string, value: string) {
  const attributes = { id: `id-of-${name}`, input: { value, type: 'string' }, triggers_replace: null };
  const provider = 'provider["terraform.io/builtin/terraform"]';
  const instances = [{ schema_version: 0, attributes, sensitive_attributes: [] }];
  return { mode: 'managed', type: 'terraform_data', name, provider, instances };
}
