/** UTF-16 units; of a text that somebody else wrote no more is worked on where that may cost more than its size. */
export const LONGEST_FOREIGN_TEXT = 4096;

/**
 * The text in Unicode's normal form, in which Terraform keeps all text. To bring a long run of marks into order takes the
 * square of its length, so a longer text stays as it is: no name, path or address has as many characters. Pure.
 */
export function toNormalForm(text: string): string {
  return text.length > LONGEST_FOREIGN_TEXT ? text : text.normalize('NFC');
}
