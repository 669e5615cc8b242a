import { expect } from 'vitest';
import { stateText } from './states.ts';
import { md5, openPlace, type Place, type PlaceJob } from './support.ts';

/** A job after its main step, which holds `stateText()` under a role. */
export async function heldJob(inputs: Record<string, string> = {}): Promise<{ place: Place; job: PlaceJob }> {
  const place = await openPlace({ role: true });
  await place.seed(stateText());
  const job = await place.job({ with: inputs });
  expect(await job.main()).toMatchObject({ exitCode: 0 });
  return { place, job };
}

/** The lock is free, and this text is the state, digest included. */
export async function expectReleased(place: Place, text: string): Promise<void> {
  expect(await place.lock()).toBeUndefined();
  expect(await place.object()).toBe(text);
  expect(await place.digest()).toBe(md5(text));
}
