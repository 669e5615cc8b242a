/** The text of a template without sequences (`$${` stands for `${`); undefined when it has one. Pure. */
export function templateText(template: string): string | undefined {
  let text = '';
  for (let at = 0; at < template.length; ) {
    const sequence = sequenceAt(template, at);
    if (sequence === 'template') return undefined;
    text += sequence === 'escaped' ? template.slice(at + 1, at + 3) : template.charAt(at);
    at += sequence === 'escaped' ? 3 : 1;
  }
  return text;
}

/** What a `$` or `%` starts: a template sequence, an escaped one, or nothing. Pure. */
export function sequenceAt(text: string, at: number): 'template' | 'escaped' | undefined {
  const mark = text.charAt(at);
  if (mark !== '$' && mark !== '%') return undefined;
  if (text.charAt(at + 1) === '{') return 'template';
  return text.startsWith(`${mark}{`, at + 1) ? 'escaped' : undefined;
}

/** Removes the indentation that all lines of a `<<-` heredoc share. Blank lines neither count nor change. Pure. */
export function withoutIndentation(lines: readonly string[]): string[] {
  const isBlank = (line: string) => line.trim() === '';
  const indents = lines.filter((line) => !isBlank(line)).map((line) => line.search(/\S/));
  const shared = indents.reduce((least, indent) => Math.min(least, indent), indents[0] ?? 0);
  return lines.map((line) => (isBlank(line) ? line : line.slice(shared)));
}
