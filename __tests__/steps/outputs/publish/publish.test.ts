import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectGitHub } from '../../../../src/github/api.ts';
import type { RunEvent } from '../../../../src/github/run-event.ts';
import { type PublishRequest, publishOutputs } from '../../../../src/steps/outputs/publish/publish.ts';
import { job } from '../../../job-state/support.ts';
import { type FakeComments, startGitHubComments } from '../../../support/github-comments.ts';
import { secret, shown, stateWith } from './support.ts';

const TOKEN = 'ghs_tokenOfTheJob';
const PULL = 'acme/infra#7';
const ON_PULL_REQUEST: RunEvent = {
  name: 'pull_request',
  payload: { pull_request: { number: 7 } },
  sha: 'c0ffee',
};
const FORBIDDEN = { status: 403, message: 'Resource not accessible by integration' };

let github: FakeComments;
/** What happens while the action waits. */
let whileSlept: (milliseconds: number) => Promise<unknown>;
beforeEach(async () => {
  whileSlept = async () => {};
  github = await startGitHubComments();
});
afterEach(() => github.stop());

/** Publishes as the action does, against the local GitHub; returns the commands that the runner got. */
async function publish(
  changes: Partial<PublishRequest['inputs']> = {},
  more: Partial<Omit<PublishRequest, 'inputs'>> = {},
  event: RunEvent = ON_PULL_REQUEST,
) {
  const reported = { summaries: [] as string[], notices: [] as string[], slept: [] as number[] };
  const inputs: PublishRequest['inputs'] = {
    summary: false,
    comment: true,
    commentId: 'outputs',
    pullRequest: undefined,
    required: false,
    apiUrl: `${github.url}/api/v3`,
    token: TOKEN,
    ...changes,
  };
  const states = [stateWith([shown('url', 'https://x.example'), secret('password')])];
  await publishOutputs(
    {
      runner: {
        info: () => {},
        notice: (text) => void reported.notices.push(text),
        summary: async (markdown) => void reported.summaries.push(markdown),
      },
      clock: {
        now: Date.now,
        sleep: async (milliseconds) => {
          reported.slept.push(milliseconds);
          await whileSlept(milliseconds);
        },
      },
      signal: new AbortController().signal,
      random: () => 0,
      connectGitHub,
      event,
    },
    { inputs, job, states, other: undefined, isMasked: () => false, ...more },
  );
  return reported;
}

const bodies = (key = PULL) => (github.comments.get(key) ?? []).map(({ body }) => body);

describe('outputs', () => {
  it('become one comment that later runs change', async () => {
    await publish();
    await publish({}, { states: [stateWith([shown('url', 'https://y.example')])] });
    expect(bodies()).toHaveLength(1);
    expect(bodies()[0]).toContain('<code>https://y.example</code>');
    expect(bodies()[0]).toContain('0 added, 1 changed, 1 removed: <code>password</code>.');
  });

  it('of several states are sections of one comment', async () => {
    const states = ['staging', 'production'].map((name) => stateWith([shown('url', name)], name));
    await publish({}, { states });
    expect(bodies()).toHaveLength(1);
    expect(bodies()[0]).toContain('workspace <code>production</code>');
    expect(bodies()[0]).toContain('workspace <code>staging</code>');
    expect(github.requests.map((request) => request.split(' ')[0])).toEqual(['POST', 'GET', 'POST', 'GET']);
  });

  it('stay below the limit of a comment; the rest is in the summary, and the comment says so', async () => {
    const many = Array.from({ length: 900 }, (_, i) => shown(`output_${i}`, `${i} ${'v'.repeat(70)}`));
    const { summaries } = await publish({}, { states: [stateWith(many)] });
    expect(bodies()[0]?.length).toBeLessThanOrEqual(65_536);
    expect(bodies()[0]).toContain('more outputs did not fit here');
    expect(summaries[0]).toContain('<code>output_899</code>');
  });

  it('of many large states each have a place in the comment, within the limit', async () => {
    const many = Array.from({ length: 900 }, (_, i) => shown(`output_${i}`, `${i} ${'v'.repeat(70)}`));
    const states = Array.from({ length: 8 }, (_, i) => stateWith(many, `workspace_${i}`));
    for (const run of [1, 2]) {
      const { notices } = await publish({}, { states });
      expect({ run, notices }).toEqual({ run, notices: [] });
      expect(bodies()[0]?.length).toBeLessThanOrEqual(65_536);
      for (let i = 0; i < 8; i += 1) expect(bodies()[0]).toContain(`<code>workspace_${i}</code>`);
    }
  });

  it("in any alphabet stay below the runner's limit for a summary", async () => {
    const many = Array.from({ length: 4_000 }, (_, i) => shown(`output_${i}`, '漢'.repeat(400)));
    const { summaries } = await publish({ summary: true, comment: false }, { states: [stateWith(many)] });
    expect(Buffer.byteLength(summaries[0] ?? '')).toBeLessThan(1024 * 1024);
    expect(summaries[0]).toContain('more did not fit here');
  });

  it('find their comment behind more than a page of other comments', async () => {
    await publish();
    const ours = github.comments.get(PULL)?.[0];
    const others = Array.from({ length: 150 }, (_, i) => ({ id: i + 100, body: 'hi', author: 'octocat' }));
    github.comments.set(PULL, [...others, ...(ours === undefined ? [] : [{ ...ours, id: 999 }])]);
    await publish({}, { states: [stateWith([shown('url', 'https://y.example')])] });
    expect(bodies()).toHaveLength(151);
    expect(bodies()[150]).toContain('https://y.example');
  });

  it('go only to the summary on request, without a call to GitHub', async () => {
    const { summaries } = await publish({ summary: true, comment: false });
    expect(summaries[0]).toContain('### Terraform outputs');
    expect(github.requests).toEqual([]);
  });

  it('are compared with another state', async () => {
    const other = { name: '<b> production', states: [stateWith([shown('url', 'https://p.example')])] };
    const { summaries } = await publish({ summary: true }, { other });
    for (const text of [...summaries, ...bodies()]) {
      expect(text).toContain('Against <code>&lt;b&gt; production</code>: 1 added, 1 changed, 0 removed.');
    }
  });
});

describe("a comment that can't be made", () => {
  it("is a notice and a summary: a fork's token may not", async () => {
    github.refuse = (request) => (request.startsWith('POST /repos') ? FORBIDDEN : undefined);
    const { summaries, notices } = await publish();
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain('pull-requests: write');
    expect(summaries).toHaveLength(1);
  });

  it('is a notice and a summary: the run belongs to no pull request', async () => {
    const { summaries, notices } = await publish({}, {}, { name: 'schedule', payload: {}, sha: 'x' });
    expect(notices).toEqual([
      `The outputs are on the job's page but not in a comment: the event "schedule" belongs to no pull request: name one in pr_number.`,
    ]);
    expect(summaries).toHaveLength(1);
  });

  it("is a notice and a summary: a proxy answers in GitHub's place", async () => {
    github.refuse = () => ({ status: 200, message: 'Please log in to the proxy' });
    const { summaries, notices } = await publish();
    expect(notices).toHaveLength(1);
    expect(summaries).toHaveLength(1);
  });

  it("is made as the job itself when GitHub doesn't say whose the token is", async () => {
    github.refuse = (request) => (request.includes('graphql') ? FORBIDDEN : undefined);
    expect((await publish()).notices).toEqual([]);
    expect(bodies()).toHaveLength(1);
  });

  it('is an error when it is required', async () => {
    github.refuse = () => FORBIDDEN;
    await expect(publish({ required: true })).rejects.toThrow('publish_required is true');
  });

  it('is retried as GitHub asks', async () => {
    let refusals = 2;
    github.refuse = () => {
      refusals -= 1;
      if (refusals === 1) return { status: 502, message: 'Bad Gateway' };
      return refusals === 0
        ? { status: 429, message: 'slow down', headers: { 'retry-after': '7' } }
        : undefined;
    };
    const { slept, notices } = await publish();
    expect(slept.slice(0, 2)).toEqual([500, 8_000]);
    expect(notices).toEqual([]);
    expect(bodies()).toHaveLength(1);
  });

  it('is retried after the rate limit of GraphQL, which answers with status 200', async () => {
    const refusal = { status: 200, message: '', headers: { 'retry-after': '9' } };
    const data = { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded for user ID 1.' }] };
    let isRefused = false;
    github.refuse = () => {
      if (isRefused) return undefined;
      isRefused = true;
      return { ...refusal, data };
    };
    const { slept, notices } = await publish();
    expect([slept[0], notices]).toEqual([9_500, []]);
  });
});

describe('a comment with several writers', () => {
  it('is not overwritten with old content by a delayed write', async () => {
    const other = (url: string) => publish({}, { states: [stateWith([shown('url', url)], 'staging')] });
    await other('old');
    let isRefused = false;
    github.refuse = (request) => {
      if (isRefused || !request.startsWith('PATCH')) return undefined;
      isRefused = true;
      return { status: 403, message: 'secondary rate limit', headers: { 'retry-after': '60' } };
    };
    whileSlept = async (milliseconds) => {
      if (milliseconds > 50_000) await other('new');
    };
    expect((await publish()).notices).toEqual([]);
    expect(bodies()[0]).toContain('<code>new</code>');
    expect(bodies()[0]).toContain('<code>https://x.example</code>');
  });

  it('is only one, even if nobody knows whose the token is', async () => {
    github.login = 'octocat';
    github.refuse = (request) => (/graphql|user/.test(request) ? FORBIDDEN : undefined);
    expect((await publish()).notices).toEqual([]);
    expect(bodies()).toHaveLength(1);
  });

  it("is found by the token's name when GraphQL is refused", async () => {
    github.login = 'octocat';
    github.refuse = (request) => (request.includes('graphql') ? FORBIDDEN : undefined);
    for (const _ of [1, 2]) await publish();
    expect(bodies()).toHaveLength(1);
  });
});

describe('pr_number', () => {
  it('that is the number of no pull request is named in the notice, and nothing is written', async () => {
    const { notices, summaries } = await publish({ pullRequest: 99 });
    expect(notices).toEqual([
      "The outputs are on the job's page but not in a comment: pr_number is 99, but acme/infra has no pull request with that number that github_token can see.",
    ]);
    expect(summaries).toHaveLength(1);
    expect(github.requests.filter((request) => !request.startsWith('GET'))).toEqual([]);
  });
});

describe('a push', () => {
  it('comments on the open pull request whose head it is', async () => {
    github.pulls.push({ number: 9, state: 'open', headSha: 'c0ffee', head: 'acme:main' });
    await publish({}, {}, { name: 'push', payload: {}, sha: 'c0ffee' });
    expect(bodies('acme/infra#9')).toHaveLength(1);
  });

  it('pr_number wins over what the event says', async () => {
    github.pulls.push({ number: 11, state: 'open', headSha: 'another', head: 'acme:other' });
    await publish({ pullRequest: 11 });
    expect(bodies('acme/infra#11')).toHaveLength(1);
  });
});

it('sends nothing derived from a sensitive value, not even a hash', async () => {
  const { summaries } = await publish({ summary: true });
  const sent = [...github.bodies, ...summaries].join('\n');
  expect(sent).toContain('(sensitive)');
  const memory = /<!-- values (\S+) -->/.exec(bodies()[0] ?? '')?.[1] ?? '';
  expect(JSON.parse(Buffer.from(memory, 'base64url').toString())).toMatchObject({ password: null });
});
