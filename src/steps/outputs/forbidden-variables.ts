/** Each either forbidden by the runner or read by a shell, an interpreter or a tool that the next steps start. */
const NAMES: ReadonlySet<string> = new Set(
  (
    'PATH HOME SHELL USER LOGNAME PWD OLDPWD TMPDIR TEMP TMP CI IFS ENV BASH_ENV BASHOPTS SHELLOPTS ' +
    'PROMPT_COMMAND PS0 PS1 PS4 CDPATH ZDOTDIR FPATH EDITOR VISUAL PAGER BROWSER LESSOPEN LOCPATH ' +
    'HTTP_PROXY HTTPS_PROXY ALL_PROXY FTP_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE ' +
    'PERL5OPT PERL5LIB PERL5DB PERLLIB RUBYOPT RUBYLIB PHPRC PHP_INI_SCAN_DIR CLASSPATH ' +
    'JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS MAVEN_OPTS MAVEN_ARGS GRADLE_OPTS ' +
    'GOPATH GOROOT GOBIN GOENV GOFLAGS GOPROXY GOSUMDB GOINSECURE GOTOOLCHAIN RUSTFLAGS RUSTC RUSTC_WRAPPER ' +
    'COMSPEC PATHEXT SYSTEMROOT WINDIR PSMODULEPATH __PSLOCKDOWNPOLICY KUBECONFIG MAKEFLAGS CC CXX LD'
  ).split(' '),
);

const BEGINNINGS = (
  'GITHUB_ RUNNER_ ACTIONS_ NODE_ NPM_CONFIG_ YARN_ LD_ DYLD_ BASH_FUNC_ GLIBC_ MALLOC_ ' +
  'PYTHON PIP_ GEM_ BUNDLE_ CARGO_ GIT_ SSH_ GPG_ CURL_ DOCKER_ AWS_ AZURE_ ARM_ GOOGLE_ TF_ TOFU_ ' +
  'DOTNET_ CORECLR_ COR_ NUGET_ POWERSHELL_ LC_'
).split(' ');

// How the runner hands inputs and saved state to actions; in small letters they are as good as any other name.
const EXACT_BEGINNINGS = ['INPUT_', 'STATE_'];

/** Begins like Terraform's settings, and is the one thing of them that is meant to be set by others. */
const INPUT_VARIABLES = 'TF_VAR_';

/**
 * Whether a variable of this name may not be set from a state: whoever can write that state could otherwise run or redirect
 * the steps of this job. Without regard to case, as Windows has it. Pure.
 */
export function isForbiddenVariable(name: string): boolean {
  const upper = name.toUpperCase();
  if (upper.startsWith(INPUT_VARIABLES) && upper.length > INPUT_VARIABLES.length) return false;
  if (EXACT_BEGINNINGS.some((beginning) => name.startsWith(beginning))) return true;
  return NAMES.has(upper) || BEGINNINGS.some((beginning) => upper.startsWith(beginning));
}
