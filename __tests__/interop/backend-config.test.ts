import { createServer } from 'node:http';
import fc from 'fast-check';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { findRule } from '../../src/inputs/backend-block/arguments.ts';
import { readArguments } from '../../src/inputs/backend-block/read-arguments.ts';
import type { ConfigValue } from '../../src/terraform-config/value.ts';
import { folderWith, mergedBackend } from '../support/terraform-backend.ts';
import { block, CASES, LEAST } from './backend-cases.ts';
import { layers } from './backend-layers.ts';
import { differs } from './opentofu.ts';

const describeOracle = describe.skipIf(inject('terraform') === undefined);

const RESULT = {
  AssumeRole: `<AssumeRoleResult><Credentials><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>
    <SessionToken>token</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>`,
  GetCallerIdentity: '<GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>',
};

/** An AWS where every bucket exists and every role may be assumed, since only init's record matters. */
async function kindAws(): Promise<string> {
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    const action = body.includes('Action=AssumeRole') ? 'AssumeRole' : 'GetCallerIdentity';
    const sts = `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${RESULT[action]}</${action}Response>`;
    const isState = request.method !== 'POST' && !request.url?.includes('list-type=2');
    response.writeHead(isState ? 404 : 200, { 'content-type': 'application/xml' });
    response.end(request.method === 'POST' ? sts : '<ListBucketResult></ListBucketResult>');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

// These let init succeed wherever the other settings point.
function skipLines(url: string): string[] {
  const skips = [
    'credentials_validation',
    'metadata_api_check',
    'region_validation',
    'requesting_account_id',
  ];
  return [
    'access_key=AKIAIOSFODNN7EXAMPLE',
    'secret_key=secretOfTheExample',
    'use_path_style=true',
    ...skips.map((name) => `skip_${name}=true`),
    `endpoints={ s3 = "${url}", dynamodb = "${url}", sts = "${url}", iam = "${url}" }`,
  ];
}

/** Our settings, in the form of Terraform's own record. */
async function ourBackend(workspace: string, lines: readonly string[]) {
  const written = await readArguments({ workspace, workingDirectory: '.', backendConfig: lines.join('\n') });
  const config = [...written.values].map(([name, { value }]) => [name, toPlain(value)]);
  return {
    config: Object.fromEntries(config.filter(([, value]) => value !== undefined)),
    problems: written.problems.map(({ fix }) => fix),
    elsewhere: written.elsewhere?.fix,
  };
}

function toPlain(value: ConfigValue): unknown {
  if (value.kind === 'text' || value.kind === 'number') return value.text;
  if (value.kind === 'boolean') return String(value.value);
  if (value.kind === 'list') return value.items.map(toPlain);
  if (value.kind === 'object') {
    const set = value.entries.map(([name, inner]) => [name, toPlain(inner)]);
    return Object.fromEntries(set.filter(([, inner]) => inner !== undefined));
  }
  return undefined;
}

/** Terraform converts to the types of its schema; as text, the set values are the same. */
function asTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asTexts);
  if (typeof value !== 'object' || value === null) return String(value);
  const set = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(set.map(([name, inner]) => [name, asTexts(inner)]));
}

describeOracle('the settings of a backend, read as terraform init reads them', () => {
  it.each(Object.keys(CASES))('%s', async (name) => {
    const { files, lines = [] } = CASES[name] ?? { files: {} };
    const folder = await folderWith(files);
    const all = [...skipLines(await kindAws()), ...lines];
    const ours = await ourBackend(folder, all);
    expect(ours.problems).toEqual([]);
    const theirs = await mergedBackend(folder, all);
    expect(theirs.config, theirs.stderr).toBeDefined();
    const isEscaped = differs('takes the template escape $${ in a JSON backend block for what it stands for');
    if (isEscaped && 'main.tf.json' in files) expect(ours.config?.bucket).toBe(theirs.config?.bucket);
    else expect(ours.config).toEqual(asTexts(theirs.config));
  });

  it('agree however often a setting is given, in whatever file, syntax or argument', async () => {
    const url = await kindAws();
    await fc.assert(
      fc.asyncProperty(layers, async ({ files, lines = [] }) => {
        const folder = await folderWith(files);
        const all = [...lines, ...skipLines(url)];
        const ours = await ourBackend(folder, all);
        const theirs = await mergedBackend(folder, all);
        expect(ours.problems).toEqual([]);
        expect(theirs.config, theirs.stderr).toBeDefined();
        expect(ours.config).toEqual(asTexts(theirs.config));
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    ['two backends', { 'a.tf': block(LEAST), 'b.tf': block(LEAST) }, [], 'Duplicate'],
    ['an argument twice', { 'a.tf': block(`${LEAST}\nkey = "x"`) }, [], 'redefined'],
    ['an unterminated string', { 'a.tf': block(`${LEAST}\nacl = "x`) }, [], ''],
    ['an escape that HCL lacks', { 'a.tf': block(`${LEAST}\nacl = "\\x"`) }, [], 'escape'],
    ['a comma after an argument', { 'a.tf': block('bucket = "b", key = "k"') }, [], ''],
    ['a heredoc without an end', { 'a.tf': block(`${LEAST}\nacl = <<EOT\nx`) }, [], ''],
    ['a missing file', { 'a.tf': block(LEAST) }, ['none.hcl'], ''],
    ['a file with invalid JSON', { 'a.tf': block(LEAST), 'x.json': '{"a": }' }, ['x.json'], ''],
    ['an invalid object', { 'a.tf': block(LEAST) }, ['assume_role={'], ''],
  ])('%s is an error for both', async (_, files, lines, words) => {
    const folder = await folderWith(files);
    const { problems } = await ourBackend(folder, lines);
    expect(problems).toHaveLength(1);
    const theirs = await mergedBackend(folder, lines);
    expect(theirs.config).toBeUndefined();
    expect(theirs.stderr).toContain(words);
  });

  it('include every argument that terraform knows', async () => {
    const folder = await folderWith({ 'main.tf': block(LEAST) });
    const { config, names, stderr } = await mergedBackend(folder, skipLines(await kindAws()));
    expect(config, stderr).toBeDefined();
    expect(names.length).toBeGreaterThan(40);
    expect(names.filter((name) => findRule(name) === undefined)).toEqual([]);
  });
});
