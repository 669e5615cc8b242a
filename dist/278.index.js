export const id = 278;
export const ids = [278];
export const modules = {

/***/ 5278:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   outputs: () => (/* binding */ outputs)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7598);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6760);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(1455);




// lib/messages/outputs-refused.js
function explainMissing(addresses, isPublished) {
	if (isPublished) return explainUnpublished(addresses);
	return [
		...addresses.map((address) => `There is no state at ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)({ address })} (bucket ${address.bucket}, key ${address.objectKey}, workspace ${address.workspace}).`),
		"Check bucket, key, workspace and workspace_key_prefix, and whether anybody has applied this configuration yet.",
		"With allow_missing: true, a missing state is not an error, and defaults replace its outputs."
	].join("\n");
}
function explainUnpublished(addresses) {
	return [
		...addresses.map((address) => `There are no published outputs at ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.publishedUrl)({ address })}.`),
		"A job that holds the state with publish_outputs: true writes them. Also check bucket, key, workspace and workspace_key_prefix.",
		"With allow_missing: true, this is not an error, and defaults replace them."
	].join("\n");
}
function explainUnmatched(addresses, unmatched, available) {
	const isOne = addresses.length === 1;
	const has = available.length === 0 ? `${isOne ? "It has" : "They have"} no outputs at all` : `${isOne ? "It has" : "They have"} these outputs: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(available)}`;
	const urls = addresses.map((address) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)({ address }));
	return [
		`Nothing in ${isOne ? urls[0] ?? "" : `these ${urls.length} states`} matches select: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(unmatched)}.`,
		...isOne ? [] : [`The states are ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(urls)}.`],
		`${has}. Only outputs of the root module can be read.`,
		"Correct select, or give a default for it in defaults."
	].join("\n");
}
function explainSensitive(names) {
	return [`Sensitive outputs are selected, and sensitive is fail: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(names)}.`, "Leave them out with select, or set sensitive to omit or mask. Nothing was set."].join("\n");
}
function explainCollisions(what, groups) {
	const lines = groups.slice(0, 10).map(([first, ...others]) => `  ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)([first, ...others].flatMap((one) => one?.label ?? []))}: ${first?.name ?? ""}`);
	return [
		`Several outputs would become the same ${what}. Nothing was set.`,
		...lines,
		"Choose one of them with select, or read each in its own step."
	].join("\n");
}
function explainForbidden(variables) {
	return [`These may not become environment variables, because they decide what later steps run or reach: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(variables.map(({ name }) => name))}.`, "Set env_prefix (such as STACK_ or TF_VAR_), leave them out with select, or use the step outputs. Nothing was set."].join("\n");
}
function explainTooLarge(unfit, bytes) {
	return [unfit.length > 0 ? `These can't become environment variables, because they are larger than 128 KiB or contain a zero byte: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(unfit.map(({ name }) => name))}.` : `All outputs together are ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(String(bytes))} bytes. With more than 1 MiB of environment variables, no program can start.`, "Leave some out with select, or use the step outputs. Nothing was set."].join("\n");
}
// lib/steps/outputs/forbidden-variables.js
const NAMES = new Set("PATH HOME SHELL USER LOGNAME PWD OLDPWD TMPDIR TEMP TMP CI IFS ENV BASH_ENV BASHOPTS SHELLOPTS PROMPT_COMMAND PS0 PS1 PS4 CDPATH ZDOTDIR FPATH EDITOR VISUAL PAGER BROWSER LESSOPEN LESSCLOSE LOCPATH HTTP_PROXY HTTPS_PROXY ALL_PROXY FTP_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE PERL5OPT PERL5LIB PERL5DB PERLLIB RUBYOPT RUBYLIB PHPRC PHP_INI_SCAN_DIR CLASSPATH JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS JAVA_HOME MAVEN_OPTS MAVEN_ARGS GRADLE_OPTS GOPATH GOROOT GOBIN GOENV GOFLAGS GOPROXY GOSUMDB GOINSECURE GOTOOLCHAIN RUSTFLAGS RUSTC RUSTC_WRAPPER COMSPEC PATHEXT SYSTEMROOT WINDIR PSMODULEPATH __PSLOCKDOWNPOLICY KUBECONFIG MAKEFLAGS GNUMAKEFLAGS CC CXX LD TAR_OPTIONS GZIP XZ_OPT XZ_DEFAULTS ZIPOPT UNZIP RSYNC_RSH RSYNC_CONNECT_PROG WGETRC INPUTRC TERMINFO".split(" "));
const FAMILIES = "GITHUB_ RUNNER_ ACTIONS_ INPUT_ NODE_ NPM_CONFIG_ YARN_ LD_ DYLD_ BASH_FUNC_ GLIBC_ MALLOC_ PYTHON PIP_ GEM_ BUNDLE_ CARGO_ GIT_ SSH_ GPG_ CURL_ DOCKER_ AWS_ AZURE_ ARM_ GOOGLE_ TF_ TOFU_ DOTNET_ CORECLR_ COR_ COMPLUS_ NUGET_ POWERSHELL_ LC_".split(" ");
const PREFIXES = "STATE_ NPM_ PNPM_ BUN_ DENO_ BASH_ ZSH_ UV_ POETRY_ CONDA_ RUBY_ PERL_ PHP_ COMPOSER_ RUST_ RUSTUP_ GH_ OPENSSL_ KRB5_ BUILDKIT_ COMPOSE_ HELM_ KUBE_ KUBECTL_ ANSIBLE_ PULUMI_ VAULT_ CONSUL_ NOMAD_ PACKER_ GCLOUD_ CLOUDSDK_ TERRAFORM_ TERRAGRUNT_ TG_ SAM_ CDK_ JSII_ JAVA_ JDK_ MAVEN_ GRADLE_ SBT_ MSBUILD PS_ MAKE_ CMAKE_ CC_ CXX_ LESS_ XDG_ DBUS_ QT_ GTK_ SYSTEMD_ SUDO_ PARALLEL_ CHROME_ PLAYWRIGHT_ PUPPETEER_ ELECTRON_ JEST_ VITE_ SONAR_".split(" ");
const SAVED_STATE = "STATE_";
const INPUT_VARIABLES = "TF_VAR_";
function isForbiddenVariable(name) {
	const upper = name.toUpperCase();
	if (upper.startsWith(INPUT_VARIABLES) && upper.length > 7) return false;
	if (name.startsWith(SAVED_STATE) || NAMES.has(upper)) return true;
	return FAMILIES.some((family) => upper.startsWith(family));
}
function isForbiddenPrefix(prefix) {
	const upper = prefix.toUpperCase();
	if (upper.startsWith(INPUT_VARIABLES)) return false;
	const known = [
		...NAMES,
		...FAMILIES,
		...PREFIXES
	];
	return [...FAMILIES, ...PREFIXES].some((family) => upper.startsWith(family)) || known.some((name) => name.startsWith(upper));
}
// lib/steps/outputs/refusal.js
var OutputsRefused = class extends _shared_js__WEBPACK_IMPORTED_MODULE_0__.CodedError {
	name = "OutputsRefused";
};
const OWN = /* @__PURE__ */ new Set([
	"outputs",
	"names",
	"serial",
	"lineage",
	"workspace",
	"state_exists",
	"found",
	"outputs_file",
	"added",
	"changed",
	"removed",
	"retyped",
	"reason_code",
	"result"
]);
function stepName(name) {
	const plain = replaceOthers(name, /[^A-Za-z0-9_-]/gu);
	return OWN.has(plain.toLowerCase()) ? `output_${plain}` : plain;
}
function variableName(prefix, name) {
	return replaceOthers(`${prefix}${name}`, /[^A-Za-z0-9_]/gu);
}
function replaceOthers(name, others) {
	const replaced = name.replace(others, "_");
	return /^[A-Za-z_]/.test(replaced) ? replaced : `_${replaced}`;
}
function collisions(things) {
	return [...Map.groupBy(things, ({ name }) => name.toLowerCase()).values()].filter(({ length }) => length > 1);
}
// lib/steps/outputs/check-plan.js
const LARGEST_VARIABLE = 131072;
const ALL_VARIABLES = 1048576;
function checkPlan(states, plan, sensitive) {
	if (sensitive === "fail") refuseSensitive(states);
	refuseCollisions("step output", plan.settings);
	refuseCollisions("environment variable", plan.variables);
	refuseVariables(plan.variables);
}
function refuseSensitive(states) {
	const found = states.flatMap(({ outputs }) => outputs.filter(({ sensitive }) => sensitive));
	if (found.length === 0) return;
	throw new OutputsRefused("sensitive_selected", explainSensitive(found.map(({ name }) => name)));
}
function refuseCollisions(what, settings) {
	const groups = collisions(settings);
	if (groups.length > 0) throw new OutputsRefused("names_collide", explainCollisions(what, groups));
}
function refuseVariables(variables) {
	const forbidden = variables.filter(({ name }) => isForbiddenVariable(name));
	if (forbidden.length > 0) throw new OutputsRefused("variable_refused", explainForbidden(forbidden));
	const unfit = variables.filter((variable) => measureSize(variable) > LARGEST_VARIABLE || variable.value.includes("\0"));
	const all = variables.reduce((sum, variable) => sum + measureSize(variable), 0);
	if (unfit.length > 0 || all > ALL_VARIABLES) throw new OutputsRefused("variable_refused", explainTooLarge(unfit, all));
}
function measureSize({ name, value }) {
	return Buffer.byteLength(name) + Buffer.byteLength(value) + 2;
}
// lib/steps/outputs/masks.js
const LARGEST_MASKS = 262144;
const WORDS = /* @__PURE__ */ new Set([
	"true",
	"false",
	"null",
	"none"
]);
function masksFor(value) {
	const masks = /* @__PURE__ */ new Set();
	let room = LARGEST_MASKS;
	for (const leaf of collectLeaves(value)) {
		room -= leaf.length;
		if (room < 0) return void 0;
		for (const part of splitParts(leaf)) {
			if (isTooCommon(part)) return void 0;
			masks.add(part);
		}
	}
	return masks.size === 0 ? void 0 : [...masks];
}
function collectLeaves(value, leaves = []) {
	if (value === null) return leaves;
	if (typeof value === "string") leaves.push(value);
	else if (typeof value === "boolean") leaves.push(String(value));
	else if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isJsonNumber)(value)) leaves.push(value.digits);
	else for (const inner of value.values()) collectLeaves(inner, leaves);
	return leaves;
}
function splitParts(leaf) {
	const parts = leaf.split(/\r\n|\r|\n/).map((line) => line.trim()).filter((line) => line !== "");
	if (parts.length === 1) return parts;
	return parts.filter((line) => line.length >= 8 || /[\p{L}\p{N}]/u.test(line));
}
function isTooCommon(part) {
	const bare = part.replace(/^"(.*)"$/s, "$1").trim();
	return bare.length < 8 || WORDS.has(bare.toLowerCase());
}
// lib/steps/outputs/plan.js
function planOutputs(states, inputs) {
	const { listedBy, sensitive, envPrefix, select } = inputs;
	const parts = states.flatMap(({ name, outputs }) => outputs.map((output) => planOne(name, nameOutput(listedBy, name, output.name), output, sensitive === "mask")));
	const settings = parts.filter((part) => "name" in part);
	const isExported = (setting) => envPrefix !== "" || isNamedBy(select, setting);
	return {
		settings,
		variables: envPrefix === void 0 ? [] : settings.filter(isExported).map((setting) => ({
			...setting,
			name: variableName(envPrefix, setting.label)
		})),
		omitted: parts.filter((part) => "why" in part),
		notExported: settings.filter((setting) => !isExported(setting)).map(({ label }) => label),
		deprecated: states.flatMap(({ name, outputs }) => outputs.flatMap((output) => {
			const { label } = nameOutput(listedBy, name, output.name);
			return output.deprecated === void 0 ? [] : [{
				label,
				text: output.deprecated
			}];
		}))
	};
}
function nameOutput(listedBy, state, output) {
	const joined = `${state}_${output}`;
	if (listedBy === "states") return {
		label: `${state}.${output}`,
		expected: joined
	};
	return listedBy === void 0 ? {
		label: output,
		expected: output
	} : {
		label: joined,
		expected: joined
	};
}
function isNamedBy(select, { output, label }) {
	return select.includes(output) || select.includes(label);
}
function planOne(state, { label, expected }, output, isMasked) {
	const name = stepName(expected);
	const setting = {
		label,
		output: output.name,
		name,
		state,
		expected,
		json: output.value,
		value: toText$2(output)
	};
	if (!output.sensitive) return {
		...setting,
		masks: void 0
	};
	if (!isMasked) return {
		label,
		why: "sensitive"
	};
	const masks = masksFor(output.value);
	return masks === void 0 ? {
		label,
		why: "not_maskable"
	} : {
		...setting,
		masks
	};
}
function toText$2({ value }) {
	return typeof value === "string" ? value : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.printJson)(value);
}
// lib/steps/outputs/defaults.js
function parseDefaults(text) {
	const tree = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createTreeBuilder)();
	const scanner = new _shared_js__WEBPACK_IMPORTED_MODULE_0__.JsonScanner(tree.sink);
	scanner.write(Buffer.from(text));
	if (scanner.end().kind !== "complete") return void 0;
	const value = tree.value();
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isJsonObject)(value) ? value : void 0;
}
function typeOfDefault(value) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.typeName)(notation(value));
}
function notation(value) {
	if (value === null) return "dynamic";
	if (typeof value === "string") return "string";
	if (typeof value === "boolean") return "bool";
	if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isJsonNumber)(value)) return "number";
	if (!(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isJsonObject)(value)) return ["tuple", value.map(notation)];
	const fields = Array.from(value, ([name, field]) => [name, notation(field)]);
	return ["object", new Map(fields.sort(([a], [b]) => a < b ? -1 : 1))];
}
// lib/steps/outputs/select.js
function selectOutputs(address, state, { select, defaults }, name = address.workspace) {
	const all = /* @__PURE__ */ new Map();
	for (const [name, value] of defaults) all.set(name, {
		name,
		value,
		type: typeOfDefault(value),
		sensitive: false,
		isDefault: true
	});
	for (const [name, output] of state?.outputs ?? []) all.set(name, {
		name,
		...output,
		isDefault: false
	});
	const available = [...all.keys()].sort();
	const isSelected = (name) => select.length === 0 || select.some((glob) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.matchesGlob)(glob, name));
	return {
		address,
		name,
		header: state?.header,
		outputs: available.filter(isSelected).flatMap((name) => all.get(name) ?? []),
		unmatched: select.filter((glob) => !available.some((name) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.matchesGlob)(glob, name))),
		available
	};
}
function isSpelledOut(item) {
	return !/[*?]/.test(item);
}
// lib/steps/outputs/select-named.js
function selectFromNamed(addresses, read, { names, select, defaults }) {
	const states = addresses.map((address, i) => {
		const name = names[i] ?? "";
		const own = {
			select: [],
			defaults: readDefaults$1(name, defaults)
		};
		return selectOutputs(address, read[i], own, name);
	});
	refuseUnmatched(states, select);
	return states.map((state) => ({
		...state,
		outputs: state.outputs.filter((output) => isSelected(select, qualify(state, output.name)))
	}));
}
const qualify = ({ name: state }, output) => ({
	state,
	output
});
function isSelected(select, name) {
	return select.length === 0 || select.some((item) => fits(item, name));
}
function isSelectedFrom(select, listedBy, name) {
	if (listedBy === "states") return isSelected(select, name);
	return select.length === 0 || select.some((item) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.matchesGlob)(item, name.output));
}
function fits(item, { state, output }) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.matchesGlob)(item, item.includes(".") ? `${state}.${output}` : output);
}
function readDefaults$1(name, defaults) {
	const prefix = `${name}.`;
	const own = [...defaults].filter(([key]) => key.startsWith(prefix));
	return new Map(own.map(([key, value]) => [key.slice(prefix.length), value]));
}
function refuseUnmatched(states, select) {
	if (states.some(({ header }) => header === void 0)) return;
	const all = states.flatMap((state) => state.available.map((output) => qualify(state, output)));
	const unmatched = select.filter((item) => !all.some((name) => fits(item, name)));
	if (unmatched.length === 0) return;
	throw new OutputsRefused("nothing_selected", explainUnmatched(states.map(({ address }) => address), unmatched, all.map(({ state, output }) => `${state}.${output}`)));
}
// lib/steps/outputs/compare-states.js
function compareStates(states, earlier, { listedBy, select }) {
	const found = states.flatMap((state, i) => {
		const before = earlier[i] ?? NOTHING;
		const label = (output) => nameOutput(listedBy, state.name, output).label;
		const isOurs = (output) => isSelectedFrom(select, listedBy, {
			state: state.name,
			output
		});
		const own = state.outputs.filter(({ isDefault }) => !isDefault);
		const names = new Set(own.map(({ name }) => name));
		const gone = [...before.outputs.keys()].filter((name) => !names.has(name) && isOurs(name));
		return [...own.map((output) => [label(output.name), compareOne(before, output)]), ...gone.map((name) => [label(name), "removed"])];
	});
	const list = (outcome) => found.flatMap(([label, own]) => own === outcome ? [label] : []).sort();
	return {
		added: list("added"),
		changed: list("changed"),
		removed: list("removed"),
		retyped: list("retyped")
	};
}
const NOTHING = {
	outputs: /* @__PURE__ */ new Map(),
	isWhole: true
};
function compareOne(earlier, now) {
	const { outputs, isWhole } = earlier;
	const isLookup = now.isLookup === true;
	if (isLookup && earlier.isWithoutResources === true) return "same";
	const before = outputs.get(now.name);
	if (before === void 0) return isWhole || !now.sensitive ? "added" : "same";
	if (isWhole && !isLookup ? before.type !== now.type : areOtherKinds(before.value, now.value)) return "retyped";
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.printJson)(before.value) === (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.printJson)(now.value) ? "same" : "changed";
}
function areOtherKinds(one, other) {
	return one !== null && other !== null && describeKind(one) !== describeKind(other);
}
function describeKind(value) {
	if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isJsonObject)(value)) return "object";
	if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isJsonNumber)(value)) return "number";
	return Array.isArray(value) ? "array" : typeof value;
}
// lib/messages/outputs-lookup-text.js
function explainLookups(missing) {
	return [
		`lookup found nothing for ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(missing[0] ?? "")}${missing.length > 1 ? `, and ${missing.length - 1} more` : ""}.`,
		...missing.slice(1, 10).map((one) => `  ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(one)}`),
		"Write an address as terraform state list prints it, followed by the attribute. A default for the name in defaults replaces a missing value. Nothing was set."
	].join("\n");
}
function explainTakenNames(names) {
	return [`Some lookups have the same names as outputs of the state: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(names)}.`, "Give these lookups other names, or leave the outputs out with select. Nothing was set."].join("\n");
}
// lib/steps/outputs/lookups.js
const FORM$1 = "write NAME=ADDRESS.ATTRIBUTE on each line, such as vpc=module.net.aws_vpc.main[0].id, with [*] after the resource for all its instances";
function readLookups(reader, { by, states }, source) {
	const given = reader.text("lookup");
	if (given === void 0) return states.map(() => []);
	if (source === "published") reader.reject("lookup", given, "published outputs have no resources: read the state itself");
	const lookups = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.splitLines)(given).map((line) => readLine$1(reader, line, by === "states")).flatMap((one) => one ?? []);
	rejectTwice(reader, lookups);
	if (by !== "states") return states.map(() => lookups.map(({ lookup }) => lookup));
	for (const { state } of lookups) {
		if (states.some(({ name }) => name === state)) continue;
		reader.reject("lookup", state, `begin with the name of the state, as in ${states[0].name}.vpc=aws_vpc.main.id`);
	}
	return states.map(({ name }) => lookups.flatMap(({ state, lookup }) => state === name ? [lookup] : []));
}
function readLine$1(reader, line, isNamed) {
	const [, left = "", address = ""] = /^([^=]*?)\s*=\s*(.*)$/.exec(line) ?? [];
	const dot = isNamed ? left.indexOf(".") : -1;
	const name = left.slice(dot + 1);
	const lookup = _shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_NAME.test(name) ? (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseLookup)(name, address) : void 0;
	if (lookup !== void 0) return {
		state: left.slice(0, Math.max(dot, 0)),
		lookup
	};
	reader.reject("lookup", line, FORM$1);
}
function rejectTwice(reader, lookups) {
	const groups = Map.groupBy(lookups, ({ state, lookup }) => `${state}.${lookup.name}`.toLowerCase());
	for (const [first, second] of groups.values()) if (second !== void 0 && first !== void 0) reader.reject("lookup", second.lookup.name, "give each lookup its own name");
}
function addLookups(states, read, { lookups }) {
	const added = states.map((state, i) => addTo(state, lookups[i] ?? [], read[i]));
	const taken = added.flatMap(({ taken }) => taken);
	const missing = added.flatMap(({ missing }) => missing);
	if (taken.length > 0) throw new OutputsRefused("names_collide", explainTakenNames(taken));
	if (missing.length > 0) throw new OutputsRefused("lookup_not_found", explainLookups(missing));
	return added.map(({ state }) => state);
}
function addTo(state, lookups, read) {
	const names = new Set(lookups.map(({ name }) => name));
	const twins = state.outputs.filter(({ name }) => names.has(name));
	const found = lookups.map((lookup) => ({
		lookup,
		output: toOutput(lookup, read) ?? twins.find(({ name }) => name === lookup.name)
	}));
	const others = state.outputs.filter(({ name }) => !names.has(name));
	return {
		state: {
			...state,
			outputs: [...others, ...found.flatMap(({ output }) => output ?? [])]
		},
		taken: twins.filter(({ isDefault }) => !isDefault).map(({ name }) => name),
		missing: read === void 0 ? [] : found.flatMap(({ lookup, output }) => output === void 0 ? [describeMissing(lookup, read)] : [])
	};
}
function toOutput(lookup, read) {
	const finding = read?.lookups?.get(lookup.name);
	if (finding?.kind !== "found") return void 0;
	const { value, sensitive } = finding;
	const type = typeOfDefault(value);
	return {
		name: lookup.name,
		value,
		type,
		sensitive,
		isDefault: false,
		isLookup: true
	};
}
function findLookups(lookups, read) {
	return lookups.flatMap((lookup) => toOutput(lookup, read) ?? []);
}
function describeMissing(lookup, read) {
	const address = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatLookup)(lookup);
	const path = lookup.path.map(({ kind, text }) => kind === "name" ? `.${text}` : `[${text}]`).join("");
	return read.lookups?.get(lookup.name)?.kind === "no_attribute" ? `${lookup.name}: ${address} has no ${path.slice(1)}` : `${lookup.name}: there is no ${address}`;
}
// lib/steps/outputs/compare-inputs.js
const FIX$1 = "write fingerprint:HASH, version:VERSION_ID, workspace:NAME or file:PATH, the outputs_file (.json) of an earlier run";
const FORM = /^(fingerprint|version|workspace|file):(.*)$/s;
function readCompareWith(reader, job, source, listedBy) {
	const given = reader.text("compare_with");
	if (given === void 0) return void 0;
	const [, kind = "", rest = ""] = FORM.exec(given) ?? [];
	const value = rest.trim();
	const problem = value === "" ? FIX$1 : findProblem(job, kind, value);
	if (problem !== void 0) {
		reader.reject("compare_with", given, problem);
		return;
	}
	if (kind === "workspace") return {
		kind,
		workspace: value
	};
	if (kind === "file") return {
		kind,
		path: (0,node_path__WEBPACK_IMPORTED_MODULE_2__.resolve)(job.workspace, value)
	};
	if (listedBy !== void 0) reader.reject("compare_with", given, `it belongs to one state: compare ${listedBy} with a workspace or a file`);
	if (source === "published") reader.reject("compare_with", given, "published outputs can be compared only with those of a workspace, or with a file");
	return kind === "version" ? {
		kind,
		versionId: value
	} : {
		kind: "fingerprint",
		fingerprint: value
	};
}
function findProblem(job, kind, value) {
	if (kind === "fingerprint") return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isFingerprint)(value) ? void 0 : "give the fingerprint output of a main step: 64 hex digits, or no-state";
	if (kind === "version") return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isVersionId)(value) ? void 0 : "this is not a version id of S3";
	if (kind !== "file") return void 0;
	const found = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.locateInCheckout)(job.workspace, (0,node_path__WEBPACK_IMPORTED_MODULE_2__.resolve)(job.workspace, value));
	if (found.kind !== "leads out") return void 0;
	return `a link in it leads out of the checkout, to ${found.to}: name that file itself`;
}
function versionsFor(compare) {
	if (compare?.kind === "version") return "named";
	return compare?.kind === "fingerprint" && compare.fingerprint !== "no-state" ? "listed" : void 0;
}
// lib/steps/outputs/tf-encryption.js
function parseEncryption(text) {
	const find = text.trimStart().startsWith("{") ? partsInJson((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseJson)(text)) : partsInHcl(text);
	const found = {
		passphrases: [],
		kmsKeyIds: [],
		aads: [],
		unknown: []
	};
	const noteText = (part, argument, texts) => {
		const value = part.values.get(argument);
		if (value?.kind === "text") texts.push(value.text);
		else if (value !== void 0) found.unknown.push(`key_provider.${part.type}.${part.name}.${argument}`);
	};
	for (const provider of find("key_provider")) {
		if (provider.type === "pbkdf2") noteText(provider, "passphrase", found.passphrases);
		if (provider.type === "aws_kms") noteText(provider, "kms_key_id", found.kmsKeyIds);
	}
	for (const { type, name, values } of find("method")) {
		const aad = values.get("aad");
		if (type !== "aes_gcm" || aad === void 0) continue;
		const bytes = toBytes(aad);
		if (bytes === void 0) found.unknown.push(`method.${type}.${name}.aad`);
		else found.aads.push(bytes);
	}
	return found;
}
function partsInHcl(text) {
	const { blocks } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseBody)(text, ["key_provider", "method"]);
	return (kind) => blocks.filter(({ type }) => type === kind).map(({ labels: [type = "", name = ""], body }) => ({
		type,
		name,
		values: body.values
	}));
}
function partsInJson(root) {
	return (kind) => listEntries(root).filter(([name]) => name === kind).flatMap(([, types]) => listEntries(types)).flatMap(([type, names]) => listEntries(names).flatMap(([name, bodies]) => toObjects(bodies).map((entries) => ({
		type,
		name,
		values: new Map(entries.map(unescapeText))
	}))));
}
function unescapeText([name, value]) {
	if (value.kind !== "text") return [name, value];
	return [name, {
		...value,
		text: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.templateText)(value.text) ?? value.text
	}];
}
function listEntries(value) {
	return toObjects(value).flat();
}
function toObjects(value) {
	if (value.kind === "object") return [value.entries];
	return value.kind === "list" ? value.items.flatMap(toObjects) : [];
}
function toBytes(value) {
	if (value.kind !== "list") return void 0;
	const bytes = value.items.map((item) => item.kind === "number" ? Number(item.text) : NaN);
	return bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255) ? Buffer.from(bytes) : void 0;
}
// lib/steps/outputs/decryption-inputs.js
const SHORTEST = 16;
const KMS_KEY = /^[A-Za-z0-9:/_-]{1,2048}$/;
const KMS_KEY_FIX = "give the kms_key_id of OpenTofu's key provider: an ARN, a key id or an alias";
const NOT_PUBLISHED = "published outputs are not encrypted by OpenTofu: remove it";
const VARIABLE = "TF_ENCRYPTION";
const KMS_ENDPOINT_VARIABLES = ["AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL"];
function readDecryption(reader, source, warnings) {
	const passphrase = readPassphrase(reader, source);
	const keyId = readKmsKeyId(reader, source);
	if (passphrase !== void 0 || keyId !== void 0) return {
		passphrases: passphrase === void 0 ? [] : [passphrase],
		kmsKeys: keyId === void 0 ? [] : withEndpoint(reader, [keyId]),
		aads: []
	};
	return source === "state" ? readTfEncryption(reader, warnings) : void 0;
}
function readPassphrase(reader, source) {
	const passphrase = reader.text("encryption_passphrase");
	if (passphrase === void 0) return void 0;
	const refuse = (fix) => reader.reject("encryption_passphrase", "(a secret)", fix);
	if (passphrase.length < SHORTEST) refuse(`OpenTofu accepts only passphrases of at least ${SHORTEST} characters`);
	if (source === "published") refuse(NOT_PUBLISHED);
	return passphrase;
}
function readKmsKeyId(reader, source) {
	const keyId = reader.text("encryption_kms_key_id");
	if (keyId === void 0) return void 0;
	const refuse = (fix) => reader.reject("encryption_kms_key_id", keyId, fix);
	if (!KMS_KEY.test(keyId)) refuse(KMS_KEY_FIX);
	if (source === "published") refuse(NOT_PUBLISHED);
	return keyId;
}
function readTfEncryption(reader, warnings) {
	const text = reader.environment(VARIABLE);
	if (text === void 0) return void 0;
	const config = parseVariable(reader, text);
	if (config === void 0) return void 0;
	const { passphrases, kmsKeyIds, aads, unknown } = config;
	if (passphrases.some(({ length }) => length < SHORTEST)) reader.reject(VARIABLE, "(a secret)", `OpenTofu accepts only passphrases of at least ${SHORTEST} characters`);
	for (const keyId of kmsKeyIds) if (!KMS_KEY.test(keyId)) reader.reject(VARIABLE, keyId, KMS_KEY_FIX);
	if (unknown.length > 0) warnings.push(`${VARIABLE} does not give ${unknown.join(", ")} as a plain value, so states that need it can't be read. Write the value there, or give it as an input.`);
	return {
		passphrases,
		kmsKeys: withEndpoint(reader, kmsKeyIds),
		aads
	};
}
function parseVariable(reader, text) {
	try {
		return parseEncryption(text);
	} catch (error) {
		if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.ConfigSyntaxError)) throw error;
		const where = `line ${error.line}: ${error.wording(() => "a name")}`;
		reader.reject(VARIABLE, "(a secret)", `OpenTofu can't read it either (${where})`);
		return;
	}
}
function withEndpoint(reader, keyIds) {
	if (keyIds.length === 0) return [];
	const given = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readVariable)(reader, KMS_ENDPOINT_VARIABLES);
	const endpoint = given?.value;
	if (given === void 0 || endpoint === void 0) return keyIds.map((keyId) => ({
		keyId,
		endpoint
	}));
	const refuse = (fix) => reader.reject(given.variable, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withoutUser)(endpoint), fix);
	if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? "")) refuse("use a URL with http: or https:");
	else if (reader.boolean("insecure") !== true && (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isReadableOnTheWay)(endpoint)) refuse("this is plain http: to another machine, but KMS answers with the state's key: use https:");
	return keyIds.map((keyId) => ({
		keyId,
		endpoint
	}));
}
// lib/steps/outputs/file-inputs.js
function readFileInputs(reader, job, prefix, canName) {
	const given = reader.text("outputs_file");
	if (given === void 0) return void 0;
	const path = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.resolve)(job.workspace, given);
	const format = findFormat(path);
	if (format === void 0 || given.endsWith("/")) {
		reader.reject("outputs_file", given, "end it in .json, .tfvars.json or .env, which sets its format");
		return;
	}
	if (!isWritable(job, path)) {
		const fix = `name a file in the checkout or in RUNNER_TEMP (\${{ runner.temp }}/${(0,node_path__WEBPACK_IMPORTED_MODULE_2__.basename)(path)}), and without a link that leads out of it`;
		reader.reject("outputs_file", given, fix);
	}
	if (format === "dotenv" && !canName) reader.reject("outputs_file", given, `whoever can write the state chooses the names in it: give env_prefix, such as TF_VAR_, or name the outputs in select, without * and ?`);
	return {
		path,
		format,
		prefix: prefix ?? ""
	};
}
function findFormat(path) {
	const name = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.basename)(path).toLowerCase();
	if (name.endsWith(".tfvars.json")) return "tfvars";
	if (name.endsWith(".json")) return "json";
	return name.endsWith(".env") ? "dotenv" : void 0;
}
function listRoots({ workspace, temp }) {
	return temp === "" ? [workspace] : [workspace, temp];
}
function isWritable(job, path) {
	return listRoots(job).some((root) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.locateInCheckout)(root, path).kind === "inside");
}
// lib/steps/outputs/listed-states.js
const ONE = {
	name: "",
	replacements: {}
};
const RULES = {
	settings: ["workspace"],
	whyNamed: "the step outputs begin with it"
};
function readStateList(reader, env) {
	const workspaces = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readUniqueList)(reader, "workspaces");
	const lines = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStateLines)(reader, "states", RULES);
	if (lines !== void 0) {
		const fix = "give workspaces or states, not both";
		if (workspaces.length > 0) reader.reject("states", reader.text("states"), fix);
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.rejectKeyBeside)(reader, env, "states");
		rejectComparedLocation(reader);
		return {
			by: "states",
			states: withFirst(lines.map((line) => ({
				name: line.name,
				replacements: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toReplacements)(line, "states"),
				line
			})), {
				name: "",
				replacements: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.placeholderFor)("states")
			})
		};
	}
	const single = reader.text("workspace");
	if (workspaces.length > 0 && single !== void 0) reader.reject("workspace", single, "give workspace or workspaces, not both");
	const listed = workspaces.map((value) => ({
		name: value,
		replacements: { workspace: {
			input: "workspaces",
			value
		} }
	}));
	return {
		by: workspaces.length > 0 ? "workspaces" : void 0,
		states: withFirst(listed, ONE)
	};
}
function withFirst([first, ...others], otherwise) {
	return [first ?? otherwise, ...others];
}
function rejectComparedLocation(reader) {
	for (const input of ["compare_key", "compare_workspace"]) {
		const value = reader.text(input);
		if (value !== void 0) reader.reject(input, value, "leave it out: states names the keys of all states");
	}
}
// lib/steps/outputs/publish/publish-inputs.js
const TARGETS = /* @__PURE__ */ new Set([
	"summary",
	"comment",
	"none"
]);
const FIX = "use summary, comment, both (one per line or separated by commas), or none";
const DEFAULT_ID = "outputs";
function readPublishInputs(reader) {
	const given = reader.text("publish") ?? "summary";
	const targets = new Set(given.split(/[\s,]+/).filter(Boolean));
	if ([...targets].some((target) => !TARGETS.has(target)) || targets.has("none") && targets.size > 1) reader.reject("publish", given, FIX);
	const token = reader.text("github_token");
	const comment = targets.has("comment");
	if (comment && token === void 0) reader.reject("github_token", void 0, "a comment needs a token with pull-requests: write");
	const commentId = reader.text("comment_id") ?? DEFAULT_ID;
	if (commentId.length > 100) reader.reject("comment_id", commentId, "use at most 100 characters");
	return {
		summary: targets.has("summary"),
		comment,
		commentId,
		pullRequest: reader.integer("pr_number", 1),
		required: reader.boolean("publish_required") ?? false,
		apiUrl: reader.environment("GITHUB_API_URL") ?? "https://api.github.com",
		token
	};
}
// lib/steps/outputs/outputs-inputs.js
function readOutputsInputs(sources) {
	const reader = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createInputReader)(sources.env, sources.given);
	rejectTwoComparisons(reader);
	const list = readStateList(reader, sources.env);
	const source = reader.choice("source", ["state", "published"]) ?? "state";
	const use = source === "published" ? "published" : "outputs";
	const compareWith = readCompareWith(reader, sources.job, source, list.by);
	const read = readBackends(sources, list, compareWith);
	const warnings = [...read.warnings];
	const [first, ...others] = read.backends;
	const compared = [...read.compare === void 0 ? [] : [read.compare], ...read.compareBackends];
	const versions = versionsFor(compareWith);
	const decryption = readDecryption(reader, source, warnings);
	const all = [
		first,
		...others,
		...compared
	];
	const narrowed = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withSessionPolicy)(reader, use, all, warnings, {
		versions,
		stateKmsKeys: decryption?.kmsKeys.map(({ keyId }) => keyId) ?? []
	});
	const sensitive = reader.choice("sensitive", [
		"omit",
		"mask",
		"fail"
	]) ?? "omit";
	if (source === "published" && sensitive === "mask") reader.reject("sensitive", sensitive, "sensitive outputs are never published: remove this, or read the state itself (source: state)");
	const select = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readUniqueList)(reader, "select");
	const inputs = {
		backends: [narrowed, ...others],
		names: list.states.map(({ name }) => name),
		listedBy: list.by,
		source,
		select,
		defaults: readDefaults(reader, list),
		lookups: readLookups(reader, list, source),
		decryption,
		allowMissing: reader.boolean("allow_missing") ?? false,
		sensitive,
		...readNamings(reader, sources.job, select),
		publish: readPublishInputs(reader),
		compare: read.compare,
		compareWith,
		compareBackends: read.compareBackends,
		warnings
	};
	const problems = [...read.problems, ...reader.problems];
	if (problems.length > 0) throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.InputError(problems);
	return inputs;
}
function readBackends(sources, { states }, compareWith) {
	const { read, problems } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createBackendsReader)(sources);
	const [first, ...others] = states;
	const { settings, warnings } = read(first.replacements);
	const other = readCompared((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createInputReader)(sources.env));
	const backends = [settings, ...others.map(({ replacements }) => read(replacements).settings)];
	return {
		backends,
		compare: other === void 0 ? void 0 : read(other).settings,
		compareBackends: inWorkspace(states, compareWith).map((replacements) => read(replacements).settings),
		warnings,
		problems: [...problems(), ...findTwins(states, backends)]
	};
}
function rejectTwoComparisons(reader) {
	const given = reader.text("compare_with");
	const other = reader.text("compare_workspace") ?? reader.text("compare_key");
	if (given === void 0 || other === void 0) return;
	reader.reject("compare_with", given, "give either this, or compare_workspace and compare_key");
}
function findTwins(states, backends) {
	const paths = states.flatMap(({ line }, i) => line === void 0 ? [] : [{
		line,
		value: backends[i]?.address.lockPath
	}]);
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findRepeatedStates)("states", paths);
}
function inWorkspace(states, compare) {
	if (compare?.kind !== "workspace") return [];
	const { workspace: value } = compare;
	return states.map(({ replacements }) => ({
		...replacements,
		workspace: {
			input: "compare_with",
			value: `workspace:${value}`,
			backendValue: value
		}
	}));
}
function readCompared(reader) {
	const workspace = reader.text("compare_workspace");
	const key = reader.text("compare_key");
	if (workspace === void 0 && key === void 0) return void 0;
	return {
		...workspace === void 0 ? {} : { workspace: {
			input: "compare_workspace",
			value: workspace
		} },
		...key === void 0 ? {} : { key: {
			input: "compare_key",
			value: key
		} }
	};
}
function readDefaults(reader, list) {
	const given = reader.text("defaults");
	if (given === void 0) return /* @__PURE__ */ new Map();
	const defaults = parseDefaults(given);
	if (defaults === void 0) reader.reject("defaults", given, "give a JSON object with a value for each name: {\"url\": \"\", \"zones\": []}");
	if (list.by === "states") rejectUnnamed(reader, given, defaults, list);
	return defaults ?? /* @__PURE__ */ new Map();
}
function rejectUnnamed(reader, given, defaults, { states }) {
	const isNamed = (key) => states.some(({ name }) => key.startsWith(`${name}.`));
	if ([...defaults?.keys() ?? []].find((key) => !isNamed(key)) === void 0) return;
	reader.reject("defaults", given, `begin each name with its state, as in {"${states[0].name}.vpc_id": ""}`);
}
const VARIABLE_PREFIX = /^[A-Za-z_][A-Za-z0-9_]*_$/;
function readNamings(reader, job, select) {
	const isAsked = reader.boolean("export_env") ?? false;
	const prefix = reader.text("env_prefix");
	if (prefix !== void 0 && !VARIABLE_PREFIX.test(prefix)) reader.reject("env_prefix", prefix, "use letters, digits and _ only, no digit in front, and _ at the end, such as TF_VAR_");
	else if (prefix !== void 0 && isForbiddenPrefix(prefix)) reader.reject("env_prefix", prefix, "use another one, such as TF_VAR_: tools read variables with this prefix");
	const canName = prefix !== void 0 || select.some(isSpelledOut);
	if (isAsked && !canName) reader.reject("export_env", "true", "give env_prefix, such as TF_VAR_, or name the outputs in select, without * and ?");
	const file = readFileInputs(reader, job, prefix, canName);
	return {
		envPrefix: isAsked ? prefix ?? "" : void 0,
		file
	};
}
// lib/steps/outputs/own-outputs.js
function ownOutputs(states, listedBy) {
	const addNotice = (fact) => {
		const [first] = states;
		if (listedBy === void 0 && first !== void 0) return toText$1(fact(first));
		return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.printJson)(new Map(states.map((state) => [state.name, fact(state)])));
	};
	return {
		outputs: addNotice(({ outputs }) => new Map(outputs.filter(isOpen).map(({ name, value }) => [name, value]))),
		names: addNotice(({ outputs }) => outputs.map(({ name }) => name)),
		serial: addNotice(({ header }) => header === void 0 ? null : { digits: String(header.serial) }),
		lineage: addNotice(({ header }) => header?.lineage ?? null),
		workspace: listedBy === "workspaces" ? (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.printJson)(states.map(({ address }) => address.workspace)) : addNotice(({ address }) => address.workspace),
		state_exists: addNotice(({ header }) => header !== void 0),
		found: addNotice(({ outputs }) => outputs.length > 0 && outputs.every(({ isDefault }) => !isDefault))
	};
}
function comparisonOutputs(compared) {
	const list = (names) => names === void 0 ? "" : JSON.stringify(names);
	return {
		added: list(compared?.added),
		changed: list(compared?.changed),
		removed: list(compared?.removed),
		retyped: list(compared?.retyped)
	};
}
function isOpen({ sensitive }) {
	return !sensitive;
}
function toText$1(fact) {
	if (fact === null) return "";
	return typeof fact === "string" ? fact : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.printJson)(fact);
}
// lib/messages/outputs-text.js
function leftOutNote(count) {
	return `<p><em>${count} more did not fit here.</em></p>`;
}
const NOT_REMEMBERED_NOTE = "<p><em>There are too many to store here, so the next run will not show what changed.</em></p>";
function incompleteNote(leftOut, cut, page) {
	const summary = page === "" ? "the job summary" : `<a href="${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.escapeHtml)(page)}">the job summary</a>`;
	return `<p><em>${[...leftOut === 0 ? [] : [`${leftOut} more ${leftOut === 1 ? "output" : "outputs"} did not fit here`], ...cut === 0 ? [] : [`${cut} ${cut === 1 ? "value is" : "values are"} truncated`]].join(", ")}: see ${summary}.</em></p>`;
}
const SINCE_LAST_COMMENT = "Since the last version of this comment";
function cutNote(shown, length) {
	return `<em>truncated: ${shown} of ${length} characters are shown</em>`;
}
function serialText(serial) {
	return serial === void 0 ? "no state yet, the defaults are shown" : `serial ${serial}`;
}
// lib/statefile/parse-json.js
function parseJsonTree(text) {
	const tree = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createTreeBuilder)();
	const scanner = new _shared_js__WEBPACK_IMPORTED_MODULE_0__.JsonScanner(tree.sink);
	scanner.write(Buffer.from(text));
	return scanner.end().kind === "complete" ? tree.value() : void 0;
}
// lib/steps/outputs/publish/changes.js
const HASH_LENGTH = 16;
function remember(outputs, longest = Number.POSITIVE_INFINITY) {
	return new Map(outputs.map(({ name, value }) => [name, value === void 0 ? void 0 : mark(value, longest)]));
}
function mark(value, longest) {
	const text = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.printJson)(value);
	return {
		hash: hash(text),
		text: text.length <= longest ? text : void 0
	};
}
function forget(remembered, isHidden) {
	const keep = (mark) => mark?.text !== void 0 && isHidden(mark.text) ? {
		hash: mark.hash,
		text: void 0
	} : mark;
	return new Map([...remembered].map(([name, mark]) => [name, keep(mark)]));
}
function compareOutputs(before, outputs) {
	const now = remember(outputs);
	const byName = new Map([...now].map(([name, mark]) => [name, compareOutput(before, name, mark?.hash)]));
	const earlier = /* @__PURE__ */ new Map();
	for (const [name, change] of byName) {
		const text = change === "changed" ? before.get(name)?.text : void 0;
		const value = text === void 0 ? void 0 : parseJsonTree(text);
		if (value !== void 0) earlier.set(name, value);
	}
	return {
		byName,
		before: earlier,
		removed: [...before.keys()].filter((name) => !now.has(name)).sort()
	};
}
function compareOutput(before, name, now) {
	if (!before.has(name)) return "added";
	const earlier = before.get(name);
	if (earlier === void 0 || now === void 0) return "unknown";
	return earlier.hash === now ? "same" : "changed";
}
const MEMORY = /^<!-- values (\S+) -->$/m;
const Marks = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.record)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(), (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nullable)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.union)([(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(), (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.tuple)([(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(), (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)()])])));
function printMemory(remembered) {
	const print = (mark) => {
		if (mark === void 0) return null;
		return mark.text === void 0 ? mark.hash : [mark.hash, mark.text];
	};
	const marks = Object.fromEntries([...remembered].map(([name, mark]) => [name, print(mark)]));
	return `<!-- values ${Buffer.from(JSON.stringify(marks)).toString("base64url")} -->`;
}
function readMemory(content) {
	const text = MEMORY.exec(content)?.[1];
	if (text === void 0) return void 0;
	const marks = parseMarks(Buffer.from(text, "base64url").toString("utf8"));
	return marks && new Map(Object.entries(marks).map(([name, mark]) => [name, toMark(mark)]));
}
function toMark(mark) {
	if (mark === null) return void 0;
	return typeof mark === "string" ? {
		hash: mark,
		text: void 0
	} : {
		hash: mark[0],
		text: mark[1]
	};
}
function parseMarks(json) {
	try {
		return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parse)(Marks, JSON.parse(json));
	} catch {
		return;
	}
}
function hash(text) {
	return (0,node_crypto__WEBPACK_IMPORTED_MODULE_1__.createHash)("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);
}
// lib/steps/outputs/publish/render-value.js
const ONE_LINE = 80;
function renderValue(value, limit) {
	if (value === void 0) return "<em>(sensitive)</em>";
	const text = toText(value);
	if (text === "") return "<em>(empty)</em>";
	if (text.length <= ONE_LINE && !/[\r\n]/.test(text)) return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(text);
	const { shown, note } = cut(text, limit);
	return `<details><summary>${describe(value, text)}</summary>${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.block)(shown)}${note}</details>`;
}
function isCut(value, limit) {
	return value !== void 0 && toText(value).length > limit;
}
function toText(value) {
	return typeof value === "string" ? value : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.printJson)(value, 2);
}
function cut(text, limit) {
	if (text.length <= limit) return {
		shown: text,
		note: ""
	};
	const end = /[\uD800-\uDBFF]/.test(text.charAt(limit - 1)) ? limit - 1 : limit;
	return {
		shown: text.slice(0, end),
		note: cutNote(end, text.length)
	};
}
function describe(value, text) {
	if (Array.isArray(value)) return count(value.length, "element");
	if (value instanceof Map) return count(value.size, "attribute");
	if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isJsonNumber)(value)) return "a long number";
	const lines = text.replace(/\r?\n$/, "").split(/\r\n|\r|\n/).length;
	return lines > 1 ? count(lines, "line") : count(text.length, "character");
}
function count(number, noun) {
	return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
// lib/steps/outputs/publish/render-outputs.js
const MARKS = {
	added: "&nbsp;\u2795&nbsp;added",
	changed: "&nbsp;\u270f\ufe0f&nbsp;changed",
	same: "",
	unknown: ""
};
const RESERVE = 400;
const LISTED = 50;
function renderFitting(state, comparison, total, values) {
	const [value, next, ...others] = values;
	const rendered = renderOutputs(state, comparison, {
		total,
		value
	});
	if (rendered.leftOut === 0 || next === void 0) return rendered;
	return renderFitting(state, comparison, total, [next, ...others]);
}
function renderOutputs(state, comparison, room) {
	const top = `<p>${title(state)}</p>`;
	const space = room.total - RESERVE - top.length;
	const changes = changeLines(comparison).filter(({ length }) => length < space);
	const head = [top, ...changes];
	let left = space - changes.join("\n").length - changes.length;
	const rows = [];
	for (const output of state.outputs) {
		const row = renderRow(output, comparison, room.value);
		left -= row.length + 1;
		if (left < 0) break;
		rows.push(row);
	}
	const table = rows.length === 0 ? [] : [
		"<table>",
		HEADINGS,
		...rows,
		"</table>"
	];
	const none = state.outputs.length === 0 ? ["<p><em>no outputs</em></p>"] : [];
	const shown = state.outputs.slice(0, rows.length);
	return {
		html: [
			...head,
			...table,
			...none
		].join("\n"),
		leftOut: state.outputs.length - rows.length,
		cut: shown.filter(({ value }) => isCut(value, room.value)).length
	};
}
const HEADINGS = "<tr><th align=\"left\">Output</th><th align=\"left\">Value</th><th align=\"left\">Type</th></tr>";
function title({ address, serial }) {
	const { bucket, objectKey, workspace } = address;
	const where = workspace === "default" ? "" : `, workspace ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(workspace)}`;
	const which = serialText(serial === void 0 ? void 0 : String(serial));
	return `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(`s3://${bucket}/${objectKey}`)}${where}, ${which}`;
}
function changeLines(comparison) {
	if (comparison === void 0) return [];
	const { byName, removed } = comparison.changes;
	const number = (change) => [...byName.values()].filter((found) => found === change).length;
	const added = number("added");
	const changed = number("changed");
	if (added + changed + removed.length === 0) return [`<p>${comparison.to}: no changes.</p>`];
	const names = removed.slice(0, LISTED).map(_shared_js__WEBPACK_IMPORTED_MODULE_0__.code).join(", ");
	const more = removed.length > LISTED ? ` and ${removed.length - LISTED} more` : "";
	const gone = removed.length === 0 ? "" : `: ${names}${more}`;
	return [`<p>${comparison.to}: ${added} added, ${changed} changed, ${removed.length} removed${gone}.</p>`];
}
function renderRow({ name, type, value }, comparison, limit) {
	const change = comparison?.changes.byName.get(name);
	const mark = change === void 0 ? "" : MARKS[change];
	const before = comparison?.changes.before.get(name);
	const was = before === void 0 ? "" : `<br>was ${renderValue(before, limit)}`;
	const shown = `${renderValue(value, limit)}${was}`;
	return `<tr><td>${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(name)}${mark}</td><td>${shown}</td><td>${renderType(type)}</td></tr>`;
}
const LONGEST_TYPE = 60;
function renderType(type) {
	if (type.length <= LONGEST_TYPE) return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(type);
	const kind = type.split("(", 1)[0] ?? type;
	return `<details><summary>${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(kind)}</summary>${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(type)}</details>`;
}
// lib/steps/outputs/publish/section.js
const VALUE_ROOMS = [
	6e3,
	1500,
	300
];
const MEMORY_ROOM = 12e3;
const REMEMBERED_VALUE = 200;
function renderSection(state, { before, now, room, job, other, isMasked }) {
	if (now !== void 0 && (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isOfNewerRun)(now, job)) return void 0;
	const memory = memoryWithin(state, Math.min(MEMORY_ROOM, room / 4));
	const isRemembered = memory !== void 0;
	const marks = isRemembered ? [(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runMark)(job), memory] : [(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runMark)(job)];
	const notes = isRemembered || other !== void 0 ? [] : [NOT_REMEMBERED_NOTE];
	const left = room - [...marks, ...notes].join("\n").length - 2;
	const { html, leftOut, cut } = renderFitting(state, other ?? comparisonWithBefore(state, before, isMasked), left, VALUE_ROOMS);
	const isComplete = leftOut + cut === 0;
	const rest = isComplete ? [] : [incompleteNote(leftOut, cut, job.runUrl)];
	return {
		content: [
			...marks,
			html,
			...notes,
			...rest
		].join("\n"),
		isComplete
	};
}
function memoryWithin({ outputs }, room) {
	return [REMEMBERED_VALUE, 0].map((longest) => printMemory(remember(outputs, longest))).find(({ length }) => length <= room);
}
function comparisonWithBefore(state, before, isMasked) {
	const remembered = before === void 0 ? void 0 : readMemory(before);
	if (remembered === void 0) return void 0;
	const changes = compareOutputs(forget(remembered, isMasked), state.outputs);
	return {
		to: SINCE_LAST_COMMENT,
		changes
	};
}
// lib/steps/outputs/publish/publish.js
var NotPublished = class extends _shared_js__WEBPACK_IMPORTED_MODULE_0__.CodedError {
	name = "NotPublished";
	constructor(reason) {
		super("not_published", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.notPublishedText)(reason), reason.kind === "refused" ? reason.error : void 0);
	}
};
const SUMMARY_ROOM = 7e5;
const SUMMARY_VALUES = [
	6e4,
	6e3,
	600
];
async function publishOutputs(deps, request) {
	const { inputs } = request;
	const isComplete = inputs.comment ? await tryComment(deps, request) : true;
	if (inputs.summary || !isComplete) await deps.runner.summary(renderSummary(request));
}
async function tryComment(deps, request) {
	try {
		return await comment(deps, request);
	} catch (error) {
		deps.signal.throwIfAborted();
		if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.GitHubError)) throw error;
		return giveUp(deps, request, {
			kind: "refused",
			error
		});
	}
}
function giveUp({ runner }, { inputs }, reason) {
	if (inputs.required) throw new NotPublished(reason);
	runner.notice((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.notPublishedNotice)(reason));
	return false;
}
async function comment(deps, request) {
	const { inputs, job } = request;
	const { signal, clock, random } = deps;
	const repository = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toRepository)(job.repository);
	const { apiUrl, token = "" } = inputs;
	const api = await deps.connectGitHub({
		apiUrl,
		token,
		signal,
		clock,
		random
	});
	const found = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.searchPullRequest)(api, {
		repository,
		named: inputs.pullRequest,
		event: deps.event
	});
	if (found.kind === "none") return giveUp(deps, request, found.reason);
	const comments = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pullRequestComments)(api, {
		...repository,
		number: found.number
	});
	const isComplete = /* @__PURE__ */ new Map();
	const sections = request.states.map((state) => ({
		id: state.address.lockPath,
		render: (before, room, now) => {
			const other = comparisonWith(request, state);
			const section = renderSection(state, {
				before,
				now,
				room,
				job,
				other,
				isMasked: request.isMasked
			});
			isComplete.set(state.address.lockPath, section === void 0 || section.isComplete);
			return section?.content;
		}
	}));
	return reportOutcome(deps, request, await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.upsertSections)(comments, {
		commentId: inputs.commentId,
		sections,
		clock,
		signal,
		random
	})) && [...isComplete.values()].every(Boolean);
}
function reportOutcome(deps, request, { written, superseded, full, lost, url }) {
	for (const id of written) deps.runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.commentedLine)(id, url));
	if (superseded.length > 0) deps.runner.notice(_shared_js__WEBPACK_IMPORTED_MODULE_0__.SUPERSEDED);
	if (lost.length > 0) return giveUp(deps, request, { kind: "overwritten" });
	return full.length === 0 || giveUp(deps, request, { kind: "no_room" });
}
function comparisonWith({ other, states }, state) {
	const before = other?.states[states.indexOf(state)];
	if (other === void 0 || before === void 0) return void 0;
	return {
		to: `Against ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(other.name)}`,
		changes: compareOutputs(remember(before.outputs), state.outputs)
	};
}
function renderSummary(request, room = SUMMARY_ROOM) {
	const summary = summaryWithin(request, room);
	return Buffer.byteLength(summary) <= SUMMARY_ROOM || room < 1 ? summary : renderSummary(request, Math.floor(room / 2));
}
function summaryWithin(request, room) {
	const total = Math.floor(room / request.states.length);
	return [
		"### Terraform outputs",
		...request.states.map((state) => {
			const { html, leftOut } = renderFitting(state, comparisonWith(request, state), total, SUMMARY_VALUES);
			return leftOut === 0 ? html : `${html}\n${leftOutNote(leftOut)}`;
		}),
		""
	].join("\n\n");
}
// lib/messages/outputs-notes.js
function readLine(address, read) {
	if (read === void 0) return `There is no state at ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)({ address })}.`;
	const { header, outputs, bytesRead } = read;
	return `Read ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)({ address })}: serial ${header.serial}, ${countOutputs(outputs)}, in ${bytesRead} bytes.`;
}
function publishedLine(address, read) {
	if (read === void 0) return `There are no published outputs at ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.publishedUrl)({ address })}.`;
	const { header, outputs, bytesRead } = read;
	return `Read ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.publishedUrl)({ address })}: ${countOutputs(outputs)} of serial ${header.serial}, in ${bytesRead} bytes.`;
}
function countOutputs({ size }) {
	return size === 1 ? "one output" : `${size} outputs`;
}
function omittedLine(names) {
	return `Left out as sensitive: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(names)}. With sensitive: mask, the step sets them and masks them in the log.`;
}
function notMaskableNotice(names) {
	return `Left out even though sensitive is mask: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(names)}. Each is empty, larger than 256 KiB, or has a part that is too short or too common to mask (fewer than 8 characters, true, false): the mask would replace that text everywhere in the log and drop job outputs.`;
}
function deprecatedNotice(deprecated) {
	const lines = deprecated.slice(0, SHOWN).map(({ label, text }) => `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(label)}: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(text, LONGEST)}`);
	const more = deprecated.length > SHOWN ? [`and ${deprecated.length - SHOWN} more`] : [];
	return [
		"Deprecated outputs, which may be removed from their state:",
		...lines,
		...more
	].join("\n");
}
const SHOWN = 20;
const LONGEST = 300;
function renamedNotice(renamed) {
	const pairs = renamed.map(({ label, name }) => `${label} as ${name}`);
	return `Step outputs renamed to make them usable in a workflow: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(pairs)}.`;
}
function notExportedNotice(names) {
	return `Not set as environment variables: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(names)}. Without env_prefix, only outputs that select lists by name become variables: whoever can write the state chooses the other names.`;
}
function maskedNotice(names) {
	return `GitHub will not pass these step outputs on as job outputs, because they contain masked text: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(names)}. Steps of this job can use them.`;
}
function largeNotice(names) {
	return `Too large for job outputs, which are limited to 1 MiB in total at two bytes per character: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(names))}. Steps of this job can use them, but not in env or arguments. They can also read them from outputs_file.`;
}
// lib/text/text-finder.js
const UNIT = 65536;
function createTextFinder(needles) {
	const tree = plant(needles);
	const fallbacks = findFallbacks(tree);
	return (text) => {
		let node = 0;
		for (let at = 0; at < text.length; at += 1) {
			node = step(tree, fallbacks, node, text.charCodeAt(at));
			if (tree.ends.has(node)) return true;
		}
		return false;
	};
}
function plant(needles) {
	const next = /* @__PURE__ */ new Map();
	const parents = [0];
	const units = [0];
	const ends = /* @__PURE__ */ new Set();
	const levels = [];
	for (const needle of needles) {
		let node = 0;
		for (let at = 0; at < needle.length; at += 1) {
			const unit = needle.charCodeAt(at);
			const edge = node * UNIT + unit;
			const child = next.get(edge) ?? parents.length;
			if (child === parents.length) {
				next.set(edge, child);
				parents.push(node);
				units.push(unit);
				const level = levels[at] ?? [];
				level.push(child);
				levels[at] = level;
			}
			node = child;
		}
		if (node !== 0) ends.add(node);
	}
	return {
		next,
		parents,
		units,
		ends,
		byDepth: levels.flat()
	};
}
function findFallbacks(tree) {
	const fallbacks = new Array(tree.parents.length).fill(0);
	for (const node of tree.byDepth) {
		const parent = tree.parents[node] ?? 0;
		if (parent === 0) continue;
		const fallback = step(tree, fallbacks, fallbacks[parent] ?? 0, tree.units[node] ?? 0);
		fallbacks[node] = fallback;
		if (tree.ends.has(fallback)) tree.ends.add(node);
	}
	return fallbacks;
}
function step({ next }, fallbacks, from, unit) {
	let node = from;
	for (;;) {
		const found = next.get(node * UNIT + unit);
		if (found !== void 0) return found;
		if (node === 0) return 0;
		node = fallbacks[node] ?? 0;
	}
}
// lib/steps/outputs/set-outputs.js
const JOB_OUTPUTS = 1048576;
function maskOutputs(runner, plan) {
	for (const { masks = [] } of plan.settings) for (const mask of masks) runner.mask(mask);
}
function setOutputs(runner, plan, own) {
	for (const [name, value] of Object.entries(own)) runner.output(name, value);
	for (const { name, value } of plan.settings) runner.output(name, value);
	for (const { name, value } of plan.variables) runner.exportVariable(name, value);
}
function noteOutputs(runner, plan, own, masks) {
	const { settings, omitted } = plan;
	const left = (why) => omitted.filter((one) => one.why === why).map(({ label }) => label);
	const notes = [
		note(left("not_maskable"), notMaskableNotice),
		note(settings.filter(({ name, expected }) => name !== expected), renamedNotice),
		note(dropped(plan, own, masks), maskedNotice),
		note(tooLarge(plan, own), largeNotice),
		note(plan.notExported, notExportedNotice),
		note(plan.deprecated, deprecatedNotice)
	];
	const sensitive = left("sensitive");
	if (sensitive.length > 0) runner.info(omittedLine(sensitive));
	for (const text of notes) if (text !== void 0) runner.notice(text);
}
function note(things, words) {
	return things.length === 0 ? void 0 : words(things);
}
function dropped(plan, own, masks) {
	const isMasked = hasMasked(masks);
	const isSensitive = new Set(plan.settings.flatMap(({ name, masks: ours }) => ours ? [name] : []));
	return allSet(plan, own).filter(([name, value]) => isSensitive.has(name) || isMasked(value)).map(([name]) => name);
}
function tooLarge(plan, own) {
	return allSet(plan, own).filter(([, value]) => value.length * 2 > JOB_OUTPUTS).map(([name]) => name);
}
function allSet({ settings }, own) {
	return [...Object.entries(own), ...settings.map(({ name, value }) => [name, value])];
}
function hasMasked(masks) {
	return createTextFinder([...masks].flatMap(listForms));
}
function listForms(mask) {
	const escaped = JSON.stringify(mask).slice(1, -1);
	return escaped === mask ? [mask] : [mask, escaped];
}
// lib/steps/outputs/publish-states.js
async function publishStates(deps, job, inputs, states, compared, masks) {
	if (!inputs.summary && !inputs.comment) return;
	const isMasked = hasMasked(masks);
	const published = (state) => asPublished(state, isMasked);
	const other = compared && {
		name: compared.name,
		states: compared.shown.map(published)
	};
	const event = inputs.comment ? await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readRunEvent)(deps.env) : {
		name: "",
		payload: void 0,
		sha: ""
	};
	const request = {
		inputs,
		job,
		states: states.map(published),
		other,
		isMasked
	};
	await publishOutputs({
		...deps,
		event
	}, request);
}
function asPublished({ address, header, outputs }, isMasked) {
	const isHidden = ({ value, sensitive }) => sensitive || isMasked(typeof value === "string" ? value : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.printJson)(value));
	return {
		address,
		serial: header?.serial,
		outputs: outputs.map((output) => {
			const { name, type, value } = output;
			return isHidden(output) ? {
				name,
				type: withoutFields(type),
				value: void 0
			} : {
				name,
				type,
				value
			};
		})
	};
}
function withoutFields(type) {
	return type.includes("object({ ") ? type.split("(", 1)[0] ?? "" : type;
}
// lib/messages/outputs-compare-text.js
function comparedLine(other, counts) {
	const { added, changed, removed, retyped } = counts;
	const what = `${added.length} added, ${changed.length} changed, ${removed.length} removed, ${retyped.length} retyped`;
	return `Compared with ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(other)}: ${what}.`;
}
function brokenWarning(removed, retyped, other) {
	return [...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.brokenOutputLines)(removed, retyped), `They are compared with ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(other)}. Stacks that read these outputs will fail, or get values of the wrong type. Change those stacks first.`].join("\n");
}
function nothingEarlierNotice(other) {
	return `There are no outputs to compare with yet (${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(other)}), so each output counts as added.`;
}
function explainNoVersion(scope, versionId) {
	return [`compare_with: there is no version ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(versionId, 200)} of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)}.`, "history/ lists the versions (command: list). A lifecycle rule may have removed this one. Nothing was set."].join("\n");
}
function explainNoFingerprint(scope, fingerprint, count) {
	return [`compare_with: none of the newest ${count} versions of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} has the fingerprint ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(fingerprint)}.`, "A fingerprint identifies a state but does not contain its outputs, so the action searches the versions that the bucket keeps. Turn on versioning, or keep an outputs_file and compare with file:PATH. Nothing was set."].join("\n");
}
function explainUnreadableFile(path, why = "it contains no JSON object of outputs") {
	return [`compare_with: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(path)} can't be read (${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(why)}).`, "Give a file that outputs_file (.json) or publish_outputs wrote. Nothing was set."].join("\n");
}
// lib/steps/outputs/read-earlier.js
const MOST_READ = 50;
function toEarlierState(read, lookups) {
	const found = findLookups(lookups, read).map((output) => [output.name, output]);
	return {
		outputs: new Map([...read.outputs, ...found]),
		isWhole: true
	};
}
async function readEarlierVersion(backend, compare, decryption, lookups) {
	if (compare.kind === "fingerprint" && compare.fingerprint === "no-state") return NOTHING;
	const versionId = compare.kind === "version" ? compare.versionId : await findFingerprint(backend, compare.fingerprint);
	const read = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readOutputsVersion)(backend, versionId, {
		decryption,
		lookups
	});
	if (read !== void 0) return toEarlierState(read, lookups);
	throw new OutputsRefused("compare_not_found", explainNoVersion(backend, versionId ?? ""));
}
async function findFingerprint(backend, wanted) {
	const versions = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listVersions)(backend, MOST_READ);
	for (const version of versions.filter(({ kind }) => kind === "state")) {
		const read = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.examineListed)(backend, version);
		if (read.kind !== "read" || read.state.facts.inspection.kind !== "state") continue;
		if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.fingerprint)(read.state, read.state.facts.inspection.header) === wanted) return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toObjectVersion)(backend.address, version).versionId;
	}
	throw new OutputsRefused("compare_not_found", explainNoFingerprint(backend, wanted, versions.length));
}
async function readEarlierFile(path, listedBy, names) {
	const bytes = await readBytes(path);
	if (bytes === void 0) return void 0;
	const published = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parsePublishedOutputs)(bytes);
	if (listedBy === void 0 && published.ok) return [{
		outputs: published.state.outputs,
		isWhole: true,
		isWithoutResources: true
	}];
	const document = parseJsonTree(bytes.toString("utf8"));
	const states = listedBy === void 0 ? [document] : names.map((name) => findMember(document, name));
	const whole = states.map(asEarlier).flatMap((state) => state ?? []);
	if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isJsonObject)(document) && whole.length === states.length) return whole;
	throw new OutputsRefused("compare_unreadable", explainUnreadableFile(path));
}
async function readBytes(path) {
	try {
		return await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_3__.readFile)(path);
	} catch (error) {
		if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.hasCode)(error, "ENOENT")) return void 0;
		throw new OutputsRefused("compare_unreadable", explainUnreadableFile(path, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toMessage)(error)), error);
	}
}
function findMember(document, name) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isJsonObject)(document) ? document.get(name) ?? /* @__PURE__ */ new Map() : void 0;
}
function asEarlier(values) {
	if (!(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isJsonObject)(values)) return void 0;
	const outputs = Array.from(values, ([name, value]) => {
		return [name, {
			value,
			type: typeOfDefault(value),
			sensitive: false
		}];
	});
	return {
		outputs: new Map(outputs),
		isWhole: false
	};
}
// lib/steps/outputs/read-other.js
async function readOther(deps, backend, inputs, states, rest) {
	const { compareWith } = inputs;
	if (compareWith === void 0) return void 0;
	const name = describeOther(inputs, compareWith);
	const found = await readEarlier(backend, inputs, compareWith, rest);
	if (found.every((state) => state === void 0)) deps.runner.notice(nothingEarlierNotice(name));
	const earlier = states.map((_, i) => found[i] ?? NOTHING);
	return {
		name,
		earlier,
		shown: states.map((state, i) => asShown(state, earlier[i] ?? NOTHING, inputs))
	};
}
async function readEarlier(backend, { listedBy, names, decryption, lookups }, compare, rest) {
	if (compare.kind === "workspace") return rest.map((read, i) => read && toEarlierState(read, lookups[i] ?? []));
	if (compare.kind === "file") return await readEarlierFile(compare.path, listedBy, names) ?? [];
	return [await readEarlierVersion(backend, compare, decryption, lookups[0] ?? [])];
}
function describeOther({ compareBackends }, compare) {
	const [first, ...others] = compareBackends;
	switch (compare.kind) {
		case "workspace": return first === void 0 || others.length > 0 ? `workspace ${compare.workspace}` : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(first);
		case "file": return compare.path;
		case "version": return `version ${compare.versionId}`;
		case "fingerprint": return `fingerprint ${compare.fingerprint}`;
	}
}
function asShown(state, { outputs, isWhole }, { select, listedBy }) {
	const marked = new Set(state.outputs.flatMap(({ name, sensitive }) => sensitive ? [name] : []));
	const lookups = new Set(state.outputs.flatMap(({ name, isLookup }) => isLookup === true ? [name] : []));
	const isShown = (output) => lookups.has(output) || isSelectedFrom(select, listedBy, {
		state: state.name,
		output
	});
	const shown = [...outputs].filter(([output]) => isShown(output));
	return {
		...state,
		outputs: shown.map(([name, output]) => ({
			name,
			...output,
			sensitive: output.sensitive || !isWhole && marked.has(name),
			isDefault: false
		}))
	};
}
function noteComparison(runner, name, compared) {
	runner.info(comparedLine(name, compared));
	const { removed, retyped } = compared;
	if (removed.length + retyped.length > 0) runner.warning(brokenWarning(removed, retyped, name));
}
// lib/steps/outputs/read-states.js
async function readStates(deps, backend, addresses, source, { lookups, decryption, allowMissing }) {
	const log = (read, line) => {
		if (read !== void 0 || allowMissing) deps.runner.info(line);
	};
	const results = await Promise.allSettled(addresses.map((address, i) => source === "published" ? readPublished({
		...backend,
		address
	}, log) : readOne(deps, {
		...backend,
		address
	}, {
		lookups: lookups[i] ?? [],
		decryption
	}, log)));
	const errors = results.flatMap((end) => end.status === "rejected" ? [end.reason] : []);
	if (errors.length > 1) throw new AggregateError(errors);
	if (errors.length === 1) throw errors[0];
	return results.map((end) => end.status === "fulfilled" ? end.value : void 0);
}
async function readOne(deps, backend, content, log) {
	const { clock, signal } = deps;
	const read = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readOutputs)(backend, {
		clock,
		signal,
		...content,
		onNotice: (notice) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.reportPullNotice)(deps, backend, notice)
	});
	log(read, readLine(backend.address, read));
	return read;
}
async function readPublished(backend, log) {
	const read = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readPublishedOutputs)(backend);
	log(read, publishedLine(backend.address, read));
	return read;
}
function selectFrom(addresses, read, selection) {
	const missing = addresses.filter((_, i) => read[i] === void 0);
	if (missing.length > 0 && !selection.allowMissing) throw new OutputsRefused("state_missing", explainMissing(missing, selection.source === "published"));
	if (selection.listedBy === "states") return selectFromNamed(addresses, read, selection);
	const states = addresses.map((address, i) => selectOutputs(address, read[i], selection));
	const unfit = states.find(({ header, unmatched }) => header !== void 0 && unmatched.length > 0);
	if (unfit === void 0) return states;
	const { address, unmatched, available } = unfit;
	throw new OutputsRefused("nothing_selected", explainUnmatched([address], unmatched, available));
}
// lib/messages/outputs-file-text.js
function fileLine(path, count) {
	return `Wrote ${count} ${count === 1 ? "output" : "outputs"} to ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(path)}, readable only by this user.`;
}
function notInFileNotice(names) {
	return `Not in outputs_file: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(names)}. Without env_prefix, a .env file contains only outputs that select lists by name: whoever can write the state chooses the other names.`;
}
function explainUnfitNames(names) {
	return [`These are not valid names of Terraform variables, so they can't be in a .tfvars.json file: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(names)}.`, "Leave them out with select, or use an outputs_file that ends in .json. Nothing was set."].join("\n");
}
function explainUnquotable(names) {
	return [
		`These can't be written to a .env file in a form that all readers parse alike: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(names)}.`,
		"Each contains a carriage return, or both quotes and characters that shells and dotenv parsers treat differently.",
		"Leave them out with select, or use an outputs_file that ends in .json. Nothing was set."
	].join("\n");
}
function explainNotWritten(path, why) {
	return [`outputs_file could not be written: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(path)} (${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(why)}).`, "Name another path in the checkout or in RUNNER_TEMP. Nothing was set."].join("\n");
}
// lib/steps/outputs/dotenv.js
const BARE = /^(?:[A-Za-z0-9_./:@%+,-][A-Za-z0-9_./:@%+=,-]*)?$/;
const NOT_SINGLE = /['\r\0]|\\\\|\\$|\$\{/;
const NOT_DOUBLE = /["\\$`!\r\n\0]/;
function quoteDotenv(value) {
	const text = typeof value === "string" ? value : escapeJson((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.printJson)(value));
	if (BARE.test(text)) return text;
	if (!NOT_SINGLE.test(text)) return `'${text}'`;
	return NOT_DOUBLE.test(text) ? void 0 : `"${text}"`;
}
function escapeJson(json) {
	return json.replace(/\\.|['$]/g, (part) => ESCAPES.get(part) ?? part);
}
const ESCAPES = /* @__PURE__ */ new Map([
	["\\\\", "\\u005c"],
	["'", "\\u0027"],
	["$", "\\u0024"]
]);
// lib/steps/outputs/render-file.js
function renderFile(settings, request) {
	const { file, listedBy, names } = request;
	if (file.format === "dotenv") return renderDotenv(settings, request);
	if (file.format === "tfvars") return {
		text: renderVariables(settings),
		left: []
	};
	return {
		text: print(listedBy === void 0 ? byName(settings) : byState(settings, names)),
		left: []
	};
}
function byName(settings) {
	return new Map(settings.map(({ output, json }) => [output, json]));
}
function byState(settings, names) {
	const states = Map.groupBy(settings, ({ state }) => state);
	return new Map(names.map((name) => [name, byName(states.get(name) ?? [])]));
}
const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u;
function renderVariables(settings) {
	const unfit = settings.filter(({ expected }) => !IDENTIFIER.test(expected));
	if (unfit.length > 0) throw refused(explainUnfitNames(unfit.map(({ label }) => label)));
	return print(new Map(settings.map(({ expected, json }) => [expected, json])));
}
function renderDotenv(settings, { file, select }) {
	const isNamed = (setting) => file.prefix !== "" || isNamedBy(select, setting);
	const named = settings.filter(isNamed).map((setting) => ({
		label: setting.label,
		name: variableName(file.prefix, setting.expected),
		quoted: quoteDotenv(setting.json)
	}));
	const groups = collisions(named);
	if (groups.length > 0) throw new OutputsRefused("names_collide", explainCollisions("variable of outputs_file", groups));
	const forbidden = named.filter(({ name }) => isForbiddenVariable(name));
	if (forbidden.length > 0) throw refused(explainForbidden(forbidden));
	const unquotable = named.filter(({ quoted }) => quoted === void 0);
	if (unquotable.length > 0) throw refused(explainUnquotable(unquotable.map(({ label }) => label)));
	const left = settings.filter((setting) => !isNamed(setting)).map(({ label }) => label);
	return {
		text: named.map(({ name, quoted }) => `${name}=${quoted}\n`).join(""),
		left
	};
}
function print(value) {
	return `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.printJson)(value, 2)}\n`;
}
function refused(message) {
	return new OutputsRefused("outputs_file_refused", message);
}
// lib/steps/outputs/report-outputs.js
function describeEnd(end) {
	return {
		code: end.states.every(({ header }) => header !== void 0) ? "read" : "no_state",
		details: describeDetails(end),
		outputs: {},
		summary: void 0,
		problem: void 0
	};
}
function describeOutputsFailure(error) {
	return {
		code: toCode(error),
		details: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeStateFailure)(error).details
	};
}
function toCode(error) {
	const cause = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.firstCause)(error);
	if (cause instanceof OutputsRefused) return cause.code;
	return cause instanceof NotPublished ? "not_published" : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toReasonCode)(error);
}
function describeDetails({ states, plan, listedBy }) {
	const renamed = plan.settings.filter(({ name, expected }) => name !== expected);
	return {
		states: states.map(({ name, address, header }) => ({
			...listedBy === "states" ? { name } : {},
			...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateJson)(address),
			exists: header !== void 0
		})),
		deprecated: Object.fromEntries(plan.deprecated.map(({ label, text }) => [label, text])),
		omitted: plan.omitted.map(({ label }) => label),
		renamed: Object.fromEntries(renamed.map(({ label, name }) => [label, name]))
	};
}
// lib/workspace-files/write-private-file.js
async function writePrivateFile(path, roots, text) {
	if (!roots.some((root) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.locateInCheckout)(root, (0,node_path__WEBPACK_IMPORTED_MODULE_2__.dirname)(path)).kind === "inside")) throw new Error("it leads out of this job's folders");
	await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_3__.mkdir)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.dirname)(path), { recursive: true });
	const folder = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_3__.realpath)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.dirname)(path));
	const target = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, (0,node_path__WEBPACK_IMPORTED_MODULE_2__.basename)(path));
	const { kind } = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.entryAt)(target);
	if (kind !== "missing" && kind !== "file") throw new Error(`a ${kind === "other" ? "special file" : kind} with this name already exists`);
	const draft = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, `.${(0,node_path__WEBPACK_IMPORTED_MODULE_2__.basename)(path)}.${(0,node_crypto__WEBPACK_IMPORTED_MODULE_1__.randomUUID)()}`);
	try {
		await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_3__.writeFile)(draft, text, {
			flag: "wx",
			mode: 384
		});
		await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_3__.rename)(draft, target);
	} catch (error) {
		await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_3__.rm)(draft, { force: true });
		throw error;
	}
}
// lib/steps/outputs/write-outputs-file.js
async function writeOutputsFile({ runner }, job, { path }, { text, left }, count) {
	try {
		await writePrivateFile(path, listRoots(job), text);
	} catch (error) {
		throw new OutputsRefused("outputs_file_not_written", explainNotWritten(path, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toMessage)(error)), error);
	}
	runner.info(fileLine(path, count - left.length));
	if (left.length > 0) runner.notice(notInFileNotice(left));
}
// lib/steps/outputs/outputs.js
async function outputs$1(given) {
	const masks = /* @__PURE__ */ new Set();
	const mask = (value) => {
		for (const part of (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.maskableParts)(value)) masks.add(part);
		given.runner.mask(value);
	};
	const deps = {
		...given,
		runner: {
			...given.runner,
			mask
		}
	};
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runAction)(deps, createOutputsAction(masks));
}
function createOutputsAction(masks) {
	return {
		secretInputs: ["github_token", "encryption_passphrase"],
		readInputs: (deps, job) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readActionInputs)(deps, job, readOutputsInputs),
		work: (deps, inputs, job) => handOver(deps, job, inputs, masks),
		describeEnd,
		describeFailure: describeOutputsFailure
	};
}
async function handOver(deps, job, inputs, masks) {
	for (const passphrase of inputs.decryption?.passphrases ?? []) deps.runner.mask(passphrase);
	const { states, other } = await readAll(deps, inputs);
	const plan = planOutputs(states, inputs);
	checkPlan(states, plan, inputs.sensitive);
	const file = inputs.file && renderFile(plan.settings, {
		...inputs,
		file: inputs.file
	});
	const compared = other?.earlier && compareStates(states, other.earlier, inputs);
	const own = {
		...ownOutputs(states, inputs.listedBy),
		...comparisonOutputs(compared),
		outputs_file: inputs.file?.path ?? ""
	};
	maskOutputs(deps.runner, plan);
	if (inputs.file !== void 0 && file !== void 0) await writeOutputsFile(deps, job, inputs.file, file, plan.settings.length);
	setOutputs(deps.runner, plan, own);
	noteOutputs(deps.runner, plan, own, masks);
	if (other !== void 0 && compared !== void 0) noteComparison(deps.runner, other.name, compared);
	await publishStates(deps, job, inputs.publish, states, other, masks);
	return {
		states,
		plan,
		listedBy: inputs.listedBy
	};
}
async function readAll(deps, inputs) {
	const { backends, compare, compareBackends, decryption, allowMissing } = inputs;
	return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withBackend)(deps, backends[0], async (backend) => {
		await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.openConnections)(backend);
		const addresses = backends.map(({ address }) => address);
		const others = compare === void 0 ? compareBackends : [compare];
		const all = [...addresses, ...others.map(({ address }) => address)];
		const lookups = [...inputs.lookups, ...others.map((_, i) => inputs.lookups[i] ?? [])];
		const read = await readStates(deps, backend, all, inputs.source, {
			lookups,
			decryption,
			allowMissing
		});
		const states = addLookups(selectFrom(addresses, read, inputs), read, inputs);
		const rest = read.slice(addresses.length);
		if (compare === void 0) return {
			states,
			other: await readOther(deps, backend, inputs, states, rest)
		};
		return {
			states,
			other: selectCompared(compare, rest[0], states, inputs)
		};
	});
}
function selectCompared({ address }, read, states, inputs) {
	const selected = selectOutputs(address, read, inputs);
	const outputs = [...selected.outputs, ...findLookups(inputs.lookups[0] ?? [], read)];
	const compared = {
		...selected,
		outputs
	};
	return {
		name: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(compared),
		shown: states.map(() => compared),
		earlier: void 0
	};
}
// lib/outputs.js
const outputs = () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runStep)((deps) => outputs$1({
	...deps,
	connectGitHub: _shared_js__WEBPACK_IMPORTED_MODULE_0__.connectGitHub
}), {
	graceMs: 0,
	totalMs: 9e5,
	tryForMs: _shared_js__WEBPACK_IMPORTED_MODULE_0__.TRY_FOR_MS
});



/***/ })

};
