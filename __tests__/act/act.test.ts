import { describe, expect, inject, it, onTestFinished } from 'vitest';
import {
  awsClients,
  createStateFixture,
  DUMMY_KEYS,
  REGION,
  readItem,
  readObject,
  type StateFixture,
} from '../support/aws.ts';
import { act, runWithAct } from './act.ts';

const motoUrl = inject('motoUrl') ?? '';
const KEY = 'network/app.tfstate';
const MODULE = `
resource "terraform_data" "one" {
  input = "one"
}

output "greeting" {
  value = "hello from the state"
}
`;

/** Inputs of the action, as lines of a step's \`with\`. */
function withLines(inputs: Record<string, string>): string {
  return Object.entries(inputs)
    .map(([name, value]) => `          ${name}: ${JSON.stringify(value)}`)
    .join('\n');
}

function inputsFor({ bucket, table }: StateFixture): Record<string, string> {
  return {
    bucket,
    key: KEY,
    region: REGION,
    endpoint: motoUrl,
    dynamodb_endpoint: motoUrl,
    sts_endpoint: motoUrl,
    dynamodb_table: table,
    use_path_style: 'true',
    access_key: DUMMY_KEYS.accessKeyId,
    secret_key: DUMMY_KEYS.secretAccessKey,
  };
}

async function openTestbed() {
  const clients = awsClients(motoUrl);
  onTestFinished(() => clients.destroy());
  const fixture = await createStateFixture(clients, { name: 'act' });
  const lockId = `${fixture.bucket}/${KEY}`;
  return {
    inputs: inputsFor(fixture),
    state: async () => JSON.parse((await readObject(clients, fixture.bucket, KEY))?.toString() ?? '{}'),
    lock: () => readItem(clients, fixture.table, lockId),
    digest: () => readItem(clients, fixture.table, `${lockId}-md5`),
  };
}

const canRun = act !== undefined && motoUrl !== '' && inject('terraform') !== undefined;

describe.skipIf(!canRun)('under act, in host mode', () => {
  it('runs main, steps and post, and passes outputs across jobs and steps', async () => {
    const { inputs, state, lock, digest } = await openTestbed();
    const workflow = `
on: push
jobs:
  apply:
    runs-on: ubuntu-latest
    outputs:
      exists: \${{ steps.hold.outputs.state_exists }}
      reason: \${{ steps.hold.outputs.reason_code }}
    steps:
      - uses: actions/checkout@v7
      - id: hold
        uses: ./action
        with:
          working_directory: infra
${withLines(inputs)}
      - run: terraform -chdir=infra init && terraform -chdir=infra apply -auto-approve
  read:
    needs: apply
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - id: net
        uses: ./action/outputs
        with:
${withLines(inputs)}
      - run: |
          echo "across jobs: \${{ needs.apply.outputs.reason }} \${{ needs.apply.outputs.exists }}"
          echo "across steps: \${{ steps.net.outputs.greeting }}"
`;
    const { succeeded, log } = await runWithAct(workflow, { 'infra/main.tf': MODULE });
    expect(succeeded, log).toBe(true);
    expect(log).toContain('across jobs: held false');
    expect(log).toContain('across steps: hello from the state');
    expect(log).toContain('Released the lock');
    expect(await state()).toMatchObject({ version: 4, resources: [{ type: 'terraform_data' }] });
    expect(await digest()).toMatchObject({ Digest: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(await lock()).toBeUndefined();
  });

  it('post pushes the state and releases the lock after a failed step', async () => {
    const { inputs, state, lock } = await openTestbed();
    const workflow = `
on: push
jobs:
  apply:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: ./action
        with:
          working_directory: infra
${withLines(inputs)}
      - run: terraform -chdir=infra init && terraform -chdir=infra apply -auto-approve
      - run: exit 1
`;
    const { succeeded, log } = await runWithAct(workflow, { 'infra/main.tf': MODULE });
    expect(succeeded, log).toBe(false);
    expect(await state()).toMatchObject({ resources: [{ type: 'terraform_data' }] });
    expect(await lock()).toBeUndefined();
  });
});
