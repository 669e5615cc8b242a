import { showControls } from '../text/show-controls.ts';
import type { CallAttempt } from './aws.ts';

/** One attempt of a call as a line for step debug logging: `s3:GetObject of ..., try 2: SlowDown, status 503, 31 ms`. Pure. */
export function describeCall({ api, resource, attempt, ms, trouble }: CallAttempt): string {
  const outcome = trouble ?? 'ok';
  return showControls(`${api} of ${resource}, try ${attempt}: ${outcome}, ${Math.round(ms)} ms`, '');
}
