/** How a text of a file is shown in an error. */
export type Quote = (text: string) => string;

/** Characters of a file that an error quotes: enough to find the place, too few to hand on what the file is. */
const LONGEST_QUOTE = 40;

/** The beginning of a text. Pure. */
export const quoteShortly: Quote = (text) =>
  text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}...` : text;

/** Nothing of a text. Pure. */
export const quoteNothing: Quote = () => '(not shown)';
