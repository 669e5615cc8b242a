import { DEFAULT_WORKSPACE } from '../backend/address.ts';
import type { LockHolder } from '../backend/records/lock-info.ts';
import type { StateScope } from '../backend/state-error.ts';
import { plain } from './plain.ts';

// As they stand, no shell takes any of these for more than a letter; a word that begins with a dash would be an option.
const BARE = /^[\w./:][\w./:=-]*$/;
// Besides what quotes mean, PowerShell takes typographic quotes for quotes.
const IN_SINGLE_QUOTES = /^[^'\u2018-\u201b]*$/;
const IN_DOUBLE_QUOTES = /^[^"$`\\!\u201c-\u201e]*$/;

/**
 * Quotes a word so that sh, dash, bash, zsh and PowerShell all take it for the same word; other people's text is in some
 * of them. Undefined where no quotes do that: for control characters, for a dash in front, and for most texts with an
 * apostrophe.
 */
export function shellQuote(word: string): string | undefined {
  if (BARE.test(word)) return word;
  if (word.startsWith('-') || plain(word) !== word) return undefined;
  if (IN_SINGLE_QUOTES.test(word)) return `'${word}'`;
  return IN_DOUBLE_QUOTES.test(word) ? `"${word}"` : undefined;
}

/** A word of a command: text of this action as it is to be printed, or one that must be quoted first. */
type Word = string | { readonly quoted: string };

/** A command line; undefined where a word of it can't be quoted. */
export function commandLine(...words: readonly Word[]): string | undefined {
  const texts = words.map((word) => (typeof word === 'string' ? word : shellQuote(word.quoted)));
  return texts.includes(undefined) ? undefined : texts.filter((text) => text !== '').join(' ');
}

/** JSON in which every character that a shell could take for more than itself is an escape of JSON. */
function jsonWord(value: object): Word {
  const json = JSON.stringify(value).replace(/[^ -~]|'/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return { quoted: json };
}

/** `terraform force-unlock` for a lock, to be run where the backend is initialised. */
export function forceUnlockCommand(scope: StateScope, id: string): string | undefined {
  return commandLine(...terraform(scope), 'force-unlock', { quoted: id });
}

/** `terraform state pull` into a file, to be run where the backend is initialised. */
export function statePullCommand(scope: StateScope, file: string): string | undefined {
  return commandLine(...terraform(scope), 'state pull >', { quoted: file });
}

/** `terraform state push` of a file, to be run where the backend is initialised. */
export function statePushCommand(
  scope: StateScope,
  file: string,
  force: '-force' | '' = '',
): string | undefined {
  return commandLine(...terraform(scope), 'state push', force, { quoted: file });
}

/** Deletes the lock item with nothing but the AWS CLI, and only while it is this very lock. */
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
 * Deletes the lock file with nothing but the AWS CLI, and only while it is this very lock. Its content is compared, as
 * Terraform does it: not every release of the CLI, nor every store, knows a conditional delete.
 */
export function deleteLockFileCommand(scope: StateScope, { raw = '' }: LockHolder): string | undefined {
  const { bucket, lockFileKey } = scope.address;
  const options = commandLine(...whereabouts(scope, 's3'));
  const url = shellQuote(`s3://${bucket}/${lockFileKey}`);
  // The shell drops the line ends of a command's output.
  const held = shellQuote(raw.replace(/\n+$/, ''));
  if (options === undefined || url === undefined || held === undefined) return undefined;
  const read = `${copy(scope)} ${options}${customerKey(scope)} ${url} -`;
  return `held=$(${read}) && [ "$held" = ${held} ] && aws s3 rm ${options} ${url}`;
}

/** Sets or removes the digest item, the repair of a digest that does not belong to the object. */
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

/** Copies a file that is on this machine already. */
export function copyCommand(from: string, to: string): string | undefined {
  return commandLine('cp', { quoted: from }, { quoted: to });
}

/** What a read needs of an object under a customer's key: the reader's Terraform has it in the same variable. */
function copy({ underCustomerKey }: StateScope): string {
  return underCustomerKey ? `printf %s "$AWS_SSE_CUSTOMER_KEY" | base64 -d | aws s3 cp` : 'aws s3 cp';
}

function customerKey({ underCustomerKey }: StateScope): string {
  return underCustomerKey ? ' --sse-c AES256 --sse-c-key fileb:///dev/stdin' : '';
}

/** In the state's own workspace: the reader's shell is in any, and another one's state is not to be touched. */
function terraform({ address: { workspace } }: StateScope): Word[] {
  if (workspace === DEFAULT_WORKSPACE) return ['terraform'];
  const name = shellQuote(workspace);
  return name === undefined ? [{ quoted: workspace }] : [`TF_WORKSPACE=${name} terraform`];
}

function dynamodb(scope: StateScope, operation: string): Word[] {
  const where = whereabouts(scope, 'dynamodb');
  return [`aws dynamodb ${operation}`, ...where, '--table-name', { quoted: scope.table ?? '' }];
}

/** Where a service is, in the AWS CLI's options. */
export function whereabouts({ region, endpoints }: StateScope, service: 's3' | 'dynamodb'): Word[] {
  const endpoint = endpoints[service];
  const options: Word[] = ['--region', { quoted: region }];
  return endpoint === undefined ? options : [...options, '--endpoint-url', { quoted: endpoint }];
}
