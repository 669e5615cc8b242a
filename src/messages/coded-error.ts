/** An error of one step that says its reason code itself; `message` is for the user. */
export class CodedError<Code extends string = string> extends Error {
  /** As `reason_code` has it, and the heading in docs/troubleshooting.md. */
  readonly code: Code;

  constructor(code: Code, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
