import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { profileRegion } from '../../src/aws/regions.ts';
import { readBackendInputs } from '../../src/inputs/backend-inputs.ts';
import { readProfileInputs } from '../../src/inputs/read-action-inputs.ts';
import { inputEnv, job, openReader } from '../job-state/support.ts';
import { folderWith } from '../support/terraform-backend.ts';

const ROLE = 'role_arn = "arn:aws:iam::123456789012:role/r"';
const PEM = rootCertificates[0] ?? '';
const LEAST = { bucket: 'b', key: 'k', region: 'eu-west-1', trust_repository: 'true' };

/** The resolved paths of a checkout with the module `infra`. */
async function readPaths(
  workspace: string,
  inputs: Record<string, string>,
  env: Record<string, string> = {},
) {
  const all = { ...env, ...inputEnv({ ...LEAST, ...inputs }) };
  const here = { ...job, workspace };
  const { reader } = await openReader(all, here);
  const { aws } = readBackendInputs(reader, here, undefined).settings;
  const { sharedCredentialsFiles, sharedConfigFiles, webIdentity } = aws.credentials;
  const token = webIdentity?.token.from === 'file' ? webIdentity.token.path : undefined;
  const short = (path: string | undefined) => path?.replace(workspace, 'W').replaceAll('\\', '/');
  return {
    paths: [...sharedCredentialsFiles, ...sharedConfigFiles, token, aws.network.caBundle].map(short),
    problems: reader.problems.map(({ input, fix }) => `${input}: ${fix}`),
  };
}

const checkout = () => folderWith({ 'infra/x.pem': PEM, 'x.pem': PEM, 'home/x.pem': PEM });

/** The four kinds of paths, as in a block. */
const written = (path: string) => [
  `shared_credentials_files = ["${path}"]`,
  `shared_config_files = ["${path}"]`,
  `assume_role_with_web_identity = { ${ROLE}, web_identity_token_file = "${path}" }`,
  `custom_ca_bundle = "${path}"`,
];
const blockWith = (lines: readonly string[]) => `terraform {\n backend "s3" {\n${lines.join('\n')}\n}\n}\n`;
const inputsWith = (path: string) => ({
  shared_credentials_files: path,
  shared_config_files: path,
  web_identity_token_file: path,
  custom_ca_bundle: path,
  role_arn: ROLE.slice(12, -1),
});

describe('paths of shared files, of a token file and of a CA bundle', () => {
  it('are relative to the module in a backend block, as in Terraform', async () => {
    const workspace = await checkout();
    await writeFile(join(workspace, 'infra/main.tf'), blockWith(written('x.pem')));
    const { paths, problems } = await readPaths(workspace, { working_directory: 'infra' });
    expect(problems).toEqual([]);
    expect(paths).toEqual(Array(4).fill('W/infra/x.pem'));
  });

  it('are relative to it in files and lines of backend_config, too, and without a module to the checkout', async () => {
    const workspace = await checkout();
    const lines = written('x.pem').map((line) => line.replace(' = ', '='));
    await writeFile(join(workspace, 'infra/x.hcl'), written('x.pem').join('\n'));
    const expected = Array(4).fill('W/infra/x.pem');
    for (const backend_config of ['x.hcl', lines.slice(0, 3).join('\n').concat('\ncustom_ca_bundle=x.pem')]) {
      const found = await readPaths(workspace, { working_directory: 'infra', backend_config });
      expect(found).toEqual({ paths: expected, problems: [] });
    }
    const bare = await readPaths(workspace, { backend_config: join('infra', 'x.hcl') });
    expect(bare.paths).toEqual(Array(4).fill('W/x.pem'));
  });

  it('are relative to the checkout as inputs, whatever the block says', async () => {
    const workspace = await checkout();
    await writeFile(join(workspace, 'infra/main.tf'), blockWith(written('other')));
    const inputs = { ...inputsWith('x.pem'), working_directory: 'infra' };
    expect((await readPaths(workspace, inputs)).paths).toEqual(Array(4).fill('W/x.pem'));
  });

  it.each(['~/x.pem', '$HOME/x.pem', ['$', '{HOME}/x.pem'].join('')])(
    '%s is expanded in all four',
    async (path) => {
      const workspace = await checkout();
      const env = { HOME: join(workspace, 'home') };
      const expected = { paths: Array(4).fill('W/home/x.pem'), problems: [] };
      expect(await readPaths(workspace, inputsWith(path), env)).toEqual(expected);
      await writeFile(join(workspace, 'infra/main.tf'), blockWith(written(path.replace('${', () => '$${'))));
      expect(await readPaths(workspace, { working_directory: 'infra' }, env)).toEqual(expected);
    },
  );

  it('with an unset variable are an error in all four', async () => {
    const workspace = await checkout();
    const { problems } = await readPaths(workspace, inputsWith('$NONE/x.pem'), { NONE: '' });
    const named = [
      'shared_credentials_files',
      'shared_config_files',
      'web_identity_token_file',
      'custom_ca_bundle',
    ];
    expect(problems.map((text) => text.split(':')[0]).sort()).toEqual(named.sort());
    for (const problem of problems) expect(problem).toContain('has no NONE');
    const variables = {
      AWS_CONFIG_FILE: '$NONE/c',
      AWS_SHARED_CREDENTIALS_FILE: '$NONE/c',
      AWS_CA_BUNDLE: '$NONE/c',
    };
    const ofVariables = await readPaths(workspace, {}, variables);
    expect(ofVariables.problems).toHaveLength(3);
    for (const problem of ofVariables.problems)
      expect(problem).toMatch(/it comes from AWS_\w+; .* has no NONE/);
  });

  it('also serve for the region of a profile, whatever the case of its keys', async () => {
    const workspace = await checkout();
    await mkdir(join(workspace, 'infra/aws'));
    await writeFile(join(workspace, 'infra/aws/config'), '[profile ci]\nREGION = eu-north-1\n');
    await writeFile(
      join(workspace, 'infra/main.tf'),
      blockWith(['profile = "ci"', 'shared_config_files = ["aws/config"]']),
    );
    const env = inputEnv({ working_directory: 'infra', trust_repository: 'true' });
    const here = { ...job, workspace };
    const { settings } = await openReader(env, here);
    const { profile, files } = readProfileInputs(env, here, settings);
    expect(await profileRegion(env, profile, files)).toBe('eu-north-1');
  });
});
