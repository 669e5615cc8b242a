import { describe, expect, it } from 'vitest';
import { parseLockHolder, serializeLockInfo } from '../../src/backend/records/lock-info.ts';
import { newLock } from '../../src/job-state/new-lock.ts';
import { VERSION } from '../../src/job-state/version.ts';
import { describeHolding, findRunUrl } from '../../src/messages/lock-text.ts';
import { NOW, scope } from './scopes.ts';
import { job } from './support.ts';

const MACHINE = { host: 'host-1', user: () => 'ci' };
const URL = 'https://github.com/acme/infra/actions/runs/123/attempts/2';

describe('our own lock', () => {
  const ours = newLock(scope.address, job, MACHINE, NOW);

  it('names its holder, the operation and the run', () => {
    expect(ours).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      operation: 'terraform-s3-state',
      info: `acme/infra, workflow "Deploy", job "apply", ${URL} (Terraform in that job must use the pulled state: see working_directory)`,
      who: 'alice@runner-1',
      version: VERSION,
      created: '2026-01-02T03:04:05Z',
      path: 'b/k/app.tfstate',
    });
  });

  it("is one line, whatever the workflow's name", () => {
    const odd = newLock(scope.address, { ...job, workflow: 'a\r\nb\nc' }, MACHINE, NOW);
    expect(odd.info).toContain('workflow "a b c"');
    expect(odd.info).not.toMatch(/[\r\n]/);
  });

  it('contains what is known when the runner sets few variables', () => {
    const silent = { ...job, actor: '', runnerName: '', runUrl: '', workflow: '', job: '' };
    const { who, info } = newLock(scope.address, silent, MACHINE, NOW);
    expect(who).toBe('ci@host-1');
    expect(info).toMatch(/^acme\/infra, run 123, attempt 2 \(/);
    const nameless = { host: 'host-1', user: () => undefined };
    const nothing = newLock(scope.address, { ...silent, repository: '', runId: '' }, nameless, NOW);
    expect(nothing.who).toBe('unknown@host-1');
    expect(nothing.info).toMatch(/^\(Terraform/);
  });

  it('links to its run', () => {
    const holder = parseLockHolder(serializeLockInfo(ours));
    expect(findRunUrl(holder)).toBe(URL);
    expect(describeHolding(holder, scope, NOW + 240_000)).toBe(
      `held by alice@runner-1 (terraform-s3-state) for 4m, ${URL}`,
    );
  });
});
