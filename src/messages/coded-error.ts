/** An error of one step that carries its own reason code. `message` is for the user. */
export class CodedError<Code extends string = string> extends Error {
  /** The value of `reason_code`, and the heading in docs/troubleshooting.md. */
  readonly code: Code;

  constructor(code: Code, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
