const LONGEST_ID = 1_024;
const VERSION_ID = /^[\x21-\x7e]+$/;

/** Whether the text can be the id of a version in S3. Pure. */
export function isVersionId(text: string): boolean {
  return text.length <= LONGEST_ID && VERSION_ID.test(text);
}
