/** How an error shows a text from a file. */
export type Quote = (text: string) => string;

/** The characters that an error quotes of a file: enough to find the position, too few to reveal the file. */
const LONGEST_QUOTE = 40;

/** The beginning of a text. Pure. */
export const quoteShortly: Quote = (text) =>
  text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}...` : text;

/** Nothing of a text. Pure. */
export const quoteNothing: Quote = () => '(not shown)';
