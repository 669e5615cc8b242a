import { stateAddress } from '../../src/backend/address.ts';
import { compareResources } from '../../src/statefile/compare-resources.ts';
import { createStateInspector } from '../../src/statefile/inspect.ts';
import { createOutputsReader } from '../../src/statefile/outputs.ts';
import { parseLookup } from '../../src/statefile/parse-lookup.ts';
import { checkPlan } from '../../src/steps/outputs/check-plan.ts';
import { compareStates } from '../../src/steps/outputs/compare-states.ts';
import { ownOutputs } from '../../src/steps/outputs/own-outputs.ts';
import { planOutputs } from '../../src/steps/outputs/plan.ts';
import { renderFile } from '../../src/steps/outputs/render-file.ts';
import { selectOutputs } from '../../src/steps/outputs/select.ts';
import { say, table } from '../demo/print.ts';

const OUTPUTS = 5_000;
const RESOURCES = 20_000;
/** Of one chunk of a body, in bytes. */
const CHUNK = 64 * 1024;

/** A state with as many outputs and resources, of which some are others at another `serial`. */
function makeState(serial: number): Buffer {
  const outputs = Object.fromEntries(
    Array.from({ length: OUTPUTS }, (_, i) => {
      const value = { id: `id-${i}`, zones: ['a', 'b'], serial: i % 10 === 0 ? serial : 0 };
      return [
        `output_${i}`,
        { value, type: ['object', { id: 'string', zones: ['list', 'string'], serial: 'number' }] },
      ];
    }),
  );
  const resources = Array.from({ length: RESOURCES }, (_, i) => ({
    mode: 'managed',
    type: 'aws_subnet',
    name: `subnet_${i}`,
    provider: 'provider["registry.terraform.io/hashicorp/aws"]',
    instances: [
      {
        schema_version: 1,
        attributes: {
          id: `subnet-${i}`,
          tags: { Name: `n-${i % 10 === 0 ? serial : 0}`, text: 'x'.repeat(400) },
        },
        sensitive_attributes: [],
      },
    ],
  }));
  const head = { version: 4, terraform_version: '1.11.4', serial, lineage: 'l-1' };
  return Buffer.from(JSON.stringify({ ...head, outputs, resources, check_results: null }));
}

function* cut(state: Buffer): Generator<Buffer> {
  for (let at = 0; at < state.length; at += CHUNK) yield state.subarray(at, at + CHUNK);
}

function readState(state: Buffer, lookup?: string) {
  const reader = createOutputsReader([parseLookup('it', lookup ?? '') ?? []].flat());
  for (const chunk of cut(state)) if (reader.write(chunk)) break;
  const check = reader.end();
  if (check.kind === 'invalid') throw new Error(check.detail);
  return check.state;
}

function inspect(state: Buffer) {
  const inspector = createStateInspector();
  for (const chunk of cut(state)) inspector.write(chunk);
  const inspection = inspector.end();
  if (inspection.kind === 'invalid') throw new Error(inspection.detail);
  return inspection.resources;
}

const ADDRESS = stateAddress({ bucket: 'b', key: 'k', workspace: 'default', workspaceKeyPrefix: 'env:' });
const NOTHING_GIVEN = { listedBy: undefined, names: [''], select: [], defaults: new Map() };

/** All that the action does with outputs but to send them. */
function handOver(state: Buffer, before: Buffer): number {
  const selected = [selectOutputs(ADDRESS, readState(state), NOTHING_GIVEN)];
  const inputs = { ...NOTHING_GIVEN, sensitive: 'omit', envPrefix: undefined } as const;
  const plan = planOutputs(selected, inputs);
  checkPlan(selected, plan, 'omit');
  ownOutputs(selected, undefined);
  renderFile(plan.settings, { ...NOTHING_GIVEN, file: { path: '/f', format: 'json', prefix: '' } });
  const earlier = [{ outputs: readState(before).outputs, isWhole: true }];
  return compareStates(selected, earlier, NOTHING_GIVEN).changed.length;
}

/** Seconds of CPU, which a busy machine does not make more. */
function measure(work: () => number | undefined): string[] {
  const start = process.cpuUsage();
  const count = work();
  const { user, system } = process.cpuUsage(start);
  return [((user + system) / 1e6).toFixed(2), String(count)];
}

/** Times what outputs and resources by the thousand cost, without a network. */
export function benchOutputs(): void {
  say(`A state with ${OUTPUTS} outputs and ${RESOURCES} resources (the bound: 2 s to compare either)`);
  const before = makeState(7);
  const after = makeState(8);
  table([
    ['work', 'seconds of CPU', 'found'],
    [`${OUTPUTS} outputs read, planned, printed and compared`, ...measure(() => handOver(after, before))],
    [
      `${RESOURCES} resources compared`,
      ...measure(() => compareResources(inspect(before), inspect(after))?.changed.length),
    ],
    [
      `an attribute looked up among ${RESOURCES} resources`,
      ...measure(() => readState(after, `aws_subnet.subnet_${RESOURCES - 1}.id`).lookups?.size),
    ],
  ]);
}
