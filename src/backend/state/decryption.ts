/** What states that OpenTofu encrypted are decrypted with. */
export interface StateDecryption {
  /** Of the key provider `pbkdf2`. */
  readonly passphrase: string | undefined;
  /** Of the key provider `aws_kms`. */
  readonly kms: StateKmsKey | undefined;
}

/** A key in KMS, and where that is asked; undefined: at AWS's own endpoint. */
export interface StateKmsKey {
  readonly keyId: string;
  readonly endpoint: string | undefined;
}
