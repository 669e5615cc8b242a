import type { StateScope } from '../backend/state-error.ts';
import { code, link } from './html.ts';
import { excerpt } from './plain.ts';

/** Where runs have their pages: the address of this job's GitHub server, empty outside of a job. */
export type RunPages = Pick<StateScope, 'githubServer'>;

const RUN_URL = /^https?:\/\/.+\/actions\/runs\/\d+(?:\/attempts\/\d+)?/;
const NAMED = /^https?:\/\/[^/]+\/([^/]+\/[^/]+)\/actions\/runs\/(\d+)/;
/** The characters shown of a text that names no run. */
const SHOWN = 200;

/** The page of a run that a text names, on any server. Takes linear time. */
export function findUrl(text: string): string | undefined {
  // Anything that is not part of a URL may precede it, such as a bracket.
  const words = text.split(/[\s"'<>,]+|(?=https?:\/\/)/);
  return words.flatMap((word) => RUN_URL.exec(word)?.[0] ?? []).at(0);
}

/** The same URL, but only if the page is on this server, because somebody else chose the URL. */
export function keepOurPage(url: string | undefined, { githubServer }: RunPages): string | undefined {
  if (url === undefined || !URL.canParse(url) || !URL.canParse(githubServer)) return undefined;
  const { origin, username, password } = new URL(url);
  return origin === new URL(githubServer).origin && username + password === '' ? url : undefined;
}

/** A run as HTML: a link to its page if that is on this server, otherwise the text as somebody else wrote it. Pure. */
export function renderRun(run: string, pages: RunPages): string {
  const page = keepOurPage(RUN_URL.exec(run)?.[0], pages);
  const [, repository, id] = NAMED.exec(page ?? '') ?? [];
  if (page === undefined || repository === undefined) return code(excerpt(run, SHOWN));
  return link(code(`${repository} run ${id}`), page);
}
