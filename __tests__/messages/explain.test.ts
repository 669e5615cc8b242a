import { expect, it } from 'vitest';
import { toAwsError } from '../../src/aws/errors.ts';
import { StateError } from '../../src/backend/state-error.ts';
import { InputError } from '../../src/inputs/input-error.ts';
import { explain } from '../../src/messages/explain.ts';
import { NOW, scope } from '../job-state/scopes.ts';

const denied = toAwsError(Object.assign(new Error('no'), { name: 'AccessDeniedException' }), {
  api: 'dynamodb:PutItem',
  resource: 'table locks',

  principal: 'arn:aws:iam::123456789012:user/ci',
  region: 'eu-west-1',
  endpoint: undefined,
  identity: undefined,
  attempts: 1,
  aborted: false,
  now: NOW,
});

it('explains a failed call by its meaning', () => {
  expect(explain(denied, NOW)).toContain('arn:aws:iam::123456789012:user/ci is not allowed to do this');
});

it('explains a state error with its cause', () => {
  const md5 = '0'.repeat(32);
  const details = {
    reason: 'digest_not_written',
    calculated: md5,
    stored: undefined,
    cause: denied,
  } as const;
  const text = explain(new StateError(details, scope), NOW);
  expect(text).toContain('its digest could not be written to table locks');
  expect(text).toContain(`Why: ${explain(denied, NOW)}`);
});

it('explains several errors one after the other', () => {
  const error = new AggregateError([denied, new Error('and this')], 'both');
  expect(explain(error, NOW)).toBe(`${explain(denied, NOW)}\n\nand this`);
});

it('counts inputs with several problems once', () => {
  const problem = { input: 'key', value: '/a//', fix: 'x' };
  expect(explain(new InputError([problem, problem]), NOW)).toMatch(/^One input can't be used/);
  expect(explain(new InputError([problem, { ...problem, input: 'bucket' }]), NOW)).toMatch(/^2 inputs/);
});

it('shows the message of any other error', () => {
  expect(explain(new TypeError('odd'), NOW)).toBe('odd');
  expect(explain('a text', NOW)).toBe('a text');
  expect(explain(undefined, NOW)).toBe('undefined');
});
