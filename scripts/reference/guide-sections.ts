/** What the guide says of each reason code, by its heading (`### code`): the first paragraph, in one line. Pure. */
export function readGuideSections(guide: string): ReadonlyMap<string, string> {
  const sections = new Map<string, string>();
  for (const part of guide.split(/^#{2,3} /m)) {
    const [heading = '', ...lines] = part.split('\n');
    if (!/^\w+$/.test(heading)) continue;
    const [paragraph = ''] = lines.join('\n').trim().split('\n\n');
    sections.set(heading, paragraph.replaceAll('\n', ' '));
  }
  return sections;
}

/** The meaning of a code without its fix. Throws for a code that the guide doesn't have. Pure. */
export function readMeaning(sections: ReadonlyMap<string, string>, code: string): string {
  const section = sections.get(code);
  if (section === undefined) throw new Error(`docs/troubleshooting.md has no section "### ${code}"`);
  const [meaning = ''] = section.split(/ \*\*Do:\*\*/);
  return meaning.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}
