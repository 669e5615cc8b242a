/** A repository's owner and name. */
export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

/** The parts of `owner/repo`, as the runner names a repository. Pure. */
export function toRepository(name: string): Repository {
  const [owner = '', repo = ''] = name.split('/');
  return { owner, repo };
}
