import { describe, expect, it } from 'vitest';
import { isForbiddenPrefix } from '../../src/steps/outputs/forbidden-variables.ts';
import { planOutputs } from '../../src/steps/outputs/plan.ts';
import { selectOutputs } from '../../src/steps/outputs/select.ts';
import { ADDRESS, makeState } from '../steps/outputs/support.ts';

/** Variables with which somebody else's state could run, load or redirect something in later steps. */
const HOSTILE = (
  'PATH HOME SHELL ENV BASH_ENV LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT DYLD_INSERT_LIBRARIES NODE_OPTIONS NODE_PATH ' +
  'npm_config_script_shell NPM_CONFIG_REGISTRY YARN_RC_FILENAME PYTHONSTARTUP PYTHONPATH PYTHONHOME PIP_INDEX_URL PERL5OPT PERL5LIB ' +
  'RUBYOPT RUBYLIB GEM_HOME BUNDLE_GEMFILE JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS MAVEN_OPTS GRADLE_OPTS CLASSPATH ' +
  'GIT_SSH_COMMAND GIT_CONFIG_COUNT GIT_EXTERNAL_DIFF GIT_ASKPASS GIT_PAGER SSH_ASKPASS GPG_TTY PAGER EDITOR VISUAL LESSOPEN ' +
  'TAR_OPTIONS GNUMAKEFLAGS MAKEFLAGS XZ_OPT GZIP RSYNC_RSH WGETRC CURL_HOME CURL_CA_BUNDLE SSL_CERT_FILE OPENSSL_CONF ' +
  'HTTP_PROXY https_proxy ALL_PROXY NO_PROXY AWS_ENDPOINT_URL AWS_CA_BUNDLE AWS_CONFIG_FILE AWS_PROFILE AZURE_CLIENT_ID ' +
  'GOOGLE_APPLICATION_CREDENTIALS TF_CLI_ARGS TF_CLI_CONFIG_FILE TF_DATA_DIR TF_PLUGIN_CACHE_DIR TF_REATTACH_PROVIDERS TF_WORKSPACE ' +
  'TOFU_CLI_ARGS TERRAGRUNT_TFPATH TG_TF_PATH DOCKER_HOST DOCKER_CONFIG KUBECONFIG HELM_PLUGINS ANSIBLE_CONFIG VAULT_ADDR ' +
  'GITHUB_TOKEN GITHUB_ENV GITHUB_PATH GH_HOST GH_TOKEN RUNNER_TEMP ACTIONS_RUNTIME_URL INPUT_BUCKET input_bucket Input_Key STATE_session ' +
  'GOFLAGS GOPROXY CARGO_HOME RUSTC_WRAPPER CC CXX DOTNET_STARTUP_HOOKS CORECLR_PROFILER NUGET_PACKAGES PSModulePath COMSPEC PATHEXT ' +
  'PROMPT_COMMAND PS4 IFS SHELLOPTS BASHOPTS ZDOTDIR TMPDIR SOMETHING_THAT_NOBODY_KNOWS_YET a_tool_of_next_year'
).split(' ');

const listVariables = (envPrefix: string, select: readonly string[]) => {
  const state = makeState(Object.fromEntries([...HOSTILE, 'url'].map((name) => [name, 'x'])));
  const selected = selectOutputs(ADDRESS, state, { select, defaults: new Map() });
  const plan = planOutputs([selected], { listedBy: undefined, sensitive: 'omit', envPrefix, select });
  return plan.variables.map(({ name }) => name);
};

describe('the names of outputs, which any writer of the state can choose', () => {
  it('never become variables unasked, on a list or not', ({ task }) => {
    task.meta.hostileInputs = HOSTILE.length * 3;
    expect(listVariables('', ['url', '*'])).toEqual(['url']);
    expect(listVariables('', ['url', '?*'])).toEqual(['url']);
    expect(listVariables('', ['*'])).toEqual([]);
  });

  it('become variables only under the prefix of the workflow', ({ task }) => {
    task.meta.hostileInputs = HOSTILE.length;
    for (const name of listVariables('TF_VAR_', [])) expect(name).toMatch(/^TF_VAR_/);
  });
});

describe('a prefix', () => {
  it('is refused if a tool reads variables with it, in any letter case', ({ task }) => {
    const prefixes = HOSTILE.filter((name) => name.includes('_') && !name.toLowerCase().includes('nobody'))
      .map((name) => name.slice(0, name.indexOf('_', 1) + 1))
      .filter((prefix) => !/^(?:a|)_$/.test(prefix));
    const cases = [...new Set(prefixes)].flatMap((prefix) => [
      prefix,
      prefix.toLowerCase(),
      prefix.toUpperCase(),
    ]);
    task.meta.hostileInputs = cases.length;
    expect(cases.filter((prefix) => !isForbiddenPrefix(prefix))).toEqual([]);
  });

  it.each([
    '_',
    '__',
    'TF_',
    'TF_CLI_',
    'tf_cli_args_',
    'AWS_X_',
    'GIT_CONFIG_',
    'INPUT_',
    'input_',
    'Input_',
    'STATE_',
  ])('is refused if it begins such a name or extends one: %s', (prefix) =>
    expect(isForbiddenPrefix(prefix)).toBe(true),
  );

  it.each(['TF_VAR_', 'TF_VAR_net_', 'STACK_', 'MY_APP_', 'network_', 'OUT_'])(
    'is accepted if no tool reads it: %s',
    (prefix) => expect(isForbiddenPrefix(prefix)).toBe(false),
  );
});
