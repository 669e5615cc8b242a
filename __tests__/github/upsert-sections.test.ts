import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commentBody, splitSections } from '../../src/github/comment-body.ts';
import type { PullRequestComment, PullRequestComments } from '../../src/github/comments.ts';
import { type UpsertRequest, upsertSections, type WantedSection } from '../../src/github/upsert-sections.ts';

const BOT = 'github-actions[bot]';

/** One pull request's comments, as GitHub stores them: the last write wins. */
function pullRequest() {
  const comments: PullRequestComment[] = [];
  let ids = 0;
  const find = (id: number): number => {
    const index = comments.findIndex((comment) => comment.id === id);
    if (index < 0) throw Object.assign(new Error('gone'), { kind: 'not_found' });
    return index;
  };
  const add = (body: string, author = BOT): PullRequestComment => {
    ids += 1;
    const comment = { id: ids, body, author, url: `https://github.example/c/${ids}` };
    comments.push(comment);
    return comment;
  };
  const api: PullRequestComments = {
    list: async () => [...comments],
    create: async (body) => add(body),
    update: async (id, body) => {
      const comment = { ...at(comments, find(id)), body };
      comments[find(id)] = comment;
      return comment;
    },
    remove: async (id) => void comments.splice(find(id), 1),
    ourLogin: async () => BOT,
  };
  return { comments, add, api };
}

function at(comments: readonly PullRequestComment[], index: number): PullRequestComment {
  const found = comments[index];
  if (found === undefined) throw new Error('no such comment');
  return found;
}

function request(id: string, content = `<p>${id}</p>`): UpsertRequest {
  return rendering(id, () => content);
}

function rendering(id: string, render: WantedSection['render']): UpsertRequest {
  return {
    commentId: 'outputs',
    sections: [{ id, render }],
    clock: { sleep: async () => {} },
    signal: new AbortController().signal,
    random: () => 0.5,
  };
}

describe('a section of the shared comment', () => {
  it('creates the comment, or is inserted into the existing one', async () => {
    const { comments, api } = pullRequest();
    expect(await upsertSections(api, request('b/one'))).toMatchObject({ written: ['b/one'] });
    expect(await upsertSections(api, request('b/two'))).toMatchObject({ written: ['b/two'] });
    await upsertSections(api, request('b/one', '<p>new</p>'));
    expect(comments).toHaveLength(1);
    expect(splitSections(comments[0]?.body ?? '')).toEqual([
      { id: 'b/one', content: '<p>new</p>' },
      { id: 'b/two', content: '<p>b/two</p>' },
    ]);
  });

  it("leaves somebody else's comment alone, even with our marker", async () => {
    const { comments, add, api } = pullRequest();
    const forged = commentBody('outputs', [{ id: 'b/one', content: '<p>forged</p>' }]);
    add(forged, 'mallory');
    await upsertSections(api, request('b/one'));
    expect(comments.map(({ author }) => author)).toEqual(['mallory', BOT]);
    expect(comments[0]?.body).toBe(forged);
  });

  it('leaves the comment of another comment_id alone', async () => {
    const { comments, add, api } = pullRequest();
    add(commentBody('other', [{ id: 'b/one', content: '<p>x</p>' }]));
    await upsertSections(api, request('b/one'));
    expect(comments).toHaveLength(2);
  });

  it('merges duplicates: the oldest stays with the sections of all', async () => {
    const { comments, add, api } = pullRequest();
    add(commentBody('outputs', [{ id: 'b/one', content: '<p>old</p>' }]));
    add(commentBody('outputs', [{ id: 'b/two', content: '<p>two</p>' }]));
    await upsertSections(api, request('b/one'));
    expect(comments.map(({ id }) => id)).toEqual([1]);
    expect(splitSections(comments[0]?.body ?? '').map(({ id }) => id)).toEqual(['b/one', 'b/two']);
  });

  it('stays unchanged when a newer run has written it', async () => {
    const { comments, add, api } = pullRequest();
    const body = commentBody('outputs', [{ id: 'b/one', content: '<p>newer</p>' }]);
    add(body);
    const outcome = await upsertSections(
      api,
      rendering('b/one', () => undefined),
    );
    expect(outcome).toMatchObject({ superseded: ['b/one'], written: [] });
    expect(comments[0]?.body).toBe(body);
  });

  it('gets the room that the others leave, and its earlier content', async () => {
    const { add, api } = pullRequest();
    const others = 'x'.repeat(20_000);
    add(
      commentBody('outputs', [
        { id: 'b/one', content: '<p>before</p>' },
        { id: 'b/two', content: others },
      ]),
    );
    const seen: unknown[] = [];
    const render: WantedSection['render'] = (before, room) => {
      seen.push(before, room < 38_000 && room > 36_000);
      return '<p>now</p>';
    };
    await upsertSections(api, rendering('b/one', render));
    expect(seen).toEqual(['<p>before</p>', true]);
  });

  it('stays as a newer run wrote it between our write and our second read', async () => {
    const { comments, api } = pullRequest();
    const newer = commentBody('outputs', [{ id: 'b/one', content: '<p>newer</p>' }]);
    const sleep = async () => void (await api.update(1, newer, 1));
    const render: WantedSection['render'] = (_before, _room, now) =>
      now === '<p>newer</p>' ? undefined : '<p>older</p>';
    const outcome = await upsertSections(api, { ...rendering('b/one', render), clock: { sleep } });
    expect(outcome).toMatchObject({ superseded: ['b/one'], written: [] });
    expect(comments.map(({ body }) => body)).toEqual([newer]);
  });

  it('creates the comment again when somebody deletes it before our write', async () => {
    const { comments, add, api } = pullRequest();
    add(commentBody('outputs', [{ id: 'b/one', content: '<p>old</p>' }]));
    const list = async () => {
      const all = await api.list();
      comments.splice(0, all[0]?.id === 1 ? 1 : 0);
      return all;
    };
    expect(await upsertSections({ ...api, list }, request('b/one'))).toMatchObject({ written: ['b/one'] });
    expect(comments.map(({ id }) => id)).toEqual([2]);
  });

  it('keeps the sections of a comment that somebody edited in a browser', async () => {
    const { comments, add, api } = pullRequest();
    const sections = ['b/one', 'b/two'].map((id) => ({ id, content: `<p>${id}</p>\n<p>more</p>` }));
    add(`${commentBody('outputs', sections)}\nA note of mine.`.replaceAll('\n', '\r\n'));
    await upsertSections(api, request('b/one', '<p>new</p>'));
    expect(splitSections(comments[0]?.body ?? '')).toEqual([
      { id: 'b/one', content: '<p>new</p>' },
      sections[1],
    ]);
  });

  it('is not written when the others leave no room', async () => {
    const { comments, add, api } = pullRequest();
    add(commentBody('outputs', [{ id: 'b/two', content: 'x'.repeat(65_300) }]));
    const outcome = await upsertSections(api, request('b/one', 'y'.repeat(200)));
    expect(outcome).toMatchObject({ full: ['b/one'], written: [] });
    expect(splitSections(comments[0]?.body ?? '')).toHaveLength(1);
  });

  it('ends up in one comment with the sections of all matrix jobs, however they interleave', async () => {
    const run = async (scheduler: fc.Scheduler, legs: number) => {
      const { comments, api } = pullRequest();
      const ordered: PullRequestComments = {
        list: scheduler.scheduleFunction(api.list),
        create: scheduler.scheduleFunction(api.create),
        update: scheduler.scheduleFunction(api.update),
        remove: scheduler.scheduleFunction(api.remove),
        ourLogin: api.ourLogin,
      };
      // The second read comes after the writes that were under way, when all others have continued.
      const waiting: (() => void)[] = [];
      const clock = { sleep: () => new Promise<void>((resolve) => void waiting.push(resolve)) };
      const ids = Array.from({ length: legs }, (_, i) => `b/${i}`);
      const sections = (id: string) => [id, `${id}+`].flatMap((one) => request(one).sections);
      const write = (id: string) =>
        upsertSections(ordered, { ...request(id), sections: sections(id), clock });
      const all = Promise.all(ids.map(write));
      let done = false;
      void all.finally(() => {
        done = true;
      });
      while (!done) {
        await scheduler.waitIdle();
        for (const wake of waiting.splice(0)) wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect((await all).map(({ written }) => written)).toEqual(ids.map((id) => [id, `${id}+`]));
      expect(comments).toHaveLength(1);
      expect(splitSections(comments[0]?.body ?? '').map(({ id }) => id)).toEqual(
        ids.flatMap((id) => [id, `${id}+`]),
      );
    };
    await fc.assert(fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 3 }), run), { numRuns: 100 });
  });
});
