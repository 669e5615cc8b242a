import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { stateAddress } from '../../../src/backend/address.ts';
import type { Backend } from '../../../src/backend/settings.ts';
import { StateError, type StateErrorDetails } from '../../../src/backend/state-error.ts';
import { explainKeptState, keptLocation } from '../../../src/messages/kept-state-text.ts';
import { keepState } from '../../../src/steps/post/keep-state.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { readFacts, stateText } from '../../job-state/state-texts.ts';
import { job } from '../../job-state/support.ts';
import { type BackendBench, openBackendBench, s3Failure } from '../../support/backend.ts';
import { fakeDependencies } from '../../support/dependencies.ts';

const motoUrl = inject('motoUrl') ?? '';
const refused: StateErrorDetails = {
  reason: 'push_refused',
  refusal: { kind: 'serial_older', before: 5n, after: 4n },
};

describe.skipIf(motoUrl === '')('a state that could not be pushed', () => {
  let bench: BackendBench;
  let home: string;
  let path: string;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'keep' });
  });
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'home-'));
    vi.stubEnv('HOME', home);
    path = join(bench.directory, 'terraform.tfstate');
    await writeFile(path, stateText());
  });
  afterEach(async () => {
    bench.proxy.reset();
    vi.unstubAllEnvs();
    await rm(home, { recursive: true, force: true });
  });
  afterAll(() => bench.close());

  /** The message for a state that is kept on such a runner after such a fault. */
  async function keep(
    backend: Backend,
    runner: string,
    details?: StateErrorDetails,
    lockId = 'lock-1',
  ): Promise<string> {
    const deps = fakeDependencies({ env: { RUNNER_ENVIRONMENT: runner }, clock: systemClock });
    const facts = readFacts(stateText());
    const provenance = {
      run: job.runUrl,
      actor: job.actor,
      lockId,
      md5: facts.md5,
    };
    const error = details && new StateError(details, backend);
    const kept = await keepState(deps, backend, job, { path, copy: path, facts }, provenance, error);
    const text = explainKeptState(kept, deps.clock.now());
    expect(text).toContain(keptLocation(kept));
    expect(keptLocation(kept)).not.toContain('terraform state');
    return text;
  }
  const staging = (): Backend => {
    const backend = bench.newBackend();
    const { bucket, objectKey } = backend.address;
    const address = stateAddress({
      bucket,
      key: objectKey,
      workspace: 'staging',
      workspaceKeyPrefix: 'env:',
    });
    return { ...backend, address };
  };
  const refuseRescue = () => bench.proxy.onRequest(() => s3Failure(403, 'AccessDenied'));

  it('is recovered in its own workspace, from the endpoint where it was stored', async () => {
    const backend = staging();
    const text = await keep(backend, 'self-hosted');
    const key = `${backend.address.objectKey}.rescue/123-2`;
    expect(text).toBe(
      [
        "The job's state is kept. It is at",
        `  ${path} on this runner, until the next job there holds this state`,
        `  s3://${backend.address.bucket}/${key}`,
        'To recover it, compare it with the state in S3 and push the right one, where the S3 backend is initialised:',
        `  aws s3 cp --region ${backend.region} --endpoint-url ${bench.proxy.url} s3://${backend.address.bucket}/${key} rescued.tfstate`,
        '  TF_WORKSPACE=staging terraform state pull > current.tfstate',
        '  TF_WORKSPACE=staging terraform state push rescued.tfstate',
      ].join('\n'),
    );
  });

  it('needs -force when the rules of a push refused it, and the message says what that means', async () => {
    const text = await keep(staging(), 'self-hosted', refused);
    expect(text).toContain('`terraform state push` has the same rules');
    expect(text).toContain('  TF_WORKSPACE=staging terraform state push -force rescued.tfstate');
    expect(text).not.toContain('push rescued');
  });

  it.each([
    { reason: 'lock_lost', holder: undefined, write: 'not_sent' } as const,
    { reason: 'changed_without_lock' } as const,
  ])('may need -force after $reason, and the message says whose work that replaces', async (details) => {
    const text = await keep(staging(), 'self-hosted', details);
    expect(text).not.toContain('push -force');
    expect(text).toMatch(
      /terraform state push rescued\.tfstate\nIf Terraform refuses it because of the serial, .*Add -force only/,
    );
  });

  it('stays without a lock where no other job looks', async () => {
    const text = await keep(staging(), 'self-hosted', { reason: 'changed_without_lock' }, '');
    expect(text).toContain(`  ${path} on this runner, which lasts as long as the machine`);
  });

  it('must be repaired first when it is unreadable', async () => {
    const details = {
      reason: 'state_unreadable',
      where: 'local',
      problem: 'truncated',
      detail: 'x',
    } as const;
    const text = await keep(staging(), 'self-hosted', details);
    expect(text).toContain("It can't be pushed as it is");
    expect(text).not.toContain('state push');
  });

  it('stays in the home directory of a self-hosted runner when S3 refuses it', async () => {
    refuseRescue();
    // Whatever the rights of the folder, which may be there, and of the file that is copied.
    await mkdir(join(home, '.terraform-s3-state'), { recursive: true, mode: 0o755 });
    await chmod(path, 0o644);
    const text = await keep(staging(), 'self-hosted');
    const copy = join(home, '.terraform-s3-state', '123-2-lock-1.tfstate');
    expect(await readFile(copy, 'utf8')).toBe(stateText());
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(copy))).mode & 0o777).toBe(0o700);
    expect(text).toContain(`  ${copy} on this runner, which lasts as long as the machine`);
    expect(text).toContain(`  cp ${copy} rescued.tfstate`);
    expect(text).toContain('A rescue copy in S3 could not be made.');
    // Jobs without a lock, of one run: each state has its own copy.
    const md5 = readFacts(stateText()).md5;
    expect(await keep(staging(), 'self-hosted', undefined, '')).toContain(`123-2-${md5}.tfstate`);
  });

  it('is lost with a GitHub-hosted runner when S3 refuses it, and the message says so', async () => {
    refuseRescue();
    const text = await keep(staging(), 'github-hosted');
    expect(text).toMatch(/^The job's state could not be kept beyond this job/);
    expect(text).toContain(`  ${path} on this runner, which is removed with the job`);
    expect(text).not.toMatch(/which lasts|RUNNER_TEMP|rescued\.tfstate/);
    expect(text).toContain('A rescue copy in S3 could not be made.');
  });

  it('is reported as kept even if only the original file is left', async () => {
    refuseRescue();
    await mkdir(home, { recursive: true });
    await writeFile(join(home, '.terraform-s3-state'), 'in the way');
    const text = await keep(staging(), 'self-hosted');
    expect(text).toMatch(/^The job's state is kept\. It is at\n {2}\//);
    expect(text).toContain(`  cp ${path} rescued.tfstate`);
    expect(text).toContain('It could not be copied to the home directory');
  });
});
