/** What it takes to decrypt states that OpenTofu encrypted. */
export interface StateDecryption {
  /** For the key provider `pbkdf2`. */
  readonly passphrase: string | undefined;
  /** For the key provider `aws_kms`. */
  readonly kms: StateKmsKey | undefined;
}

/** A KMS key, and the endpoint to call; undefined for AWS's own endpoint. */
export interface StateKmsKey {
  readonly keyId: string;
  readonly endpoint: string | undefined;
}
