import { describe, expect, it } from 'vitest';
import { findHead, isOfFork } from '../../../src/steps/main/pull-request-event.ts';

const pullRequest = (head: { id: number } | null) => ({
  pull_request: { head: { repo: head, sha: 'abc' }, base: { repo: { id: 1 } } },
});
const workflowRun = (head: { id: number } | null) => ({
  repository: { id: 1 },
  workflow_run: { head_repository: head },
});

describe('a run is for a fork', () => {
  it.each([
    ['pull_request', pullRequest({ id: 2 })],
    ['pull_request_target', pullRequest({ id: 2 })],
    ['pull_request_review', pullRequest({ id: 2 })],
    ['pull_request', pullRequest(null)],
    ['workflow_run', workflowRun({ id: 2 })],
    ['workflow_run', workflowRun(null)],
  ])('%s: %j', (name, payload) => expect(isOfFork({ name, payload })).toBe(true));

  it.each([
    ['pull_request', undefined],
    ['pull_request_target', {}],
    ['workflow_run', {}],
    ['issue_comment', {}],
    ['issue_comment', { issue: { number: 1, pull_request: {} } }],
  ])('or may be for one: %s, %j', (name, payload) => expect(isOfFork({ name, payload })).toBe(true));
});

it.each([
  ['pull_request', pullRequest({ id: 1 })],
  ['workflow_run', workflowRun({ id: 1 })],
  ['push', {}],
  ['push', undefined],
  ['merge_group', {}],
  ['schedule', undefined],
  ['issue_comment', { issue: { number: 1 } }],
])('%s, %j: a run of the repository itself', (name, payload) =>
  expect(isOfFork({ name, payload })).toBe(false),
);

it('the head of a pull request comes from the event', () => {
  expect(findHead({ payload: pullRequest({ id: 1 }) })).toBe('abc');
  expect(findHead({ payload: {} })).toBeUndefined();
});
