/** The page of a pull request; undefined outside of GitHub. Pure. */
export function pullRequestPage(serverUrl: string, repository: string, number: number): string | undefined {
  return serverUrl === '' ? undefined : `${serverUrl}/${repository}/pull/${number}`;
}
