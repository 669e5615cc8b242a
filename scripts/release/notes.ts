/** What a release is made of, as the files of the tagged commit say it. */
export interface ReleaseTexts {
  readonly packageVersion: string;
  readonly sourceVersion: string;
  readonly changelog: string;
  /** Texts that name this action by its owner, by their files. */
  readonly guides: ReadonlyMap<string, string>;
}

const PLACEHOLDER = 'OWNER/terraform-s3-state';

/**
 * The notes of a release: the section of its version in the change log. `repository` is `owner/name`.
 * Errors: an Error that names each thing that does not fit to the tag. Pure.
 */
export function releaseNotes(tag: string, repository: string, texts: ReleaseTexts): string {
  const { packageVersion, sourceVersion, changelog, guides } = texts;
  const version = tag.replace(/^v/, '');
  const problems: string[] = [];
  if (packageVersion !== version) problems.push(`package.json has version ${packageVersion}`);
  if (sourceVersion !== version) problems.push(`src/job-state/version.ts has version ${sourceVersion}`);
  const notes = findSection(changelog, version);
  if (notes === undefined) problems.push(`CHANGELOG.md has no section "## ${version}", or an empty one`);
  if (findSection(changelog, 'Unreleased') !== undefined)
    problems.push('CHANGELOG.md has unreleased changes');
  for (const [file, text] of guides) {
    if (text.includes(PLACEHOLDER))
      problems.push(`${file} names the action ${PLACEHOLDER}, not ${repository}`);
  }
  if (notes === undefined || problems.length > 0) {
    throw new Error(`${tag} can't be released: ${problems.join('; ')}. Run node scripts/release.ts prepare.`);
  }
  return `${notes}\n`;
}

/** The texts of the next release: the changes so far are those of `version`. Errors: there are none. Pure. */
export function preparedChangelog(changelog: string, version: string): string {
  if (findSection(changelog, 'Unreleased') === undefined)
    throw new Error('CHANGELOG.md has nothing unreleased');
  return changelog.replace(/^## Unreleased$/m, `## ${version}`);
}

/** The text with this action under its true name. Pure. */
export function withOwner(text: string, repository: string): string {
  return text.replaceAll(PLACEHOLDER, repository);
}

function findSection(changelog: string, heading: string): string | undefined {
  const lines = changelog.split('\n');
  const start = lines.indexOf(`## ${heading}`);
  if (start === -1) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith('## '));
  const text = rest
    .slice(0, end === -1 ? rest.length : end)
    .join('\n')
    .trim();
  return text === '' ? undefined : text;
}
