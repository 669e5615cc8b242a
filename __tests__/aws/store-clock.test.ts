import { expect, it } from 'vitest';
import { createStoreClock } from '../../src/aws/store-clock.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const OURS = Date.UTC(2026, 0, 2, 3, 4, 5);

it("goes by the last answer's date, whatever this machine takes for the time", async () => {
  const clock = createFakeClock({ startEpochMs: OURS });
  const store = createStoreClock(clock);
  expect(store.now()).toBe(OURS);
  store.learn('Fri, 02 Jan 2026 05:00:00 GMT');
  await clock.advance(1_500);
  expect(store.now()).toBe(Date.UTC(2026, 0, 2, 5, 0, 1, 500));
  store.learn('Fri, 02 Jan 2026 05:00:01 GMT');
  expect(store.now()).toBe(Date.UTC(2026, 0, 2, 5, 0, 1));
});

it.each([undefined, '', 'yesterday'])('takes %j for no time', (date) => {
  const store = createStoreClock(createFakeClock({ startEpochMs: OURS }));
  store.learn(date);
  expect(store.now()).toBe(OURS);
});
