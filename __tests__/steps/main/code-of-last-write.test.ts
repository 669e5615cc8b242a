import { describe, expect, it } from 'vitest';
import type { StateProvenance } from '../../../src/backend/records/provenance.ts';
import { type ConnectGitHub, GitHubError } from '../../../src/github/api.ts';
import { findCodeOfLastWrite } from '../../../src/steps/main/code-of-last-write.ts';
import { collectingRunner, fakeDependencies } from '../../support/dependencies.ts';

const LAST = 'a'.repeat(40);
const PLANNED = 'b'.repeat(40);
const ENV = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/infra' };
const WRITTEN: StateProvenance = {
  run: 'https://github.com/acme/infra/actions/runs/1/attempts/1',
  actor: 'mona',
  lockId: 'l',
  md5: 'm',
  commit: LAST,
};
const DENIED = new GitHubError(
  'forbidden',
  { kind: 'answer', status: 403, detail: 'no' },
  undefined,
  undefined,
);

interface Case {
  readonly written?: StateProvenance | undefined;
  readonly planned?: string;
  readonly token?: string | undefined;
  /** What GitHub answers. */
  readonly answer?: unknown;
}

/** What is found, and what GitHub was asked. */
async function find(one: Case) {
  const { written, planned, token, answer } = { written: WRITTEN, planned: PLANNED, token: 't', ...one };
  const asked: unknown[] = [];
  const attempt = async (route: string, parameters: object): Promise<unknown> => {
    asked.push({ route, ...parameters });
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const refuse = async (): Promise<never> => {
    throw new Error('not expected');
  };
  const connectGitHub: ConnectGitHub = async () => ({ attempt, request: refuse, graphql: refuse });
  const { runner, log } = collectingRunner();
  const deps = { ...fakeDependencies({ env: ENV, runner }), connectGitHub };
  const github = { serverUrl: 'https://github.com', apiUrl: 'https://api.github.com', token };
  return { found: await findCodeOfLastWrite(deps, written, planned, github), asked, log };
}

describe('the code from which a state was last written', () => {
  it.each<[string, Case, number | undefined, number]>([
    ['contained in the planned code', { answer: { ahead_by: 0 } }, 0, 1],
    ['not contained', { answer: { ahead_by: 3 } }, 3, 1],
    ['the planned commit itself', { planned: LAST }, 0, 0],
    ['of another client', { written: undefined }, undefined, 0],
    ['of an older version of the action', { written: { ...WRITTEN, commit: undefined } }, undefined, 0],
    [
      'of another repository',
      { written: { ...WRITTEN, run: 'https://github.com/acme/infra2/actions/runs/1' } },
      undefined,
      0,
    ],
    ['without a token', { token: undefined }, undefined, 0],
    ['with unknown planned code', { planned: '' }, undefined, 0],
    ['that GitHub does not show', { answer: DENIED }, undefined, 1],
    ['of which GitHub says something else', { answer: '<html>' }, undefined, 1],
  ])('%s', async (_, one, missing, questions) => {
    const { found, asked, log } = await find(one);
    expect(found).toEqual(missing === undefined ? undefined : { commit: LAST, missing });
    expect(asked).toHaveLength(questions);
    const isUnanswered = missing === undefined && questions > 0;
    expect(log.join('\n').includes(`does not say whether the plan's code contains commit ${LAST}`)).toBe(
      isUnanswered,
    );
  });

  it('is asked of GitHub from the planned commit on', async () => {
    const { asked } = await find({ answer: { ahead_by: 0 } });
    expect(asked).toMatchObject([{ owner: 'acme', repo: 'infra', basehead: `${PLANNED}...${LAST}` }]);
  });
});
