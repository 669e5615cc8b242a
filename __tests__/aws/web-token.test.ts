import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  subjectForms,
  tokenFacts,
  tokensLike,
  trustStatement,
  withoutTokens,
} from '../../src/aws/web-token.ts';
import { claimsOfMain, ISSUER, tokenWith } from '../support/oidc.ts';

const byName = 'repo:octo-org/infrastructure:environment:production';
const byId = 'repo:octo-org@9919/infrastructure@1296269:environment:production';
const GHES = 'https://github.example.com/_services/token';

const readFacts = (claims: object) => {
  const facts = tokenFacts(tokenWith({ ...claimsOfMain, aud: 'sts.amazonaws.com', ...claims }));
  if (facts === undefined) throw new Error('no facts');
  return facts;
};

describe('the claims of a token', () => {
  it('are read, including those of the repository', () => {
    expect(readFacts({})).toEqual({
      iss: ISSUER,
      aud: 'sts.amazonaws.com',
      sub: 'repo:octo-org/infrastructure:ref:refs/heads/main',
      repository: { name: 'octo-org/infrastructure', id: '1296269', ownerId: '9919' },
    });
  });

  it('from another issuer have no repository and may have several audiences', () => {
    const token = tokenWith({ iss: 'https://oidc.example.com/id/1', sub: 'system:pod', aud: ['a', 'b'] });
    expect(tokenFacts(token)).toMatchObject({ aud: 'a, b', sub: 'system:pod', repository: undefined });
  });

  it('are not guessed from a text that is no token', () => {
    fc.assert(fc.property(fc.string(), (text) => tokenFacts(text) === undefined));
    expect(tokenFacts('a.e30.b')).toBeUndefined();
  });
});

describe('the two forms of the subject', () => {
  it.each([
    ['by names', byName, byId],
    ['with immutable ids', byId, byName],
  ])("%s: puts the token's own form first, then the other", (_form, sub, other) => {
    expect(subjectForms(readFacts({ sub }))).toEqual([sub, other]);
  });

  it('an enterprise on ghe.com has both, too', () => {
    expect(subjectForms(readFacts({ iss: 'https://token.actions.octocorp.ghe.com', sub: byName }))).toEqual([
      byName,
      byId,
    ]);
  });

  it.each([
    ['GitHub Enterprise Server', { iss: GHES, sub: byName }],
    ['a customised subject', { sub: 'repository_owner:octo-org:environment:production' }],
    ["another repository's name", { sub: 'repo:octo-org/infrastructure-2:ref:refs/heads/main' }],
    ['another issuer', { iss: 'https://oidc.example.com', sub: byName, repository: undefined }],
  ])('%s has only one', (_name, claims) => {
    expect(subjectForms(readFacts(claims))).toEqual([claims.sub]);
  });
});

describe('the trust policy statement', () => {
  it('uses the account and partition of the role, and names issuer, audience and subject', () => {
    const facts = readFacts({ iss: GHES, sub: byName, aud: 'sts.amazonaws.com.cn' });
    expect(trustStatement('arn:aws-cn:iam::111122223333:role/path/state', tokensLike(facts))).toEqual({
      Effect: 'Allow',
      Principal: {
        Federated: 'arn:aws-cn:iam::111122223333:oidc-provider/github.example.com/_services/token',
      },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          'github.example.com/_services/token:aud': 'sts.amazonaws.com.cn',
          'github.example.com/_services/token:sub': byName,
        },
      },
    });
  });

  it('accepts either form of the subject', () => {
    const statement = JSON.stringify(
      trustStatement('arn:aws:iam::111122223333:role/r', tokensLike(readFacts({ sub: byName }))),
    );
    expect(statement).toContain(`"token.actions.githubusercontent.com:sub":["${byName}","${byId}"]`);
  });

  it('accepts every group of the merge queue that the token is from, and no other queue', () => {
    const group = 'gh-readonly-queue/release/2.x/pr-104-9d5e1c2b7a3f4e5d6c7b8a9f0e1d2c3b4a5f6e7d';
    const facts = readFacts({ sub: `repo:octo-org/infrastructure:ref:refs/heads/${group}` });
    expect(trustStatement('arn:aws:iam::111122223333:role/r', tokensLike(facts))).toMatchObject({
      Condition: {
        StringLike: {
          'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
          'token.actions.githubusercontent.com:sub': [
            'repo:octo-org/infrastructure:ref:refs/heads/gh-readonly-queue/release/2.x/*',
            'repo:octo-org@9919/infrastructure@1296269:ref:refs/heads/gh-readonly-queue/release/2.x/*',
          ],
        },
      },
    });
  });

  it.each([
    'repo:octo-org/infrastructure:environment:prod*',
    'repo:octo-org/infrastructure:ref:refs/heads/fix-gh-readonly-queue/main',
  ])('accepts exactly the subject %s', (sub) => {
    expect(tokensLike(readFacts({ sub }))).toMatchObject({
      operator: 'StringEquals',
      subjects: expect.arrayContaining([sub]),
    });
  });
});

describe('the trust policy in the guide to credentials', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/credentials.md'), 'utf8');
  const blocks = [...guide.matchAll(/```json\n([^`]*sts:AssumeRoleWithWebIdentity[^`]*)```/g)];

  it('equals the one that a refusal prints for the same organisation, repository and environment', () => {
    const repository = { name: 'ORG/REPO', id: 'REPOID', ownerId: 'ORGID' };
    const sub = 'repo:ORG/REPO:environment:production';
    const facts = { iss: ISSUER, aud: 'sts.amazonaws.com', sub, repository };
    expect(blocks.map(([, json = '']) => JSON.parse(json))).toEqual([
      {
        Version: '2012-10-17',
        Statement: [trustStatement('arn:aws:iam::111122223333:role/terraform-state', tokensLike(facts))],
      },
    ]);
  });
});

describe('quoting', () => {
  it('removes tokens, whatever surrounds them, and nothing else', () => {
    const token = tokenWith(claimsOfMain);
    expect(withoutTokens(`Value '${token}' at 'webIdentityToken' failed`)).toBe(
      "Value '***' at 'webIdentityToken' failed",
    );
    expect(withoutTokens(token.slice(0, 100))).toBe('***');
    expect(withoutTokens('Not authorized to perform: keyed.by.name')).toBe(
      'Not authorized to perform: keyed.by.name',
    );
  });
});
