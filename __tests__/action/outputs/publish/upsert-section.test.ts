import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commentBody, sectionsOf } from '../../../../src/action/outputs/publish/comment-body.ts';
import { type UpsertRequest, upsertSection } from '../../../../src/action/outputs/publish/upsert-section.ts';
import type { PullRequestComment, PullRequestComments } from '../../../../src/github/comments.ts';

const BOT = 'github-actions[bot]';

/** One pull request's comments, as GitHub keeps them: whoever writes last has written. */
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

function request(sectionId: string, content = `<p>${sectionId}</p>`): UpsertRequest {
  return {
    ...{ commentId: 'outputs', sectionId },
    render: () => content,
    clock: { sleep: async () => {} },
    signal: new AbortController().signal,
    random: () => 0.5,
  };
}

describe('a section of the shared comment', () => {
  it('makes the comment where there is none, and takes its place in the one that is there', async () => {
    const { comments, api } = pullRequest();
    expect(await upsertSection(api, request('b/one'))).toMatchObject({ kind: 'written' });
    expect(await upsertSection(api, request('b/two'))).toMatchObject({ kind: 'written' });
    await upsertSection(api, request('b/one', '<p>new</p>'));
    expect(comments).toHaveLength(1);
    expect(sectionsOf(comments[0]?.body ?? '')).toEqual([
      { id: 'b/one', content: '<p>new</p>' },
      { id: 'b/two', content: '<p>b/two</p>' },
    ]);
  });

  it('leaves a comment alone that somebody else wrote, even with our marker', async () => {
    const { comments, add, api } = pullRequest();
    const forged = commentBody('outputs', [{ id: 'b/one', content: '<p>forged</p>' }]);
    add(forged, 'mallory');
    await upsertSection(api, request('b/one'));
    expect(comments.map(({ author }) => author)).toEqual(['mallory', BOT]);
    expect(comments[0]?.body).toBe(forged);
  });

  it('leaves the comment of another comment_id alone', async () => {
    const { comments, add, api } = pullRequest();
    add(commentBody('other', [{ id: 'b/one', content: '<p>x</p>' }]));
    await upsertSection(api, request('b/one'));
    expect(comments).toHaveLength(2);
  });

  it('heals duplicates: the oldest stays, with the sections of all', async () => {
    const { comments, add, api } = pullRequest();
    add(commentBody('outputs', [{ id: 'b/one', content: '<p>old</p>' }]));
    add(commentBody('outputs', [{ id: 'b/two', content: '<p>two</p>' }]));
    await upsertSection(api, request('b/one'));
    expect(comments.map(({ id }) => id)).toEqual([1]);
    expect(sectionsOf(comments[0]?.body ?? '').map(({ id }) => id)).toEqual(['b/one', 'b/two']);
  });

  it('stays as it is when a newer run has written it', async () => {
    const { comments, add, api } = pullRequest();
    const body = commentBody('outputs', [{ id: 'b/one', content: '<p>newer</p>' }]);
    add(body);
    const outcome = await upsertSection(api, { ...request('b/one'), render: () => undefined });
    expect(outcome.kind).toBe('superseded');
    expect(comments[0]?.body).toBe(body);
  });

  it('is given the room that the others leave, and what it was before', async () => {
    const { add, api } = pullRequest();
    const others = 'x'.repeat(20_000);
    add(
      commentBody('outputs', [
        { id: 'b/one', content: '<p>before</p>' },
        { id: 'b/two', content: others },
      ]),
    );
    const seen: unknown[] = [];
    const render: UpsertRequest['render'] = (before, room) => {
      seen.push(before, room < 38_000 && room > 36_000);
      return '<p>now</p>';
    };
    await upsertSection(api, { ...request('b/one'), render });
    expect(seen).toEqual(['<p>before</p>', true]);
  });

  it('stays as it is when a newer run writes it between our write and our look back', async () => {
    const { comments, api } = pullRequest();
    const newer = commentBody('outputs', [{ id: 'b/one', content: '<p>newer</p>' }]);
    const sleep = async () => void (await api.update(1, newer));
    const render: UpsertRequest['render'] = (_before, _room, now) =>
      now === '<p>newer</p>' ? undefined : '<p>older</p>';
    const outcome = await upsertSection(api, { ...request('b/one'), render, clock: { sleep } });
    expect(outcome.kind).toBe('superseded');
    expect(comments.map(({ body }) => body)).toEqual([newer]);
  });

  it('makes the comment anew when somebody deletes it before our write', async () => {
    const { comments, add, api } = pullRequest();
    add(commentBody('outputs', [{ id: 'b/one', content: '<p>old</p>' }]));
    const list = async () => {
      const all = await api.list();
      comments.splice(0, all[0]?.id === 1 ? 1 : 0);
      return all;
    };
    expect(await upsertSection({ ...api, list }, request('b/one'))).toMatchObject({ kind: 'written' });
    expect(comments.map(({ id }) => id)).toEqual([2]);
  });

  it('keeps the sections of a comment that somebody edited in a browser', async () => {
    const { comments, add, api } = pullRequest();
    const sections = ['b/one', 'b/two'].map((id) => ({ id, content: `<p>${id}</p>\n<p>more</p>` }));
    add(`${commentBody('outputs', sections)}\nA note of mine.`.replaceAll('\n', '\r\n'));
    await upsertSection(api, request('b/one', '<p>new</p>'));
    expect(sectionsOf(comments[0]?.body ?? '')).toEqual([
      { id: 'b/one', content: '<p>new</p>' },
      sections[1],
    ]);
  });

  it('is not written where the others leave no room', async () => {
    const { comments, add, api } = pullRequest();
    add(commentBody('outputs', [{ id: 'b/two', content: 'x'.repeat(65_300) }]));
    const outcome = await upsertSection(api, request('b/one', 'y'.repeat(200)));
    expect(outcome.kind).toBe('full');
    expect(sectionsOf(comments[0]?.body ?? '')).toHaveLength(1);
  });

  it('however the legs of a matrix interleave, one comment has the sections of all', async () => {
    const run = async (scheduler: fc.Scheduler, legs: number) => {
      const { comments, api } = pullRequest();
      const ordered: PullRequestComments = {
        list: scheduler.scheduleFunction(api.list),
        create: scheduler.scheduleFunction(api.create),
        update: scheduler.scheduleFunction(api.update),
        remove: scheduler.scheduleFunction(api.remove),
        ourLogin: api.ourLogin,
      };
      // A look back comes after the writes that were under way: all others have moved on by then.
      const waiting: (() => void)[] = [];
      const clock = { sleep: () => new Promise<void>((resolve) => void waiting.push(resolve)) };
      const ids = Array.from({ length: legs }, (_, i) => `b/${i}`);
      const all = Promise.all(ids.map((id) => upsertSection(ordered, { ...request(id), clock })));
      let done = false;
      void all.finally(() => {
        done = true;
      });
      while (!done) {
        await scheduler.waitIdle();
        for (const wake of waiting.splice(0)) wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect((await all).map(({ kind }) => kind)).toEqual(ids.map(() => 'written'));
      expect(comments).toHaveLength(1);
      expect(sectionsOf(comments[0]?.body ?? '').map(({ id }) => id)).toEqual(ids);
    };
    await fc.assert(fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 3 }), run), { numRuns: 100 });
  });
});
