import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseLockHolder } from '../../src/backend/records/lock-info.ts';
import {
  deleteLockCommand,
  deleteLockFileCommand,
  downloadCommand,
  forceUnlockCommand,
  repairDigestCommand,
  shellQuote,
  statePullCommand,
  statePushCommand,
} from '../../src/messages/commands.ts';
import { customScope, makeHolder, namedScope, scope } from '../job-state/scopes.ts';

const run = promisify(execFile);

/** The words that a shell reads from a command line. */
async function words(command: string | undefined): Promise<string[]> {
  if (command === undefined) throw new Error('there is no command');
  const { stdout } = await run('bash', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' });
  return stdout.split('\0').slice(0, -1);
}

describe('quoting for a shell', () => {
  it.each([
    ['plain-1.2_3/x=y:z', 'plain-1.2_3/x=y:z'],
    ['', "''"],
    ['two words', "'two words'"],
    ['$(rm -rf /)', "'$(rm -rf /)'"],
    ["it's", `"it's"`],
    ['~', "'~'"],
    ['=ls', "'=ls'"],
    ['a,b', "'a,b'"],
    ['\u2018typographic\u2019', '"\u2018typographic\u2019"'],
  ])('%j becomes %s', (word, quoted) => expect(shellQuote(word)).toBe(quoted));

  it.each([
    ["it's $HOME", "it's `id`", `it's "so"`, "it's \\", "it's!", '\u2018\u201c'],
    ['red\u001b[31m', 'two\nlines', '\u009b', '\u2028', 'turned\u202e', '-force'],
  ])('no quoting of %j is the same in all shells', (...texts) => {
    for (const text of texts) expect(shellQuote(text)).toBeUndefined();
  });
});

describe('commands to paste', () => {
  it('force-unlock names any workspace except the default', () => {
    expect(forceUnlockCommand(scope, 'gha-1/2')).toBe('terraform force-unlock gha-1/2');
    expect(forceUnlockCommand(namedScope, 'odd id')).toBe(
      "TF_WORKSPACE='dev$1' terraform force-unlock 'odd id'",
    );
  });

  it('delete the lock without Terraform only if it is still this lock', async () => {
    const holder = makeHolder({ who: "o'brien@<host>" });
    const command = deleteLockCommand(scope, holder);
    const parts = await words(command);
    expect(parts.slice(0, 7)).toEqual([
      'aws',
      'dynamodb',
      'delete-item',
      '--region',
      'eu-west-1',
      '--table-name',
      'locks',
    ]);
    expect(JSON.parse(parts[8] ?? '')).toEqual({ LockID: { S: 'b/k/app.tfstate' } });
    expect(parts.slice(9, 11)).toEqual(['--condition-expression', 'Info = :info']);
    expect(JSON.parse(parts[12] ?? '')).toEqual({ ':info': { S: holder.raw } });
  });

  it('delete an item without Info only while it has none', async () => {
    const holder = parseLockHolder(undefined);
    const parts = await words(deleteLockCommand(scope, holder));
    expect(parts.slice(9)).toEqual(['--condition-expression', 'attribute_not_exists(Info)']);
  });

  describe('the command that deletes the lock file without Terraform', () => {
    /** Runs the command with an `aws` that serves a lock file; returns what it removed. */
    async function removedBy(command: string | undefined, content: string): Promise<string> {
      const aws = `aws() { case "$2" in cp) printf %s "$CONTENT";; rm) echo "removed $5";; esac; }`;
      const env = { ...process.env, CONTENT: content };
      const end = run('bash', ['-c', `${aws}\n${command ?? 'exit 9'}`], { encoding: 'utf8', env });
      return await end.then(
        ({ stdout }) => stdout.trim(),
        () => '',
      );
    }

    it.each([
      makeHolder({ who: 'alice@<host>', info: '$HOME `id` "x" \\ !' }).raw,
      'by hand',
      '',
      ' two  words \n\n',
    ])('deletes only this lock: %j', async (raw = '') => {
      const command = deleteLockFileCommand(scope, parseLockHolder(raw));
      expect(command).toMatch(
        /^held=\$\(aws s3 cp --region eu-west-1 s3:\/\/b\/k\/app\.tfstate\.tflock -\) /,
      );
      expect(await removedBy(command, raw)).toBe('removed s3://b/k/app.tfstate.tflock');
      expect(await removedBy(command, `${raw}x`)).toBe('');
    });

    it.each(["o'brien's $HOME", 'two\nlines', '\u001b[2J'])(
      'is not offered when %j would need quotes',
      (raw) => {
        expect(deleteLockFileCommand(scope, parseLockHolder(raw))).toBeUndefined();
      },
    );

    it("reads it with the customer key from Terraform's variable", async () => {
      const key = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 8));
      const command = deleteLockFileCommand({ ...scope, underCustomerKey: true }, parseLockHolder('mine'));
      const aws = [
        'aws() { case "$2" in',
        `cp) [ "$5 $6" = "--sse-c AES256" ] && [ "$7" = --sse-c-key ] && [ "$(base64 -w0 "\${8#fileb://}")" = "$AWS_SSE_CUSTOMER_KEY" ] && printf mine;;`,
        'rm) echo "removed $5";; esac; }',
      ].join('\n');
      const env = { ...process.env, AWS_SSE_CUSTOMER_KEY: key.toString('base64') };
      const { stdout } = await run('bash', ['-c', `${aws}\n${command ?? 'exit 9'}`], {
        encoding: 'utf8',
        env,
      });
      expect(stdout.trim()).toBe('removed s3://b/k/app.tfstate.tflock');
    });

    it('uses the endpoint of S3', () => {
      const command = deleteLockFileCommand(customScope, parseLockHolder(''));
      expect(command?.split('--endpoint-url http://minio:9000/ ').length).toBe(3);
    });
  });

  it('repair the digest by writing it, or by removing it when there is no object', () => {
    const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
    expect(repairDigestCommand(scope, md5)).toBe(
      'aws dynamodb put-item --region eu-west-1 --table-name locks --item ' +
        `'{"LockID":{"S":"b/k/app.tfstate-md5"},"Digest":{"S":"${md5}"}}'`,
    );
    expect(repairDigestCommand(scope, '')).toBe(
      'aws dynamodb delete-item --region eu-west-1 --table-name locks --key ' +
        `'{"LockID":{"S":"b/k/app.tfstate-md5"}}'`,
    );
  });

  it('fetch a rescue copy with the AWS CLI', () => {
    expect(downloadCommand(scope, 'k x.rescue/1-1', 'rescued.tfstate')).toBe(
      "aws s3 cp --region eu-west-1 's3://b/k x.rescue/1-1' rescued.tfstate",
    );
  });

  it('fetch a rescue copy with the customer key', () => {
    expect(downloadCommand({ ...scope, underCustomerKey: true }, 'k', 'f')).toContain(
      'base64 -d | aws s3 cp --region eu-west-1 --sse-c AES256 --sse-c-key fileb:///dev/stdin s3://b/k f',
    );
  });

  it("pull and push a state in its own workspace, never in that of the reader's shell", () => {
    expect(statePullCommand(scope, 'current.tfstate')).toBe('terraform state pull > current.tfstate');
    expect(statePullCommand(namedScope, 'current.tfstate')).toBe(
      "TF_WORKSPACE='dev$1' terraform state pull > current.tfstate",
    );
    expect(statePushCommand(scope, 'rescued.tfstate')).toBe('terraform state push rescued.tfstate');
    expect(statePushCommand(namedScope, 'rescued.tfstate')).toBe(
      "TF_WORKSPACE='dev$1' terraform state push rescued.tfstate",
    );
    expect(statePushCommand(namedScope, 'rescued.tfstate', '-force')).toBe(
      "TF_WORKSPACE='dev$1' terraform state push -force rescued.tfstate",
    );
  });

  it("use the job's endpoint of each service", () => {
    const dynamodb = "--region eu-west-1 --endpoint-url 'http://ddb/?a&b' ";
    const holder = parseLockHolder(undefined);
    expect(deleteLockCommand(customScope, holder)).toContain(`aws dynamodb delete-item ${dynamodb}`);
    expect(repairDigestCommand(customScope, 'x')).toContain(`aws dynamodb put-item ${dynamodb}`);
    expect(repairDigestCommand(customScope, '')).toContain(`aws dynamodb delete-item ${dynamodb}`);
    expect(downloadCommand(customScope, 'k', 'f')).toBe(
      'aws s3 cp --region eu-west-1 --endpoint-url http://minio:9000/ s3://b/k f',
    );
  });
});
