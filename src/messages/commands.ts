import { DEFAULT_WORKSPACE } from '../backend/address.ts';
import type { LockHolder } from '../backend/records/lock-info.ts';
import type { StateScope } from '../backend/state-error.ts';
import { plain } from './plain.ts';

// No shell gives any of these characters a special meaning. A word that begins with a dash would be an option.
const BARE = /^[\w./:][\w./:=-]*$/;
// PowerShell also treats typographic quotes as quotes.
const IN_SINGLE_QUOTES = /^[^'\u2018-\u201b]*$/;
const IN_DOUBLE_QUOTES = /^[^"$`\\!\u201c-\u201e]*$/;

/**
 * Quotes a word, which may contain other people's text, for sh, dash, bash, zsh and PowerShell alike. Undefined when no
 * quoting works in all of them: for control characters, for a leading dash, and for most texts with an apostrophe.
 */
export function shellQuote(word: string): string | undefined {
  if (BARE.test(word)) return word;
  if (word.startsWith('-') || plain(word) !== word) return undefined;
  if (IN_SINGLE_QUOTES.test(word)) return `'${word}'`;
  return IN_DOUBLE_QUOTES.test(word) ? `"${word}"` : undefined;
}

/** A word of a command: the action's own text, printed as it is, or text that must be quoted first. */
type Word = string | { readonly quoted: string };

/** A command line; undefined when one of its words can't be quoted. */
export function commandLine(...words: readonly Word[]): string | undefined {
  const texts = words.map((word) => (typeof word === 'string' ? word : shellQuote(word.quoted)));
  return texts.includes(undefined) ? undefined : texts.filter((text) => text !== '').join(' ');
}

/** JSON that escapes every character that a shell could interpret. */
function jsonWord(value: object): Word {
  const json = JSON.stringify(value).replace(/[^ -~]|'/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return { quoted: json };
}

/** `terraform force-unlock` for a lock. Run it where the backend is initialised. */
export function forceUnlockCommand(scope: StateScope, id: string): string | undefined {
  return commandLine(...terraform(scope), 'force-unlock', { quoted: id });
}

/** `terraform state pull` into a file. Run it where the backend is initialised. */
export function statePullCommand(scope: StateScope, file: string): string | undefined {
  return commandLine(...terraform(scope), 'state pull >', { quoted: file });
}

/** `terraform state push` of a file. Run it where the backend is initialised. */
export function statePushCommand(
  scope: StateScope,
  file: string,
  force: '-force' | '' = '',
): string | undefined {
  return commandLine(...terraform(scope), 'state push', force, { quoted: file });
}

/** Deletes the lock item with the AWS CLI alone, and only if it is still this lock. */
export function deleteLockCommand(scope: StateScope, holder: LockHolder): string | undefined {
  const command = [
    ...dynamodb(scope, 'delete-item'),
    '--key',
    jsonWord({ LockID: { S: scope.address.lockPath } }),
  ];
  if (holder.raw === undefined) {
    return commandLine(...command, "--condition-expression 'attribute_not_exists(Info)'");
  }
  const values = jsonWord({ ':info': { S: holder.raw } });
  const condition = "--condition-expression 'Info = :info' --expression-attribute-values";
  return commandLine(...command, condition, values);
}

/**
 * Deletes the lock file with the AWS CLI alone, and only if it is still this lock. Like Terraform, the command compares
 * the content: conditional deletes are missing from some releases of the CLI and from some stores.
 */
export function deleteLockFileCommand(scope: StateScope, { raw = '' }: LockHolder): string | undefined {
  const { bucket, lockFileKey } = scope.address;
  const options = commandLine(...whereabouts(scope, 's3'));
  const url = shellQuote(`s3://${bucket}/${lockFileKey}`);
  // The shell drops newlines at the end of a command's output.
  const held = shellQuote(raw.replace(/\n+$/, ''));
  if (options === undefined || url === undefined || held === undefined) return undefined;
  const read = `${copy(scope)} ${options}${customerKey(scope)} ${url} -`;
  return `held=$(${read}) && [ "$held" = ${held} ] && aws s3 rm ${options} ${url}`;
}

/** Sets or removes the digest item, to repair a digest that does not match the object. */
export function repairDigestCommand(scope: StateScope, md5: string): string | undefined {
  const id = { LockID: { S: scope.address.digestPath } };
  if (md5 === '') return commandLine(...dynamodb(scope, 'delete-item'), '--key', jsonWord(id));
  const item = { ...id, Digest: { S: md5 } };
  return commandLine(...dynamodb(scope, 'put-item'), '--item', jsonWord(item));
}

/** Downloads an object of the state's bucket. */
export function downloadCommand(scope: StateScope, key: string, file: string): string | undefined {
  const url = { quoted: `s3://${scope.address.bucket}/${key}` };
  const options = commandLine(...whereabouts(scope, 's3'));
  if (options === undefined) return undefined;
  return commandLine(copy(scope), `${options}${customerKey(scope)}`, url, { quoted: file });
}

/** Copies a file on this machine. */
export function copyCommand(from: string, to: string): string | undefined {
  return commandLine('cp', { quoted: from }, { quoted: to });
}

/** What a read of an object under a customer key needs. The reader's Terraform takes the key from the same variable. */
function copy({ underCustomerKey }: StateScope): string {
  return underCustomerKey ? `printf %s "$AWS_SSE_CUSTOMER_KEY" | base64 -d | aws s3 cp` : 'aws s3 cp';
}

function customerKey({ underCustomerKey }: StateScope): string {
  return underCustomerKey ? ' --sse-c AES256 --sse-c-key fileb:///dev/stdin' : '';
}

/** Names the state's workspace, because the reader's shell may be in another, whose state must not be touched. */
function terraform({ address: { workspace } }: StateScope): Word[] {
  if (workspace === DEFAULT_WORKSPACE) return ['terraform'];
  const name = shellQuote(workspace);
  return name === undefined ? [{ quoted: workspace }] : [`TF_WORKSPACE=${name} terraform`];
}

function dynamodb(scope: StateScope, operation: string): Word[] {
  const where = whereabouts(scope, 'dynamodb');
  return [`aws dynamodb ${operation}`, ...where, '--table-name', { quoted: scope.table ?? '' }];
}

/** The AWS CLI's options that say where a service is. */
export function whereabouts({ region, endpoints }: StateScope, service: 's3' | 'dynamodb'): Word[] {
  const endpoint = endpoints[service];
  const options: Word[] = ['--region', { quoted: region }];
  return endpoint === undefined ? options : [...options, '--endpoint-url', { quoted: endpoint }];
}
