import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { describePackaged, findErrors, openTestbed } from '../packaged/support.ts';
import { startTokenService } from '../support/oidc.ts';
import { createJob, type Job } from '../support/runner.ts';

const ROOT = join(import.meta.dirname, '../..');
const ROLE = 'arn:aws:iam::111122223333:role/state';

/** A server at the address to which a pull request wants secrets sent; its answers are useless. */
async function evilHost(): Promise<{ url: string; heard: string[] }> {
  const heard: string[] = [];
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    heard.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body}`);
    response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, heard };
}

/** A job with `id-token: write` whose checkout is the pull request's. */
async function attackedJob(action: string, files: Record<string, string>): Promise<Job> {
  const service = await startTokenService();
  onTestFinished(() => service.stop());
  const job = await createJob({ actionDir: join(ROOT, action), actionsEnv: service.variables });
  onTestFinished(() => job.dispose());
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(job.workspace, name, '..'), { recursive: true });
    await writeFile(join(job.workspace, name), text);
  }
  return job;
}

const blockWith = (...lines: string[]) =>
  [
    'terraform {',
    '  backend "s3" {',
    'bucket = "b"',
    'key = "k"',
    'region = "us-east-1"',
    'dynamodb_table = "locks"',
    ...lines,
    '  }',
    '}',
    '',
  ].join('\n');

const STEPS: Readonly<Record<string, Record<string, string>>> = {
  '.': { checkpoint_interval: '0s' },
  outputs: { publish: 'none' },
  unlock: { force: 'true' },
  doctor: {},
  check: { fingerprint: 'no-state' },
  freeze: { command: 'show' },
};

describePackaged('the packaged actions with the checkout of a pull request', () => {
  it.each(Object.keys(STEPS))('%s sends no OIDC token to an STS of the block', async (action) => {
    const evil = await evilHost();
    const endpoints = `endpoints = { s3 = "${evil.url}", dynamodb = "${evil.url}", sts = "${evil.url}" }`;
    const files = { 'infra/main.tf': blockWith(endpoints) };
    const job = await attackedJob(action, files);
    const inputs = { working_directory: 'infra', role_arn: ROLE, max_retries: '1', ...STEPS[action] };
    const main = await job.run('main', { with: inputs });
    expect(evil.heard).toEqual([]);
    expect(main.exitCode).toBe(1);
    expect(findErrors(main)).toContain(
      'infra/main.tf:7: endpoints.sts sends requests, with the secrets in them',
    );
    expect(findErrors(main)).toContain('give the input `sts_endpoint` instead');
  });

  it.each(Object.keys(STEPS))('%s runs no command of a profile of the checkout', async (action) => {
    const lines = ['profile = "evil"', 'shared_config_files = ["aws.ini"]'];
    const job = await attackedJob(action, { 'infra/main.tf': blockWith(...lines) });
    const proof = join(job.temp, 'it-ran');
    const config = `[profile evil]\ncredential_process = touch ${proof}\n`;
    for (const folder of ['.', 'infra']) await writeFile(join(job.workspace, folder, 'aws.ini'), config);
    const main = await job.run('main', {
      with: { working_directory: 'infra', max_retries: '1', ...STEPS[action] },
    });
    expect(existsSync(proof)).toBe(false);
    expect(main.exitCode).toBe(1);
    expect(findErrors(main)).toContain('profile can run a command (credential_process)');
  });

  it('a block with endpoints for laptops works when the inputs set the same', async () => {
    const evil = await evilHost();
    const scope = await openTestbed();
    const endpoints = `endpoints = { s3 = "${evil.url}", dynamodb = "${evil.url}", sts = "${evil.url}" }`;
    const job = await scope.job({ with: { working_directory: 'infra' } });
    await mkdir(join(job.workspace, 'infra'));
    await writeFile(join(job.workspace, 'infra/main.tf'), blockWith(endpoints, 'profile = "laptop"'));
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 0, outputs: { reason_code: 'held' } });
    expect(main.annotations.filter(({ level }) => level === 'notice')).toMatchObject([
      { message: expect.stringContaining('profile has no effect here') },
    ]);
    expect((await job.post()).exitCode).toBe(0);
    expect(evil.heard).toEqual([]);
  });
});
