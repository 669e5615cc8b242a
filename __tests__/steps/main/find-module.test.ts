import { describe, expect, it } from 'vitest';
import { whyOther } from '../../../src/steps/main/find-module.ts';

const module = (selectedBefore: string | undefined) => ({
  directory: '/checkout/infra',
  dataDirectory: '/checkout/infra/.terraform',
  selectedBefore,
});

describe("the requested workspace and the module's", () => {
  it.each([
    ['nothing is asked', undefined, undefined, 'prod'],
    ['nothing is selected', 'prod', undefined, undefined],
    ['it is selected', 'prod', undefined, 'prod'],
    ['TF_WORKSPACE says the same, whatever is selected', 'prod', 'prod', 'dev'],
    ['TF_WORKSPACE alone', undefined, 'prod', 'dev'],
  ])('match when %s', (_, asked, variable, selected) => {
    expect(whyOther(asked, variable, module(selected))).toBeUndefined();
  });

  it.each([
    ['another one is selected', 'prod', undefined, 'dev', /has the workspace dev selected.*remove the input/],
    ['the default one is selected', 'prod', undefined, 'default', /has the workspace default selected/],
    ['TF_WORKSPACE is another one', 'prod', 'dev', undefined, /TF_WORKSPACE is dev/],
  ])('differ when %s', (_, asked, variable, selected, words) => {
    expect(whyOther(asked, variable, module(selected))).toMatch(words);
  });
});
