import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RoleFor, rolePolicy } from '../../scripts/policy/policies.ts';
import { printJson } from '../../src/statefile/json-tree.ts';
import { parsePublishedOutputs, printPublishedOutputs } from '../../src/statefile/published-outputs.ts';
import { makeState } from '../steps/outputs/support.ts';
import { allowedBy, readStatements } from '../support/iam.ts';

const ROLE: RoleFor = {
  bucket: 'b',
  key: 'k/app.tfstate',
  workspaces: ['default', 'staging'],
  workspaceKeyPrefix: 'env:',
  region: 'eu-west-1',
  account: '111122223333',
  table: 'locks',
  useLockfile: true,
  kmsKeyId: 'arn:aws:kms:eu-west-1:111122223333:key/k',
  acl: 'private',
};

const KEYS = ['k/app.tfstate', 'env:/staging/k/app.tfstate'];
const onObject = (action: string, key: string) => ({
  action,
  resource: `arn:aws:s3:::b/${key}`,
  context: {},
});

describe('the role of a job that reads published outputs', () => {
  const policy = JSON.stringify(rolePolicy('published', ROLE));

  it('can read only them: no state, lock, listing, other object or item', ({ task }) => {
    for (const key of KEYS) {
      expect(allowedBy(policy, onObject('s3:GetObject', `${key}.outputs.json`))).toHaveLength(1);
    }
    const forbidden = KEYS.flatMap((key) => [
      onObject('s3:GetObject', key),
      onObject('s3:PutObject', key),
      onObject('s3:PutObject', `${key}.outputs.json`),
      onObject('s3:DeleteObject', `${key}.outputs.json`),
      onObject('s3:GetObject', `${key}.tflock`),
      onObject('s3:GetObject', `${key}.rescue/1-1`),
      onObject('s3:GetObject', `${key}.outputs.json.rescue/1-1`),
      onObject('s3:GetObject', `x${key}.outputs.json`),
      onObject('s3:GetObjectVersion', key),
    ]);
    const others = [
      { action: 's3:ListBucket', resource: 'arn:aws:s3:::b', context: {} },
      onObject('s3:GetObject', 'env:/production/k/app.tfstate.outputs.json'),
      ...['GetItem', 'PutItem', 'DeleteItem'].map((name) => ({
        action: `dynamodb:${name}`,
        resource: 'arn:aws:dynamodb:eu-west-1:111122223333:table/locks',
        context: { 'dynamodb:LeadingKeys': [`b/${KEYS[0]}-md5`] },
      })),
    ];
    const all = [...forbidden, ...others];
    task.meta.hostileInputs = all.length;
    for (const call of all) expect(allowedBy(policy, call), call.resource).toEqual([]);
    expect(readStatements(policy).map(({ Sid }) => Sid)).toEqual(['PublishedOutputs', 'Decrypt']);
  });

  it("is read-only, and a holding job that doesn't publish can't write them", () => {
    const call = onObject('s3:PutObject', `${KEYS[0]}.outputs.json`);
    expect(allowedBy(JSON.stringify(rolePolicy('hold', ROLE)), call)).toEqual([]);
    expect(allowedBy(JSON.stringify(rolePolicy('publish', ROLE)), call)).toHaveLength(1);
  });

  it('equals the role of the example for pull requests', () => {
    const root = join(import.meta.dirname, '../..');
    const example = readFileSync(join(root, 'examples/pull-request.yml'), 'utf8');
    expect(example).toContain('source: published');
    expect(example).toContain('publish_outputs: true');
    const shown = readFileSync(join(root, 'examples/policies/published-outputs.json'), 'utf8');
    const role = {
      ...ROLE,
      bucket: 'my-terraform-states',
      key: 'network/terraform.tfstate',
      region: 'eu-central-1',
    };
    const where = { workspaces: ['staging', 'production'], kmsKeyId: undefined };
    expect(JSON.parse(shown)).toEqual(
      JSON.parse(JSON.stringify(rolePolicy('published', { ...role, ...where }))),
    );
  });
});

describe('the published object', () => {
  it('contains nothing of a sensitive output, not even its name', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (open, value) => {
        const { header, outputs } = makeState(open, { a_name_that_is_secret: { deep: ['hunter2', value] } });
        const text = printPublishedOutputs(header, outputs);
        expect(text).not.toMatch(/hunter2|a_name_that_is_secret/);
        const parsed = parsePublishedOutputs(Buffer.from(text));
        if (!parsed.ok) throw new Error(parsed.detail);
        expect(parsed.state.header).toMatchObject({ serial: header.serial, lineage: header.lineage });
        for (const [name, { value }] of parsed.state.outputs) {
          expect(printJson(value)).toBe(printJson(outputs.get(name)?.value ?? null));
        }
        expect(parsed.state.outputs.size).toBe(outputs.size - 1);
      }),
    );
  });

  it.each([
    '',
    'null',
    '[]',
    '{',
    '{"schema_version":2,"serial":1,"lineage":"l","outputs":{}}',
    '{"schema_version":"1","serial":1,"lineage":"l","outputs":{}}',
    '{"schema_version":1,"serial":-1,"lineage":"l","outputs":{}}',
    '{"schema_version":1,"serial":1e9,"lineage":"l","outputs":{}}',
    '{"schema_version":1,"serial":1,"lineage":1,"outputs":{}}',
    '{"schema_version":1,"serial":1,"lineage":"l","outputs":[]}',
    '{"schema_version":1,"serial":1,"lineage":"l","outputs":{"a":1}}',
    '{"schema_version":1,"serial":1,"lineage":"l","outputs":{"a":{"value":1}}}',
    '{"schema_version":1,"serial":1,"lineage":"l","outputs":{"a":{"type":"string"}}}',
    '{"version":4,"serial":1,"lineage":"l","outputs":{}}',
  ])('is accepted only in its own form: %s', (text) => {
    expect(parsePublishedOutputs(Buffer.from(text)).ok).toBe(false);
  });
});
