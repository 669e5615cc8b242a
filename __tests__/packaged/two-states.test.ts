import { cpSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { appliedState, stateText } from './states.ts';
import { describePackaged, openTestbed } from './support.ts';

const ROOT = join(import.meta.dirname, '../..');

describePackaged('two states in one job', () => {
  it('are held together, and each post pushes and releases its own', async () => {
    const network = await openTestbed({ role: true });
    const cluster = await openTestbed({ workspace: 'staging' });
    await Promise.all([network.seed(stateText()), cluster.seed(stateText())]);
    const job = await network.job();
    const { inputs } = await cluster.job();
    // Each step has its own saved state, which the harness models as another folder.
    const second = { actionDir: join(job.workspace, 'second'), with: inputs };
    for (const part of ['dist', 'action.yml']) {
      cpSync(join(ROOT, part), join(second.actionDir, part), { recursive: true });
    }

    const first = await job.main();
    const other = await job.run('main', second);
    expect([first.exitCode, other.exitCode]).toEqual([0, 0]);
    expect(first.outputs.state_path).not.toBe(other.outputs.state_path);
    await job.change(appliedState());
    await writeFile(other.outputs.state_path ?? '', appliedState({ serial: 9 }));

    const posts = [await job.run('post', second), await job.post()];
    expect(posts.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await cluster.object()).toBe(appliedState({ serial: 9 }));
    expect(await network.object()).toBe(appliedState());
    expect([await cluster.lock(), await network.lock()]).toEqual([undefined, undefined]);
    expect(job.privateDirectories()).toEqual([]);
  });

  it('that are the same state fail in the second step, which says that this very job holds it', async () => {
    const testbed = await openTestbed();
    const job = await testbed.job();
    await job.main();
    const again = await job.run('main', { with: job.inputs });
    expect(again.exitCode).toBe(1);
    expect(again.log).toContain('/actions/runs/1658821493/attempts/1');
    expect(again.log).toContain('Terraform in that job must use the pulled state: see working_directory');
  });
});
