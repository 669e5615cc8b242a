/** Each is either forbidden by the runner or read by a shell, an interpreter or a tool that later steps start. */
const NAMES: ReadonlySet<string> = new Set(
  (
    'PATH HOME SHELL USER LOGNAME PWD OLDPWD TMPDIR TEMP TMP CI IFS ENV BASH_ENV BASHOPTS SHELLOPTS ' +
    'PROMPT_COMMAND PS0 PS1 PS4 CDPATH ZDOTDIR FPATH EDITOR VISUAL PAGER BROWSER LESSOPEN LESSCLOSE LOCPATH ' +
    'HTTP_PROXY HTTPS_PROXY ALL_PROXY FTP_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE ' +
    'PERL5OPT PERL5LIB PERL5DB PERLLIB RUBYOPT RUBYLIB PHPRC PHP_INI_SCAN_DIR CLASSPATH ' +
    'JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS JAVA_HOME MAVEN_OPTS MAVEN_ARGS GRADLE_OPTS ' +
    'GOPATH GOROOT GOBIN GOENV GOFLAGS GOPROXY GOSUMDB GOINSECURE GOTOOLCHAIN RUSTFLAGS RUSTC RUSTC_WRAPPER ' +
    'COMSPEC PATHEXT SYSTEMROOT WINDIR PSMODULEPATH __PSLOCKDOWNPOLICY KUBECONFIG MAKEFLAGS GNUMAKEFLAGS CC CXX LD ' +
    'TAR_OPTIONS GZIP XZ_OPT XZ_DEFAULTS ZIPOPT UNZIP RSYNC_RSH RSYNC_CONNECT_PROG WGETRC INPUTRC TERMINFO'
  ).split(' '),
);

const FAMILIES = (
  'GITHUB_ RUNNER_ ACTIONS_ INPUT_ NODE_ NPM_CONFIG_ YARN_ LD_ DYLD_ BASH_FUNC_ GLIBC_ MALLOC_ ' +
  'PYTHON PIP_ GEM_ BUNDLE_ CARGO_ GIT_ SSH_ GPG_ CURL_ DOCKER_ AWS_ AZURE_ ARM_ GOOGLE_ TF_ TOFU_ ' +
  'DOTNET_ CORECLR_ COR_ COMPLUS_ NUGET_ POWERSHELL_ LC_'
).split(' ');

/** Forbidden only as prefixes: some of these are useful as names that a workflow spells out. */
const PREFIXES = (
  'STATE_ NPM_ PNPM_ BUN_ DENO_ BASH_ ZSH_ UV_ POETRY_ CONDA_ RUBY_ PERL_ PHP_ COMPOSER_ RUST_ RUSTUP_ GH_ OPENSSL_ KRB5_ ' +
  'BUILDKIT_ COMPOSE_ HELM_ KUBE_ KUBECTL_ ANSIBLE_ PULUMI_ VAULT_ CONSUL_ NOMAD_ PACKER_ GCLOUD_ CLOUDSDK_ ' +
  'TERRAFORM_ TERRAGRUNT_ TG_ SAM_ CDK_ JSII_ JAVA_ JDK_ MAVEN_ GRADLE_ SBT_ MSBUILD PS_ MAKE_ CMAKE_ CC_ CXX_ LESS_ ' +
  'XDG_ DBUS_ QT_ GTK_ SYSTEMD_ SUDO_ PARALLEL_ CHROME_ PLAYWRIGHT_ PUPPETEER_ ELECTRON_ JEST_ VITE_ SONAR_'
).split(' ');

// How the runner passes saved state to actions. In lower case it is a name like any other.
const SAVED_STATE = 'STATE_';

/** Starts like Terraform's settings, but is meant to be set by others. */
const INPUT_VARIABLES = 'TF_VAR_';

/**
 * Whether a variable with this name must not be set from a state: whoever can write that state could otherwise run or
 * redirect the steps of this job. No such list is complete, so a name is set only if the workflow itself spells it out,
 * or its prefix. Case-insensitive, as on Windows. Pure.
 */
export function isForbiddenVariable(name: string): boolean {
  const upper = name.toUpperCase();
  if (upper.startsWith(INPUT_VARIABLES) && upper.length > INPUT_VARIABLES.length) return false;
  if (name.startsWith(SAVED_STATE) || NAMES.has(upper)) return true;
  return FAMILIES.some((family) => upper.startsWith(family));
}

/** Whether tools read variables with this prefix, whatever follows it. Case-insensitive. Pure. */
export function isForbiddenPrefix(prefix: string): boolean {
  const upper = prefix.toUpperCase();
  if (upper.startsWith(INPUT_VARIABLES)) return false;
  const known = [...NAMES, ...FAMILIES, ...PREFIXES];
  const isOfFamily = [...FAMILIES, ...PREFIXES].some((family) => upper.startsWith(family));
  return isOfFamily || known.some((name) => name.startsWith(upper));
}
