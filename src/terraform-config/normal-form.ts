/** In UTF-16 units. Longer text of other people is not processed when the cost may exceed its size. */
export const LONGEST_FOREIGN_TEXT = 4096;

/**
 * The text in Unicode's normal form, in which Terraform keeps all text. Sorting a long run of marks takes quadratic
 * time, so a longer text stays as it is: no name, path or address has as many characters. Pure.
 */
export function toNormalForm(text: string): string {
  return text.length > LONGEST_FOREIGN_TEXT ? text : text.normalize('NFC');
}
