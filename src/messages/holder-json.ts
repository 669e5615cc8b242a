import type { LockHolder } from '../backend/records/lock-info.ts';
import { findRunPage, rawInfo, shorten } from './lock-text.ts';
import { plain } from './plain.ts';
import type { RunPages } from './run-page.ts';

/** A lock's holder in the form of outputs: every field of the lock info, and the page of the holder's run. */
export type HolderJson = Readonly<Record<string, string | null>>;

/** For a lock that can't be read, `raw` has what is stored. Other people's text is limited in length and plain. Pure. */
export function holderJson(holder: LockHolder, pages: RunPages, raw: string = rawInfo(holder)): HolderJson {
  const { info } = holder;
  if (info === undefined) return { raw };
  const url = findRunPage(holder, pages);
  return {
    id: shorten(info.id),
    path: shorten(info.path),
    operation: shorten(info.operation),
    who: shorten(info.who),
    version: shorten(info.version),
    created: shorten(info.created),
    info: shorten(info.info),
    run_url: url === undefined ? null : plain(url),
  };
}
