export const id = 7;
export const ids = [7];
export const modules = {

/***/ 1007:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   main: () => (/* binding */ main),
/* harmony export */   runMain: () => (/* binding */ runMain)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var _start_checkpointer_process_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(3264);
/* harmony import */ var node_module__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8995);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(3024);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(6760);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(1455);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(7075);
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(8500);
/* harmony import */ var node_child_process__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(1421);
/* harmony import */ var node_util__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(7975);










// lib/messages/pull-text.js
function pulledLine(url, { serial, size, md5 }) {
	return `Pulled ${url}: serial ${serial}, ${size} bytes, MD5 ${md5}.`;
}
function noStateLine(url) {
	return `There is no state at ${url} yet.`;
}
function handedOverLine(workingDirectory, workspace) {
	return `Terraform in ${workingDirectory} uses the pulled state, in workspace ${workspace}, until this job ends.`;
}
const LOCK_HANDED_OVER = "No state is pulled: Terraform in this job works on S3 directly, with -lock=false.";
function unpublishableText(url) {
	return [
		`OpenTofu encrypted ${url}, so its outputs can't be published.`,
		"The step that ends this job fails (outputs_not_published), unless the job decrypts the state. Remove publish_outputs, and let readers use outputs/ with the key of the state.",
		"Copies from before OpenTofu encrypted the state stay readable until you delete them: published outputs (.outputs.json), snapshots (.backup/) and rescue copies (.rescue/) beside it, and old versions of them and of the state. Stored plans (.plans/) are encrypted only if the encryption block has a plan block."
	].join("\n");
}
function initArgumentsText(removed) {
	return `The action removed -backend-config from TF_CLI_ARGS_init for this job (${removed.join(", ")}): Terraform works on the pulled state, whose backend accepts none. Remove it from the command line of terraform init, too.`;
}
function ownDirectoryText(directory) {
	return `Another job on this machine works on this state, so this job uses a copy in ${directory}. A plan saved here can't be applied in another job.`;
}
function leftStateKeptText({ run, url, rescueUrl }) {
	return `${run === "" ? "A job" : `The job of ${run}`} was killed on this machine, or lost its lock, while it held ${url}. It had written a state that is not in S3. That state is now at ${rescueUrl}. Compare it with the state in S3 before you apply anything else.`;
}
function leftStateStaysText(path, why) {
	return `A state that a killed job left in ${path} could not be copied to S3 and stays there. ${why}`;
}
// lib/workspace-files/init-arguments.js
const RECONFIGURE = "-reconfigure";
const WORD = /(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g;
const BACKEND_CONFIG = /^["']?--?backend-config(?:["']?$|=)/;
function initArguments(before) {
	const kept = [];
	const removed = [];
	const words = before.match(WORD) ?? [];
	for (let i = 0; i < words.length; i++) {
		const word = words[i] ?? "";
		if (!BACKEND_CONFIG.test(word)) {
			kept.push(word);
			continue;
		}
		const value = word.includes("=") ? word.slice(word.indexOf("=") + 1) : words[++i] ?? "";
		removed.push(parseName(value));
	}
	if (!kept.includes(RECONFIGURE) && !kept.includes(`-${RECONFIGURE}`)) kept.push(RECONFIGURE);
	return {
		text: kept.join(" "),
		removed
	};
}
function parseName(value) {
	return value.replaceAll(/["']/g, "").split("=")[0] ?? "";
}
// lib/steps/main/hold-outputs.js
function toLockOutputs({ session: { backend, lock } }) {
	return {
		workspace: backend.address.workspace,
		lock_id: lock?.id ?? ""
	};
}
function toStateOutputs({ session }, { state, fingerprint }) {
	const { workspace } = session.backend.address;
	return {
		state_path: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.statePathFor)(session.stateDirectory, workspace),
		state_exists: String(state !== void 0),
		workspace,
		serial: state?.valid.header.serial.toString() ?? "",
		lineage: state?.valid.header.lineage ?? "",
		terraform_version: state?.valid.header.terraformVersion ?? "",
		digest: state?.object.facts.md5 ?? "",
		fingerprint,
		version_id: state?.object.versionId ?? "",
		lock_id: session.lock?.id ?? ""
	};
}
// lib/steps/main/hand-over.js
async function handOver(deps, backend, attempt, pulled) {
	const { runner, env } = deps;
	const { session } = attempt;
	const { privateDirectory, stateDirectory } = session;
	const resources = pulled.state === void 0 ? /* @__PURE__ */ new Map() : pulled.state.valid.resources;
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.writeBaseline)(privateDirectory, resources);
	const facts = pulledFacts(pulled);
	runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.pulled, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.serializeState)(facts));
	const owner = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.directoryOwner)(session, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(env), facts.state?.md5 ?? "");
	const { workspace } = backend.address;
	const isThere = facts.state !== void 0;
	const isEncrypted = facts.state?.content === _shared_js__WEBPACK_IMPORTED_MODULE_0__.ENCRYPTED_CONTENT;
	if (!await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.installPulledState)(stateDirectory, owner, {
		workspace,
		isThere,
		isEncrypted
	})) throw displaced(backend, session);
	await leadTerraform(deps, session);
	if (session.publishOutputs && isEncrypted) runner.warning(unpublishableText((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(backend)));
	runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.handedOver, String(deps.clock.now()));
	return toStateOutputs(attempt, pulled);
}
function displaced(backend, { lock, stateDirectory: directory }) {
	return new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError(lock !== void 0 ? {
		reason: "lock_lost",
		holder: void 0,
		write: "not_sent"
	} : {
		reason: "local_state_lost",
		directory
	}, backend);
}
async function leadTerraform({ runner, env }, session) {
	const preparation = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toPreparation)(session);
	if (preparation === void 0) return;
	const { workingDirectory, workspace } = preparation;
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.prepareWorkingDirectory)(preparation);
	const { text, removed } = initArguments(env.TF_CLI_ARGS_init ?? "");
	runner.exportVariable("TF_CLI_ARGS_init", text);
	if (removed.length > 0) runner.notice(initArgumentsText(removed));
	runner.info(handedOverLine(workingDirectory, workspace));
}
function handOverLock({ runner }, attempt) {
	runner.info(LOCK_HANDED_OVER);
	return toLockOutputs(attempt);
}
function pulledFacts({ state, etag, storedDigest }) {
	if (state === void 0) return {
		state: void 0,
		etag,
		storedDigest
	};
	const { header, content, isEmpty } = state.valid;
	const { serial, lineage } = header;
	const { facts, versionId } = state.object;
	const { md5 } = facts;
	return {
		state: {
			md5,
			serial,
			lineage,
			content,
			isEmpty
		},
		etag,
		storedDigest,
		versionId
	};
}
// lib/inputs/gate-inputs.js
const GATE_DEFAULTS = {
	expect_fingerprint: "any",
	expect_serial: "any",
	expect_lineage: "any",
	require_existing_state: "false",
	create_workspace: "true",
	forbid_destroy: "false"
};
const GATES_OF_EACH_STATE = ["require_existing_state", "create_workspace"];
const ALL = ["*"];
function readGates(reader, job, mode, { planToStore, planToApply }) {
	const gates = {
		fingerprint: readFingerprint(reader, mode),
		serial: readSerial(reader, mode),
		lineage: readGate(reader, "expect_lineage", mode),
		requiresState: readSwitchGate(reader, "require_existing_state", mode),
		refusesNewWorkspace: readSwitchGate(reader, "create_workspace", mode),
		destroy: readDestroyGate(reader, mode)
	};
	const planJson = reader.text("plan_json");
	if (gates.destroy !== void 0 && planToStore !== void 0) reader.reject("forbid_destroy", reader.text("forbid_destroy"), "the plan of plan_file is made after this step: set forbid_destroy in the job that applies the plan (plan), where its record says what it destroys");
	else if (gates.destroy !== void 0 && planJson === void 0 && planToApply === void 0) reader.reject("forbid_destroy", reader.text("forbid_destroy"), "it needs a plan to check: give plan, or plan_json, a file with the output of \"terraform show -json PLAN\"");
	return {
		gates,
		planJson: planJson === void 0 ? void 0 : (0,node_path__WEBPACK_IMPORTED_MODULE_4__.resolve)(job.workspace, planJson)
	};
}
function readGate(reader, name, { lockMode, pull }) {
	const value = reader.gate(name, GATE_DEFAULTS[name]);
	if (value === void 0 || pull) return value;
	const how = lockMode === "hold" ? "pull: false" : `lock: ${lockMode}`;
	reader.reject(name, value, `${how} pulls no state: remove ${name}`);
}
function readFingerprint(reader, mode) {
	const value = readGate(reader, "expect_fingerprint", mode);
	if (value === void 0 || (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isFingerprint)(value)) return value;
	reader.reject("expect_fingerprint", value, "pass the fingerprint output of the plan job unchanged");
}
function readSerial(reader, mode) {
	const value = readGate(reader, "expect_serial", mode);
	if (value === void 0) return void 0;
	const serial = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseSerial)(value);
	if (serial !== void 0) return serial;
	reader.reject("expect_serial", value, "pass the serial output of the plan job unchanged, a whole number");
}
function readSwitchGate(reader, name, mode) {
	if (readGate(reader, name, mode) === void 0) return void 0;
	const value = reader.boolean(name);
	return value === void 0 || String(value) === GATE_DEFAULTS[name] ? void 0 : true;
}
function readDestroyGate(reader, mode) {
	const forbid = readGate(reader, "forbid_destroy", mode);
	const allow = reader.text("allow_destroy");
	if (forbid === void 0 || forbid.toLowerCase() === GATE_DEFAULTS.forbid_destroy) {
		const fix = "it forbids nothing by itself: set forbid_destroy: true, or remove it";
		if (allow !== void 0) reader.reject("allow_destroy", allow, fix);
		return;
	}
	return {
		forbidden: forbid.toLowerCase() === "true" ? ALL : readGlobs(reader, "forbid_destroy", forbid),
		allowed: allow === void 0 ? [] : readGlobs(reader, "allow_destroy", allow)
	};
}
function readGlobs(reader, name, text) {
	const globs = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseTexts)(text, /\n/) ?? [];
	const fix = "give addresses of resources, one per line or as a JSON array of strings, with * for any text";
	if (globs.length === 0) reader.reject(name, text, fix);
	const wrong = globs.find((glob) => !mayFit(glob));
	if (wrong !== void 0) reader.reject(name, wrong, "no resource can have this address: write TYPE.NAME, or TYPE.* for all resources of a type");
	return globs;
}
function mayFit(glob) {
	return glob.includes(".") || glob.includes("*");
}
// lib/inputs/wait-inputs.js
function readWaitComment(reader, { lockMode }, warnings) {
	const publish = reader.choice("publish", ["comment", "none"]) ?? "none";
	const pullRequest = reader.integer("pr_number", 1);
	if (publish === "none") return void 0;
	if (lockMode !== "hold") {
		warnings.push(`publish: comment has no effect with lock: ${lockMode}, which never waits.`);
		return;
	}
	const token = reader.text("github_token");
	if (token === void 0) {
		reader.reject("github_token", void 0, "publish: comment needs a token with pull-requests: write");
		return;
	}
	return {
		pullRequest,
		apiUrl: reader.environment("GITHUB_API_URL") ?? "https://api.github.com",
		token
	};
}
// lib/inputs/hold-inputs.js
const CHECKPOINT_MS = 2e4;
const USE_OF = {
	hold: "hold",
	guard: "unlock",
	none: "outputs"
};
function chooseUse(mode, pull) {
	return mode === "hold" && !pull ? "unlock" : USE_OF[mode];
}
function sessionUse({ lockMode, pull }, stale, publishOutputs, push) {
	if (publishOutputs) return "publish";
	if (lockMode === "guard") return "free";
	if (lockMode === "hold" && pull && push === "never") return "pull";
	if (lockMode !== "hold" || pull) return chooseUse(lockMode, pull);
	return stale.action === "break" ? "hold" : "lock";
}
function readHoldInputs(sources) {
	const { env, job, profileRegion, given } = sources;
	const reader = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createInputReader)(env, given);
	const list = readGuardedList(reader, sources);
	const backend = list ?? (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readBackendInputs)(reader, job, profileRegion);
	const { settings, skipCredentialsValidation } = backend;
	const warnings = [...backend.warnings];
	const directory = reader.text("working_directory");
	const mode = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readLockMode)(reader, settings, warnings);
	const checkpointMs = readCheckpointInterval(reader);
	const stale = readStaleInputs(reader);
	const push = reader.choice("push", ["changed", "never"]) ?? "changed";
	const publishOutputs = readPublishOutputs(reader, mode, push);
	const snapshot = readSnapshot(reader, mode, push);
	const plans = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readPlanInputs)(reader, job, mode, push, settings);
	const gates = readGates(reader, job, mode, plans);
	const keepsSnapshots = snapshot !== "never" && pushesState(mode, push);
	const waitComment = readWaitComment(reader, mode, warnings);
	const lockTimeoutMs = reader.duration("lock_timeout") ?? 0;
	return {
		inputs: {
			backend: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withSessionPolicy)(reader, sessionUse(mode, stale, publishOutputs, push), [settings, ...list?.others ?? []], warnings, {
				plans: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.choosePlanAccess)(plans),
				keepsSnapshots,
				rescues: rescuesUnlocked(mode, push, plans),
				queues: lockTimeoutMs > 0,
				...list?.policy
			}),
			guardedStates: list?.states,
			skipCredentialsValidation,
			...mode,
			lockTimeoutMs,
			checkpointMs: mode.lockMode === "hold" ? checkpointMs : 0,
			stale,
			waitComment,
			push,
			publishOutputs,
			snapshot,
			workingDirectory: directory && mode.pull ? (0,node_path__WEBPACK_IMPORTED_MODULE_4__.resolve)(job.workspace, directory) : void 0,
			...gates,
			...plans,
			warnings
		},
		problems: [...list?.problems ?? [], ...reader.problems]
	};
}
const MOST_KEYS = 65536;
function readGuardedList(reader, sources) {
	const keys = reader.text("keys");
	if (keys === void 0) return void 0;
	const shown = keys.split("\n")[0];
	if (reader.text("lock") !== "guard") reader.reject("keys", shown, "only lock: guard takes several states: set it, or name one state with key");
	if (Buffer.byteLength(keys) > MOST_KEYS) reader.reject("keys", `${shown} ...`, "there are too many: name their common prefix, with \"/\" at the end");
	const list = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readKeyList)(reader, "keys", sources);
	const { first: settings, addresses, prefixes } = list;
	return {
		...list,
		settings,
		others: addresses.map((address) => ({
			...settings,
			address
		})),
		policy: {
			prefixes,
			scansTable: prefixes.length > 0
		},
		states: {
			objectKeys: addresses.map(({ objectKey }) => objectKey),
			prefixes
		}
	};
}
function readPublishOutputs(reader, mode, push) {
	const isAsked = reader.boolean("publish_outputs") ?? false;
	if (isAsked && !pushesState(mode, push)) reader.reject("publish_outputs", "true", "the job must hold the state to publish its outputs: remove lock, pull: false and push: never, or remove this");
	return isAsked;
}
function rescuesUnlocked({ lockMode }, push, { planToStore }) {
	return lockMode === "none" && push === "changed" && planToStore === void 0;
}
function pushesState({ lockMode, pull }, push) {
	return lockMode === "hold" && pull && push === "changed";
}
function readSnapshot(reader, mode, push) {
	const snapshot = reader.choice("snapshot", [
		"auto",
		"always",
		"never"
	]) ?? "auto";
	if (snapshot === "always" && !pushesState(mode, push)) reader.reject("snapshot", "always", "the action keeps a snapshot before its own push, but this job makes no push: remove lock, pull: false and push: never, or remove this");
	return snapshot;
}
function readCheckpointInterval(reader) {
	const interval = reader.duration("checkpoint_interval") ?? CHECKPOINT_MS;
	if (interval > 0 && interval < 1e3) reader.reject("checkpoint_interval", reader.text("checkpoint_interval"), "use 0s to turn it off, or 1s or more");
	return interval;
}
function readStaleInputs(reader) {
	const action = reader.choice("stale_lock", ["report", "break"]) ?? "report";
	const proof = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStaleProofInputs)(reader);
	if (action === "break" && proof.github.token === void 0) reader.reject("github_token", void 0, "stale_lock: break looks up the run of the holder: give a token with actions: read");
	return {
		action,
		...proof
	};
}
// lib/runner/compile-cache.js
function keepCompiledCode(privateDirectory) {
	(0,node_module__WEBPACK_IMPORTED_MODULE_2__.enableCompileCache)((0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(privateDirectory, "compiled"));
}
// lib/steps/main/open-session.js
const LONGEST_HEARTBEAT_MS = 6e4;
async function openSession(deps, job, inputs) {
	const { address, table, useLockfile } = inputs.backend;
	const startedAt = deps.clock.now();
	const lock = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.newLock)(address, job, deps.machine, startedAt);
	const isLocked = inputs.lockMode === "hold" && (table !== void 0 || useLockfile);
	const heartbeatMs = inputs.checkpointMs === 0 ? void 0 : Math.min(inputs.checkpointMs, LONGEST_HEARTBEAT_MS);
	const privateDirectory = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.makePrivateDirectory)(job);
	keepCompiledCode(privateDirectory);
	const session = {
		backend: inputs.backend,
		mode: inputs.lockMode,
		pull: inputs.pull,
		push: inputs.push,
		publishOutputs: inputs.publishOutputs,
		snapshot: inputs.snapshot,
		checkpointMs: inputs.checkpointMs,
		startedAt,
		privateDirectory,
		stateDirectory: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateDirectoryFor)(inputs.backend),
		workingDirectory: inputs.workingDirectory,
		erroredBefore: inputs.workingDirectory === void 0 ? void 0 : await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.hashErroredState)(inputs.workingDirectory),
		module: inputs.guardedStates === void 0 ? inputs.module : void 0,
		paths: inputs.guardedStates === void 0 ? inputs.paths : void 0,
		guardedStates: inputs.guardedStates,
		lock: isLocked ? {
			id: lock.id,
			info: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.serializeLockInfo)(lock),
			heartbeatMs
		} : void 0
	};
	deps.runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.session, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.serializeState)(session));
	return session.pull && session.lock === void 0 ? await openWithoutLock(deps, job, session) : session;
}
async function openWithoutLock(deps, job, session) {
	const { stateDirectory: shared } = session;
	const stateDirectory = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.claimWithoutLock)(shared, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.directoryOwner)(session, job));
	if (stateDirectory === shared) return session;
	deps.runner.notice(ownDirectoryText(stateDirectory));
	const own = {
		...session,
		stateDirectory
	};
	deps.runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.session, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.serializeState)(own));
	return own;
}
// lib/steps/main/pull-for-job.js
async function pullForJob(deps, backend, path, isLocked) {
	const pulled = await pullRepaired(deps, backend, path, isLocked);
	const state = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.requireUsable)(backend, pulled.state);
	deps.runner.debug((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.decisionLine)("pull", describePull(state)));
	return {
		state,
		etag: pulled.etag,
		storedDigest: pulled.storedDigest,
		fingerprint: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.fingerprint)(state?.object, state?.valid.header)
	};
}
async function checkUnpulled(deps, backend, path, broken, seesState) {
	if (backend.table === void 0) return;
	if (broken.length === 0) {
		if (seesState) (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.reportRepair)(deps, backend, await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.repairAnnounced)(backend));
		return;
	}
	try {
		await pullRepaired(deps, backend, path, true);
	} finally {
		await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_5__.rm)(path, { force: true });
	}
}
async function pullRepaired(deps, backend, path, isLocked) {
	const ready = makeParentFolder(path);
	ready.catch(() => {});
	const pull = () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pullState)(backend, {
		path: ready,
		clock: deps.clock,
		signal: deps.signal,
		onNotice: (notice) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.reportPullNotice)(deps, backend, notice)
	});
	return await pull().catch(async (error) => {
		if (!isLocked || !await repairMismatch(deps, backend, error)) throw error;
		return await pull();
	});
}
async function makeParentFolder(path) {
	const known = await path;
	await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_5__.mkdir)((0,node_path__WEBPACK_IMPORTED_MODULE_4__.dirname)(known), {
		recursive: true,
		mode: 448
	});
	return known;
}
async function repairMismatch({ runner }, backend, error) {
	if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError) || error.details.reason !== "digest_mismatch") return false;
	const { details } = error;
	if (!(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isDigestBehind)(details) || !await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.repairDigest)(backend, details)) return false;
	runner.notice((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.repairedText)(backend, details));
	return true;
}
function describePull(state) {
	if (state === void 0) return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameState)(void 0);
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameState)({
		serial: state.valid.header.serial,
		md5: state.object.facts.md5
	});
}
// lib/steps/main/rescue-left-states.js
async function rescueLeftStates(deps, backend, left, privateDirectory) {
	const copyPath = (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(privateDirectory, "left", "state");
	for (const directory of left) {
		const { owner, path } = directory;
		try {
			if (owner === void 0 || owner.pulledMd5 !== void 0) await rescueAll(deps, backend, directory, copyPath);
			if (!(owner !== void 0 && await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isDirectory)(owner.privateDirectory))) await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.removeDirectory)(path);
		} catch (error) {
			deps.signal.throwIfAborted();
			if ((await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.entryAt)(path)).kind === "missing") continue;
			deps.runner.warning(leftStateStaysText(path, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, deps.clock.now())));
		}
	}
}
async function rescueAll(deps, backend, left, copyPath) {
	const { address } = backend;
	const states = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findOtherStates)(left.path, address.workspace, void 0);
	if (states.length === 0) return;
	const object = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lookUpObject)(backend, address.objectKey);
	for (const [i, path] of states.entries()) {
		const copied = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.copyState)(path, copyPath, deps.clock, deps.signal);
		if (copied === void 0) continue;
		const { copy, facts } = copied;
		if (facts.md5 === left.owner?.pulledMd5) continue;
		if (facts.md5 === object?.provenance?.md5 && await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isConsistent)(backend, address.objectKey, object)) continue;
		const mark = (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(left.path, `rescued-${facts.md5}`);
		if ((await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.entryAt)(mark)).kind !== "missing") continue;
		const { run = "", lockId = "" } = left.owner ?? {};
		const provenance = {
			run,
			actor: "",
			lockId,
			md5: facts.md5,
			digestBefore: void 0
		};
		const name = `left-${(0,node_path__WEBPACK_IMPORTED_MODULE_4__.basename)(left.path).split(".left-").at(-1)}-${i + 1}-${facts.md5.slice(0, 8)}`;
		const key = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.storeRescueCopy)(backend, {
			path: copy,
			facts,
			provenance,
			name
		});
		await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_5__.writeFile)(mark, "", { mode: 384 });
		const rescueUrl = `s3://${address.bucket}/${key}`;
		deps.runner.warning(leftStateKeptText({
			run,
			url: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(backend),
			rescueUrl
		}));
	}
}
// lib/steps/main/report-takeover.js
async function reportTakeover({ runner, clock }, scope, broken) {
	if (broken.length === 0) return;
	const now = clock.now();
	runner.notice((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.takeoverText)(scope, broken, now));
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.writeSummary)({
		runner,
		clock
	}, () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.takeoverSummary)(scope, broken, now));
}
// lib/steps/main/wait-comment.js
const NO_WAIT_COMMENT = {
	saw: () => {},
	waiting: () => {},
	end: async () => {}
};
const AFTER_MS = 1e4;
const EVERY_MS = 6e4;
const LAST_WRITE_MS = 15e3;
const CANCELLED_MS = 3e3;
const COMMENT_ID = "waits";
const TITLE = "Terraform locks";
function createWaitComment(deps, scope, inputs) {
	const { clock } = deps;
	const comment = {
		deps,
		scope,
		inputs,
		job: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env),
		isRefused: false
	};
	let commented;
	let position;
	let writing = Promise.resolve();
	const write = (note, limit) => {
		writing = writing.then(() => writeNote(comment, note, limit));
		return writing;
	};
	const commentOn = (holder) => {
		if (!(commented === void 0 || commented.raw !== holder?.raw && clock.monotonic() - commented.at >= EVERY_MS)) return;
		commented = {
			raw: holder?.raw,
			at: clock.monotonic()
		};
		write({
			kind: "waiting",
			holder,
			ahead: position,
			at: clock.now()
		}, deps.signal);
	};
	return {
		saw: (holder, waitedMs) => {
			if (waitedMs >= AFTER_MS) commentOn(holder);
		},
		waiting: (holder, ahead) => {
			position = ahead;
			if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseFreeze)(holder) !== void 0) commentOn(holder);
		},
		end: async (kind, waitedMs) => {
			if (commented === void 0) return;
			const limit = AbortSignal.timeout(deps.signal.aborted ? CANCELLED_MS : LAST_WRITE_MS);
			await write({
				kind,
				waitedMs,
				at: clock.now()
			}, limit);
		}
	};
}
async function writeNote(comment, note, signal) {
	if (comment.isRefused) return;
	try {
		await upsertNote(comment, note, signal);
	} catch (error) {
		if (signal.aborted) return;
		refuse$1(comment, error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.GitHubError ? {
			kind: "refused",
			error
		} : {
			kind: "failed",
			error
		});
	}
}
function refuse$1(comment, reason) {
	comment.isRefused = true;
	comment.deps.runner.notice((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.waitNotPublishedNotice)(reason));
}
async function upsertNote(comment, note, signal) {
	const { deps, scope, inputs, job } = comment;
	const { clock, random } = deps;
	const { apiUrl, token } = inputs;
	const api = await deps.connectGitHub({
		apiUrl,
		token,
		signal,
		clock,
		random
	});
	const found = await findTarget(comment, api);
	if (found.kind === "none") {
		refuse$1(comment, found.reason);
		return;
	}
	const target = {
		...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toRepository)(job.repository),
		number: found.number
	};
	const section = {
		id: scope.address.lockPath,
		render: (_before, _room, now) => now !== void 0 && (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isOfNewerRun)(now, job) ? void 0 : `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runMark)(job)}\n${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.renderWaitNote)(scope, note, job.runUrl)}`
	};
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.upsertSections)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pullRequestComments)(api, target), {
		commentId: COMMENT_ID,
		title: TITLE,
		sections: [section],
		clock,
		signal,
		random
	});
}
async function findTarget({ deps, inputs, job }, api) {
	const repository = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toRepository)(job.repository);
	const event = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readRunEvent)(deps.env);
	return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.searchPullRequest)(api, {
		repository,
		named: inputs.pullRequest,
		event
	});
}
// lib/steps/main/wait-report.js
function createWaitReport(deps, scope, timeoutMs, comment) {
	const { runner, clock } = deps;
	const startedAt = clock.monotonic();
	const holders = /* @__PURE__ */ new Map();
	let position;
	return {
		saw: (holder) => {
			comment.saw(holder, clock.monotonic() - startedAt);
			const waited = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameWaitedHolder)(holder, scope);
			const key = `${waited.name} ${waited.run}`;
			holders.delete(key);
			holders.set(key, waited);
		},
		waiting: (holder, waitedMs, ahead) => {
			position = ahead;
			comment.waiting(holder, ahead);
			const waited = `waited ${Math.round(waitedMs)} of ${timeoutMs} ms`;
			runner.debug((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.decisionLine)("lock", `${_shared_js__WEBPACK_IMPORTED_MODULE_0__.HELD_BY} somebody else`, waited));
			if (timeoutMs === 0) return;
			runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.waitingLine)(holder, {
				waitedMs,
				timeoutMs,
				ahead
			}, scope, clock.now()));
		},
		holders: () => holders.size === 0 ? void 0 : [...holders.values()].slice(-5),
		gaveUp: (holder, waitedMs) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.writeSummary)(deps, () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.renderNotHeld)(scope, holder, {
			waitedMs,
			ahead: position
		}))
	};
}
// lib/steps/main/take-lock.js
async function takeLock(deps, backend, attempt, inputs) {
	const { runner, clock } = deps;
	const { lock } = attempt.session;
	const lockStores = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)(backend);
	if (lockStores === void 0 || lock === void 0) return;
	setStatus(runner, attempt, "trying");
	attempt.stores = lockStores;
	attempt.broken = lockStores.broken;
	const { waitComment, lockTimeoutMs, waitedBeforeMs = 0 } = inputs;
	const comment = waitComment === void 0 ? NO_WAIT_COMMENT : createWaitComment(deps, backend, waitComment);
	const report = createWaitReport(deps, backend, lockTimeoutMs, comment);
	const startedAt = clock.monotonic() - waitedBeforeMs;
	const waitedMs = await wait(deps, backend, lockStores, lock, inputs, report).catch(async (error) => {
		attempt.commentEnded = comment.end("gave_up", findWaitedMs(error) ?? clock.monotonic() - startedAt);
		await reportTakeover(deps, backend, attempt.broken);
		throw error;
	});
	attempt.commentEnded = comment.end("held", waitedMs);
	attempt.times = {
		waitedMs,
		heldSince: clock.now(),
		waitedFor: report.holders()
	};
	setStatus(runner, attempt, "held");
	runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.times, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.serializeState)(attempt.times));
	runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lockedLine)(backend, lock.id, waitedMs));
	await reportTakeover(deps, backend, attempt.broken);
}
async function wait(deps, backend, lockStores, lock, { lockTimeoutMs, stale, waitedBeforeMs = 0 }, report) {
	const { clock, signal, random } = deps;
	const check = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createStalenessCheck)(deps, stale, lockStores.broken);
	try {
		const outcome = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.waitForLock)({
			tryAcquire: (found) => lockStores.acquire(lock, found),
			decide: (found) => {
				report.saw(found.holder);
				const times = {
					storeNow: backend.aws.storeNow(),
					monotonicNow: clock.monotonic()
				};
				return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.decideFreeze)(found, times) ?? check.consider(found);
			},
			timeoutMs: Math.max(0, lockTimeoutMs - waitedBeforeMs),
			clock,
			signal,
			random,
			onWaiting: (holder, waitedMs, ahead) => report.waiting(holder, waitedBeforeMs + waitedMs, ahead),
			queue: lockTimeoutMs > waitedBeforeMs ? mainQueue(deps, lockStores, lock) : void 0
		});
		await leave(deps.runner, lockStores);
		const waitedMs = waitedBeforeMs + outcome.waitedMs;
		if (outcome.kind === "held") return waitedMs;
		const { holder } = outcome;
		await report.gaveUp(holder, waitedMs);
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.throwIfFrozen)(backend, holder, waitedMs);
		throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.LockedError({
			reason: lockTimeoutMs === 0 ? "lock_held" : "lock_timeout",
			holder,
			waitedMs,
			finding: await check.finding(holder)
		}, backend);
	} finally {
		check.close();
	}
}
function mainQueue({ runner, clock }, lockStores, lock) {
	const queue = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.waitQueue)({
		runner,
		clock
	}, lockStores, lock);
	return {
		...queue,
		countAhead: async (withinMs) => {
			if (!lockStores.queue.mayBeIn()) runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.queue, "joined");
			return await queue.countAhead(withinMs);
		},
		onRefused: (error) => {
			queue.onRefused(error);
			if (!lockStores.queue.mayBeIn()) runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.queue, "");
		}
	};
}
async function leave(runner, lockStores) {
	if (!lockStores.queue.mayBeIn()) return;
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.leaveQueue)(runner, lockStores);
	if (!lockStores.queue.mayBeIn()) runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.queue, "");
}
function findWaitedMs(error) {
	if (error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.LockedError) return error.details.waitedMs;
	if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError) || error.details.reason !== "frozen") return void 0;
	return error.details.waitedMs;
}
function setStatus(runner, attempt, status) {
	attempt.lockStatus = status;
	runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.lock, status);
	runner.debug((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.decisionLine)("lock", status, `lock id ${attempt.session.lock?.id}`));
}
// lib/steps/main/holding.js
async function openHolding(deps, job, inputs) {
	if (inputs.planToApply !== void 0) (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.limitYoungSpace)();
	const session = await openSession(deps, job, inputs);
	const backend = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.connectBackend)(deps, inputs.backend);
	const { mode, lock } = session;
	const first = {
		isLockFirst: lock !== void 0,
		identity: provesCredentials(inputs)
	};
	if (mode !== "guard") await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.openConnections)(backend, first);
	return {
		deps,
		inputs,
		backend,
		attempt: {
			session,
			lockStatus: "none",
			times: void 0,
			stores: void 0,
			broken: [],
			commentEnded: Promise.resolve(),
			refusal: Promise.resolve(void 0)
		}
	};
}
async function closeHolding({ backend, attempt }) {
	await attempt.commentEnded;
	backend.aws.destroy();
}
function explainRefusal({ explainAccess }, { deps, backend, attempt: { session } }, error) {
	return explainAccess(deps, backend, chooseUse(session.mode, session.pull), error);
}
async function lockState({ deps, backend, attempt, inputs }, wait = inputs) {
	const { aws } = backend;
	await aws.signIn();
	const refused = new AbortController();
	const waiting = AbortSignal.any([deps.signal, refused.signal]);
	const taken = takeLock({
		...deps,
		signal: waiting
	}, backend, attempt, wait);
	if (provesCredentials(inputs)) attempt.refusal = findRefusal(aws, refused);
	try {
		await taken;
	} catch (error) {
		await throwIfRefused(deps, attempt);
		throw error;
	}
	waiting.throwIfAborted();
	if (attempt.session.lock === void 0) await throwIfRefused(deps, attempt);
}
async function findRefusal(aws, refused) {
	await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_7__.setImmediate)();
	try {
		await aws.verifyCredentials();
		return;
	} catch (error) {
		refused.abort(error);
		return error;
	}
}
async function throwIfRefused({ signal }, { refusal }) {
	const refused = await refusal;
	signal.throwIfAborted();
	if (refused !== void 0) throw refused;
}
function provesCredentials({ skipCredentialsValidation, backend }) {
	return !skipCredentialsValidation && !(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.assumesRole)(backend.aws.credentials);
}
async function pullState({ deps, backend, attempt }) {
	const { session } = attempt;
	const path = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pulledPath)(session.stateDirectory, session.privateDirectory);
	const cleared = clearTheWay(deps, backend, session).then(() => path);
	const [way, pull] = await Promise.allSettled([cleared, pullForJob(deps, backend, cleared, session.lock !== void 0)]);
	await throwIfRefused(deps, attempt);
	if (way.status === "rejected") throw way.reason;
	if (pull.status === "rejected") throw pull.reason;
	const pulled = pull.value;
	const where = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(backend);
	if (pulled.state === void 0) {
		deps.runner.info(noStateLine(where));
		return pulled;
	}
	const { object, valid } = pulled.state;
	const { size, md5 } = object.facts;
	deps.runner.info(pulledLine(where, {
		serial: valid.header.serial,
		size,
		md5
	}));
	return pulled;
}
async function clearTheWay(deps, backend, session) {
	if (session.lock === void 0) return;
	const owner = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.directoryOwner)(session, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env));
	await rescueLeftStates(deps, backend, await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.claimStateDirectory)(session.stateDirectory, owner), session.privateDirectory);
}
async function checkLockedState({ deps, backend, attempt }) {
	const { session, broken } = attempt;
	await throwIfRefused(deps, attempt);
	const seesState = !(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.narrowsSession)(session.backend.aws.credentials);
	await checkUnpulled(deps, backend, (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(session.privateDirectory, "looked-at"), broken, seesState);
}
// lib/backend/plan-vault/fetch-plan.js
async function fetchPlan(backend, planId, record, path) {
	const key = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.planKey)(backend.address, planId);
	const facts = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.getObject)(backend, { key }, (body, _, signal) => saveUpTo(body, record.size, path, signal));
	if (facts === void 0) return { kind: "missing" };
	const sha256 = facts.sha256.toString("hex");
	if (facts.size > record.size) return {
		kind: "differs",
		size: facts.size,
		sha256: void 0
	};
	if (facts.size === record.size && sha256 === record.sha256) return { kind: "matches" };
	return {
		kind: "differs",
		size: facts.size,
		sha256
	};
}
async function saveUpTo(body, most, path, signal) {
	const hasher = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createFileHasher)();
	const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_5__.open)(path, "w", 384);
	try {
		let size = 0;
		for await (const chunk of (0,node_stream__WEBPACK_IMPORTED_MODULE_6__.addAbortSignal)(signal, body)) {
			if (!(chunk instanceof Uint8Array)) throw new TypeError("the S3 client returned no bytes");
			hasher.write(chunk);
			size += chunk.length;
			if (size > most) break;
			await file.writeFile(chunk);
		}
	} finally {
		await file.close();
	}
	return hasher.end();
}
// lib/steps/main/check-plan.js
async function findPlan(backend, reference) {
	const { planId, found } = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readAskedPlan)(backend, reference);
	if (found.kind === "found") return {
		planId,
		record: found.record,
		storedAt: found.storedAt
	};
	if (found.kind === "missing") throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
		reason: "plan_not_found",
		planId,
		record: void 0
	}, backend);
	const tampered = {
		kind: "record",
		detail: found.detail
	};
	throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
		reason: "plan_tampered",
		planId,
		found: tampered
	}, backend);
}
async function refusePlan(deps, backend, plan, use, current) {
	const { planId, record, storedAt } = plan;
	const whole = {
		...use,
		address: backend.address,
		now: deps.clock.now(),
		storedAt
	};
	const refusals = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.decidePlanUse)(record, whole);
	deps.runner.debug((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.decisionLine)("plan", refusals.join(", ") || "fits", planId));
	const isDeleted = refusals.includes("plan_expired") && await tryDelete(deps, backend, planId);
	const describe = (reason) => {
		if (reason === "plan_stale") return {
			reason,
			planId,
			record,
			fingerprint: use.fingerprint,
			current
		};
		if (reason === "plan_expired") return {
			reason,
			planId,
			record,
			expiredAt: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.computeExpiry)(record, whole),
			isDeleted
		};
		return reason === "plan_of_other_commit" ? {
			reason,
			planId,
			record,
			commit: use.commit
		} : {
			reason,
			planId,
			record
		};
	};
	return refusals.map(describe);
}
function refuseUnknownChanges({ planId, record }, { destroy }) {
	if (destroy === void 0 || record.changes?.isComplete === true) return [];
	return [{
		reason: "plan_changes_unknown",
		planId,
		record
	}];
}
async function fetchCheckedPlan(backend, { planId, record }, path) {
	await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_5__.mkdir)((0,node_path__WEBPACK_IMPORTED_MODULE_4__.dirname)(path), {
		recursive: true,
		mode: 448
	});
	const fetched = await fetchPlan(backend, planId, record, path);
	if (fetched.kind === "matches") return;
	if (fetched.kind === "missing") throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
		reason: "plan_not_found",
		planId,
		record
	}, backend);
	const { size, sha256 } = fetched;
	throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
		reason: "plan_tampered",
		planId,
		found: {
			kind: "plan",
			record,
			size,
			sha256
		}
	}, backend);
}
async function tryDelete(deps, backend, planId) {
	try {
		await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.deletePlan)(backend, planId);
		return true;
	} catch (error) {
		const why = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, deps.clock.now());
		deps.runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.expiredPlanStaysText)(planId, why));
		return false;
	}
}
// lib/github/compare-commits.js
const Comparison = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ ahead_by: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pipe)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.number)(), (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.integer)(), (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.minValue)(0)) });
async function countMissingCommits(api, repository, { code, commit }) {
	const parameters = {
		...repository,
		basehead: `${code}...${commit}`,
		per_page: 1,
		page: 2
	};
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.understood)(Comparison, await api.attempt(_shared_js__WEBPACK_IMPORTED_MODULE_0__.ROUTES.compareCommits, parameters, 1)).ahead_by;
}
// lib/steps/main/code-of-last-write.js
async function findCodeOfLastWrite(deps, written, planned, { apiUrl, token }) {
	const { clock, random, signal, runner } = deps;
	const job = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env);
	const commit = written?.commit;
	if (commit === void 0 || !isOfRepository(written, job)) return void 0;
	if (commit === planned) return {
		commit,
		missing: 0
	};
	if (token === void 0 || planned === "") return void 0;
	try {
		return {
			commit,
			missing: await countMissingCommits(await deps.connectGitHub({
				apiUrl,
				token,
				clock,
				random,
				signal
			}), (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toRepository)(job.repository), {
				code: planned,
				commit
			})
		};
	} catch (error) {
		signal.throwIfAborted();
		runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.noCodeOfLastWriteText)(commit, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, clock.now())));
		return;
	}
}
function isOfRepository(written, { serverUrl, repository }) {
	return written?.run.startsWith(`${serverUrl}/${repository}/actions/`) === true;
}
// lib/steps/main/gates.js
function refuse(scope, refusals) {
	const errors = refusals.map((details) => new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError(details, scope));
	if (errors.length > 1) throw new AggregateError(errors, "several gates refuse");
	for (const error of errors) throw error;
}
function checkGates(gates, facts) {
	const { address, header, current, fingerprint: actual } = facts;
	const { workspace } = address;
	const refusals = [];
	if (gates.requiresState && header === void 0) refusals.push({ reason: "state_missing" });
	if (gates.refusesNewWorkspace && header === void 0 && workspace !== "default") refusals.push({
		reason: "workspace_missing",
		workspace
	});
	if (gates.lineage !== void 0 && gates.lineage !== header?.lineage) refusals.push({
		reason: "lineage_mismatch",
		expected: gates.lineage,
		actual: header?.lineage,
		current
	});
	if (gates.serial !== void 0 && gates.serial !== header?.serial) refusals.push({
		reason: "serial_mismatch",
		expected: gates.serial,
		actual: header?.serial,
		current
	});
	if (gates.fingerprint !== void 0 && gates.fingerprint !== actual) refusals.push({
		reason: "fingerprint_mismatch",
		expected: gates.fingerprint,
		actual,
		current
	});
	const changes = gates.destroy === void 0 ? [] : forbiddenChanges(gates.destroy, facts.changes ?? []);
	if (changes.length > 0) refusals.push({
		reason: "destroy_forbidden",
		changes
	});
	return refusals;
}
function forbiddenChanges({ forbidden, allowed }, changes) {
	const matchesAny = (globs, address) => globs.some((glob) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.matchesGlob)(glob, address));
	return changes.filter((change) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isDestroyed)(change) && matchesAny(forbidden, change.address) && !matchesAny(allowed, change.address));
}
// lib/runner/checkout.js
const LOOK_MS = 5e3;
const HASH = /^[0-9a-f]{40,64}$/;
async function readCheckout(folder, env) {
	const args = [
		"-c",
		"safe.directory=*",
		"-C",
		folder,
		"rev-parse",
		"--verify",
		"--end-of-options"
	];
	const own = {
		PATH: env.PATH,
		SystemRoot: env.SystemRoot,
		GIT_CONFIG_NOSYSTEM: "1",
		GIT_CONFIG_GLOBAL: process.platform === "win32" ? "NUL" : "/dev/null",
		GIT_NO_LAZY_FETCH: "1",
		GIT_CEILING_DIRECTORIES: (0,node_path__WEBPACK_IMPORTED_MODULE_4__.dirname)(env.GITHUB_WORKSPACE ?? folder)
	};
	const ask = async (name) => {
		const { stdout } = await (0,node_util__WEBPACK_IMPORTED_MODULE_9__.promisify)(node_child_process__WEBPACK_IMPORTED_MODULE_8__.execFile)("git", [...args, name], {
			timeout: LOOK_MS,
			windowsHide: true,
			env: own
		});
		return stdout.trim();
	};
	try {
		const commit = await ask("HEAD^{commit}");
		const tree = await ask("HEAD^{tree}");
		return HASH.test(commit) && HASH.test(tree) ? {
			commit,
			tree
		} : void 0;
	} catch {
		return;
	}
}
// lib/steps/main/pull-request-event.js
const Repository = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ id: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.number)() });
const PullRequestEvent = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ pull_request: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
	head: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ repo: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nullable)(Repository) }),
	base: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ repo: Repository })
}) });
const WorkflowRunEvent = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
	repository: Repository,
	workflow_run: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ head_repository: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nullable)(Repository) })
});
const HeadEvent = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ pull_request: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ head: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ sha: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)() }) }) });
const CommentEvent = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ issue: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ pull_request: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.optional)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.unknown)()) }) });
function isOfFork({ name, payload }) {
	const pullRequest = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.safeParse)(PullRequestEvent, payload);
	if (pullRequest.success) {
		const { head, base } = pullRequest.output.pull_request;
		return head.repo?.id !== base.repo.id;
	}
	if (name.startsWith("pull_request")) return true;
	if (name === "workflow_run") {
		const event = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.safeParse)(WorkflowRunEvent, payload);
		return !event.success || event.output.workflow_run.head_repository?.id !== event.output.repository.id;
	}
	if (name !== "issue_comment") return false;
	const comment = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.safeParse)(CommentEvent, payload);
	return !comment.success || comment.output.issue.pull_request !== void 0;
}
function findHead({ payload }) {
	const event = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.safeParse)(HeadEvent, payload);
	return event.success ? event.output.pull_request.head.sha : void 0;
}
// lib/steps/main/plan-origin.js
async function readPlannedCode(env, job, module) {
	const checkout = await readCheckout(module ?? job.workspace, env);
	return {
		commit: checkout?.commit ?? env.GITHUB_SHA ?? "",
		tree: checkout?.tree
	};
}
async function readPlanOrigin(env, job, module) {
	const event = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readRunEvent)(env);
	const { commit, tree } = await readPlannedCode(env, job, module);
	return {
		repository: job.repository,
		modulePath: module === void 0 ? void 0 : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pathInCheckout)(job.workspace, module),
		commit,
		headCommit: findHead(event),
		tree,
		ref: env.GITHUB_REF ?? "",
		run: job.runUrl,
		actor: job.actor,
		event: event.name,
		isOfFork: isOfFork(event)
	};
}
// lib/messages/refused-page.js
function renderRefused(scope, problems, current) {
	const rows = [["State", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope))]];
	for (const problem of problems) {
		const [why = "", fix = ""] = problem.split("\n");
		rows.push(["Why", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(why)]);
		if (fix !== "") rows.push(["Do", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(fix)]);
	}
	rows.push(["Last write", current === void 0 ? "none: there is no state now" : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.renderWrite)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toLastWrite)(current), scope)]);
	return [
		"### \u274c Terraform state: nothing was applied",
		"",
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlTable)(rows),
		""
	].join("\n");
}
// lib/steps/main/report-refused.js
async function reportRefused(deps, scope, error, current) {
	const errors = error instanceof AggregateError ? error.errors : [error];
	if (!errors.every((one) => one instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError)) return;
	const now = deps.clock.now();
	const problems = errors.map((one) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(one, now));
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.writeSummary)(deps, () => renderRefused(scope, problems, current));
}
// lib/steps/main/plan-for-job.js
async function checkGatesAndPlan(deps, backend, session, request, pulled) {
	try {
		return await checkTogether(deps, backend, session, request, pulled);
	} catch (error) {
		await reportRefused(deps, backend, error, pulled.state?.object);
		throw error;
	}
}
async function checkTogether(deps, backend, session, request, { state, fingerprint }) {
	const { gates, planToApply, planTtlMs: ttlMs } = request;
	const current = state?.object;
	const { address } = backend;
	const facts = {
		address,
		fingerprint,
		header: state?.valid.header,
		current
	};
	if (planToApply === void 0) {
		refuse(backend, checkGates(gates, {
			...facts,
			changes: request.changes
		}));
		return;
	}
	const { reference, allowsOtherCommit } = planToApply;
	const plan = await findPlan(backend, reference);
	const refusals = await refusePlan(deps, backend, plan, {
		...await readPlannedCode(deps.env, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env), session.module?.directory),
		fingerprint,
		allowsOtherCommit,
		ttlMs
	}, current);
	const unknown = request.changes === void 0 ? refuseUnknownChanges(plan, gates) : [];
	const changes = request.changes ?? plan.record.changes?.changes;
	refuse(backend, [
		...refusals,
		...unknown,
		...checkGates(gates, {
			...facts,
			changes
		})
	]);
	return await fetchForJob(deps, backend, session, plan);
}
async function fetchForJob({ runner, clock }, backend, { privateDirectory }, plan) {
	const { planId, record } = plan;
	const path = (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(privateDirectory, "plan", "tfplan");
	await fetchCheckedPlan(backend, plan, path);
	runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describePlan)(planId, record, clock.now()));
	return {
		planId,
		record,
		path
	};
}
async function handOverPlan(deps, session, request, pulled, checked) {
	const { planToStore, planToApply } = request;
	if (planToStore !== void 0) {
		savePlan(deps, await describeMadePlan(deps, session, planToStore, request, pulled));
		return {
			plan_id: planToStore.planId,
			plan_path: ""
		};
	}
	if (checked === void 0) return {
		plan_id: "",
		plan_path: ""
	};
	const path = planToApply?.path ?? checked.path;
	if (path !== checked.path) await installForJob(deps, checked, path);
	else savePlan(deps, {
		kind: "apply",
		planId: checked.planId,
		path
	});
	return {
		plan_id: checked.planId,
		plan_path: path
	};
}
async function describeMadePlan(deps, session, { planId, path }, { planJson, planTtlMs, stale }, { state, fingerprint }) {
	const job = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env);
	const markBefore = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.markPlanFile)(path);
	const origin = await readPlanOrigin(deps.env, job, session.module?.directory);
	const written = state?.object.provenance;
	return {
		kind: "store",
		planId,
		path,
		jsonPath: planJson,
		markBefore,
		ttlMs: planTtlMs,
		workspaceRoot: job.workspace,
		origin,
		fingerprint,
		terraformVersion: state?.valid.header.terraformVersion,
		lastWrite: state && (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toLastWrite)(state.object),
		codeOfLastWrite: await findCodeOfLastWrite(deps, written, origin.commit, stale.github)
	};
}
async function installForJob(deps, { planId, path: from }, path) {
	savePlan(deps, {
		kind: "apply",
		planId,
		path
	});
	try {
		await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.installPlan)(from, path, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env).workspace);
	} catch (error) {
		deps.runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.plan, "");
		if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.PlanPathTaken)) throw error;
		throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.InputError([{
			input: "plan_path",
			value: path,
			fix: "something now exists there, or its folder changed while this step ran: choose another path"
		}]);
	}
}
function savePlan({ runner }, plan) {
	runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.plan, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.serializeState)(plan));
}
// lib/inputs/single-state-inputs.js
const OF_ONE_STATE = new Map([
	["plan", "none"],
	["plan_file", void 0],
	["plan_name", void 0],
	["plan_path", void 0],
	["plan_json", void 0],
	...Object.entries(GATE_DEFAULTS).filter(([name]) => !GATES_OF_EACH_STATE.includes(name)),
	["allow_destroy", void 0]
]);
const REPLACED_INPUTS = [
	"key",
	"keys",
	"working_directory",
	...OF_ONE_STATE.keys()
];
function rejectSingleStateInputs(reader) {
	const keys = reader.text("keys");
	if (keys !== void 0) reader.reject("keys", keys.split("\n")[0], "give keys or states, not both");
	const directory = reader.text("working_directory");
	if (directory !== void 0) reader.reject("working_directory", directory, "with states, write it in the lines: working_directory=PATH after each key");
	for (const [name, none] of OF_ONE_STATE) {
		const value = none === void 0 ? reader.text(name) : reader.gate(name, none);
		const fix = "it works with one state only: remove it, or hold that state in its own step (key)";
		if (value !== void 0) reader.reject(name, value, fix);
	}
	if (reader.text("lock") === "guard") reader.reject("lock", "guard", "with states, use hold or none, or name one state with key");
}
// lib/steps/main/find-module.js
async function findModule(env, job) {
	const reader = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createInputReader)(env);
	const given = reader.text("working_directory");
	if (given === void 0) return void 0;
	const directory = (0,node_path__WEBPACK_IMPORTED_MODULE_4__.resolve)(job.workspace, given);
	const dataDirectory = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findDataDirectory)(directory, env);
	const module = {
		directory,
		dataDirectory,
		selectedBefore: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.locateInCheckout)(job.workspace, dataDirectory).kind !== "leads out" ? await readSelection(directory, dataDirectory) : void 0
	};
	const fix = whyOther(reader.text("workspace"), reader.environment("TF_WORKSPACE"), module);
	return {
		module,
		problems: fix === void 0 ? [] : [{
			input: "workspace",
			value: reader.text("workspace"),
			fix
		}]
	};
}
async function readSelection(directory, dataDirectory) {
	try {
		return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.selectedBeforeUs)(directory, dataDirectory);
	} catch {
		return;
	}
}
function withSelection(env, given, module) {
	const reader = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createInputReader)(env);
	const isNamed = (reader.text("workspace") ?? reader.environment("TF_WORKSPACE")) !== void 0;
	const text = module?.selectedBefore;
	if (isNamed || module === void 0 || text === void 0) return given;
	const from = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.selectionPath)(module.dataDirectory);
	return {
		...given,
		settings: new Map(given.settings).set("workspace", {
			text,
			from,
			isQuotable: true
		})
	};
}
function whyOther(asked, variable, { directory, selectedBefore }) {
	if (asked === void 0 || variable === asked) return void 0;
	if (variable !== void 0) return `TF_WORKSPACE is ${variable}, and Terraform in later steps obeys it: remove one of them, or make them the same`;
	if (selectedBefore === void 0 || (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isSelected)(selectedBefore, asked)) return void 0;
	return `${directory} has the workspace ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.quoteShortly)(selectedBefore)} selected, which may be the one that the job needs: remove the input, or run terraform workspace select ${asked} before this step`;
}
// lib/steps/main/job-inputs.js
async function readJobInputs(deps, job) {
	const findings = await findModule(deps.env, job);
	const { given, region } = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readActionSettings)(deps, job, (settings) => withSelection(deps.env, settings, findings?.module));
	const { inputs, problems } = readHoldInputs({
		env: deps.env,
		job,
		profileRegion: region,
		given
	});
	const plan = await readPlan(inputs);
	const planProblems = plan?.kind === "invalid" ? [planProblem(inputs.planJson, plan.detail)] : [];
	const news = [...await problemsOnDisk(job, inputs, findings), ...planProblems].filter(({ fix }) => problems.every((problem) => problem.fix !== fix));
	if (problems.length + news.length > 0) throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.InputError([...problems, ...news]);
	const { key, workspaceKeyPrefix } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readLocation)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createInputReader)(deps.env, given));
	const planned = plan?.kind === "plan" ? plan.changes : void 0;
	return {
		...inputs,
		planned,
		module: findings?.module,
		paths: {
			key,
			workspaceKeyPrefix
		}
	};
}
async function readPlan({ gates, planJson }) {
	return gates.destroy === void 0 || planJson === void 0 ? void 0 : await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readPlanJson)(planJson);
}
function planProblem(value, detail) {
	return {
		input: "plan_json",
		value,
		fix: `${detail}. Create it before this step with "terraform show -json PLAN"`
	};
}
async function problemsOnDisk({ workspace: workspaceRoot }, { workingDirectory, pull, backend, planToApply }, findings) {
	const problems = [...findings?.problems ?? []];
	const name = (fix) => ({
		input: "working_directory",
		value: workingDirectory ?? findings?.module.directory,
		fix
	});
	if (findings !== void 0) {
		const { directory, dataDirectory } = findings.module;
		const module = {
			directory,
			dataDirectory,
			workspaceRoot
		};
		const found = workingDirectory === void 0 ? [(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.escapeProblem)(module)] : await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.checkWorkingDirectory)(module);
		problems.push(...found.filter((fix) => fix !== void 0).map(name));
	}
	const atPath = planToApply?.path && await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.planPathProblem)(planToApply.path, workspaceRoot);
	if (atPath) problems.push({
		input: "plan_path",
		value: planToApply.path,
		fix: atPath
	});
	const inTheWay = pull ? await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateDirectoryProblem)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateDirectoryFor)(backend)) : void 0;
	if (inTheWay !== void 0) problems.push(name(inTheWay));
	return problems;
}
// lib/steps/main/read-states.js
const RULES = {
	settings: ["workspace", "working_directory"],
	most: 20
};
async function readStatesInputs(deps, job) {
	const reader = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createInputReader)(deps.env);
	const lines = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStateLines)(reader, "states", RULES) ?? [];
	(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.rejectKeyBeside)(reader, deps.env, "states");
	rejectSingleStateInputs(reader);
	const read = [];
	for (const line of lines) read.push(await readLine(deps, job, line));
	const problems = [
		...reader.problems,
		...mergeProblems(read),
		...findCoincidences(read)
	];
	const states = read.flatMap(({ line: { name }, inputs }) => inputs === void 0 ? [] : [{
		name,
		inputs
	}]);
	if (problems.length > 0 || states.length < lines.length) throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.InputError(problems);
	return {
		states,
		warnings: [...new Set(states.flatMap(({ inputs }) => inputs.warnings))]
	};
}
async function readLine({ env, runner }, job, line) {
	try {
		return {
			line,
			inputs: await readJobInputs({
				env: buildEnvironment(env, line),
				runner: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.labelRunner)(runner, line.name)
			}, job),
			problems: []
		};
	} catch (error) {
		if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.InputError)) throw error;
		return {
			line,
			inputs: void 0,
			problems: error.problems.map((problem) => nameLine(problem, line))
		};
	}
}
function buildEnvironment(env, { key, workspace, workingDirectory }) {
	const none = REPLACED_INPUTS.map((name) => [(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.inputVariable)(name), void 0]);
	const given = Object.entries({
		key,
		workspace,
		working_directory: workingDirectory
	}).flatMap(([name, value]) => value === void 0 ? [] : [[(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.inputVariable)(name), value]]);
	return {
		...env,
		...Object.fromEntries(none),
		...Object.fromEntries(given)
	};
}
function nameLine(problem, line) {
	const { input, fix } = problem;
	return input === "key" || input === "workspace" && line.workspace !== void 0 || input === "working_directory" && line.workingDirectory !== void 0 ? {
		input: "states",
		value: line.text,
		fix: `${input}: ${fix}`
	} : problem;
}
function mergeProblems(read) {
	const merged = /* @__PURE__ */ new Map();
	const isOfAll = (text) => read.every(({ problems }) => problems.some((problem) => JSON.stringify(problem) === text));
	for (const { line, problems } of read) for (const problem of problems) {
		const text = JSON.stringify(problem);
		const isClear = problem.input === "states" || isOfAll(text);
		const fix = `${problem.fix} (for the state ${line.name})`;
		merged.set(isClear ? text : `${text} ${line.name}`, isClear ? problem : {
			...problem,
			fix
		});
	}
	return [...merged.values()];
}
function findCoincidences(read) {
	const values = (pick) => read.map((one) => ({
		line: one.line,
		value: one.inputs && pick(one.inputs)
	}));
	const states = values(({ backend }) => backend.address.lockPath);
	const directories = values(({ workingDirectory }) => workingDirectory);
	const dataDirectories = values(({ workingDirectory, module }) => workingDirectory && module?.dataDirectory);
	const explainDirectory = ({ name }, path) => `it has the working directory of ${name}, ${path}: each state needs its own`;
	const explainDataDirectory = ({ name }, path) => `it has the data directory of Terraform of ${name}, ${path}: each state needs its own`;
	const problems = [
		...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findRepeatedStates)("states", states),
		...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findShared)("states", directories, explainDirectory),
		...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findShared)("states", dataDirectories, explainDataDirectory)
	];
	return problems.filter(({ value }, i) => problems.findIndex((other) => other.value === value) === i);
}
// lib/steps/main/report-result.js
function toSuccessCode({ mode, pull, lock }) {
	if (mode === "guard") return "watching";
	if (mode === "none") return "pulled";
	if (!pull) return "locked";
	return lock === void 0 ? "held_unlocked" : "held";
}
const MOST_DESTROYS = 100;
function describeEnd(held, pages) {
	const { code, times } = held;
	return {
		code,
		details: {
			...describeHeld(held, pages),
			...describeWait(times?.waitedMs)
		},
		outputs: {},
		summary: void 0,
		problem: void 0
	};
}
function describeHeld({ address, lockId, times, broken, fingerprint }, pages) {
	const lock = lockId === void 0 ? null : {
		id: lockId,
		...describeWait(times?.waitedMs ?? 0)
	};
	return {
		...address === void 0 ? {} : { state: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateJson)(address) },
		lock,
		...tookOver(broken, pages),
		...fingerprint === void 0 ? {} : { fingerprint }
	};
}
function describeWait(waitedMs) {
	return waitedMs === void 0 ? {} : { waited_seconds: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toWholeSeconds)(waitedMs) };
}
function longestWait(locks) {
	const waits = locks.flatMap((times) => times === void 0 ? [] : [times.waitedMs]);
	return waits.length === 0 ? void 0 : Math.max(...waits);
}
function describeStatesEnd(states, pages) {
	const details = {
		states: states.map((state) => ({
			name: state.name,
			...describeHeld(state, pages)
		})),
		...describeWait(longestWait(states.map(({ times }) => times)))
	};
	const outputs = Object.fromEntries(states.map(({ name, outputs }) => [name, toJson(outputs)]));
	return {
		code: commonCode(states),
		details,
		outputs: { states: JSON.stringify(outputs) },
		summary: void 0,
		problem: void 0
	};
}
function commonCode(states) {
	const codes = states.map(({ code }) => code);
	return codes.find((code) => code === "held_unlocked") ?? codes[0] ?? "held";
}
function toJson(outputs) {
	const { state_exists: isThere } = outputs;
	return isThere === void 0 ? outputs : {
		...outputs,
		state_exists: isThere === "true"
	};
}
function describeHoldFailure(error, { broken, waitedMs }, pages) {
	const first = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.firstCause)(error);
	const details = {
		...describeDetails(first),
		...describeWait(findWaitedMs(first) ?? waitedMs),
		...describeGates(error),
		...tookOver(broken, pages)
	};
	return {
		code: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toReasonCode)(error),
		details
	};
}
function tookOver([first], pages) {
	return first === void 0 ? {} : { took_over: holderOrNull(first.holder, pages) };
}
function describeDetails(error) {
	if (error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.LockedError) return describeLocked(error);
	if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError)) return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.refusedInputs)(error);
	const { details, scope } = error;
	const state = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateJson)(scope.address);
	if (details.reason !== "frozen") return { state };
	const { holder, freeze } = details;
	return {
		state,
		holder: holderOrNull(holder, scope),
		freeze: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.freezeJson)(freeze, scope)
	};
}
function describeLocked({ details, scope }) {
	const { holder, finding } = details;
	const known = holderOrNull(holder, scope);
	const stale = {
		stale: finding?.stale ?? null,
		...finding && { why: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeFinding)(finding) }
	};
	return {
		state: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateJson)(scope.address),
		holder: known && {
			...known,
			...stale
		}
	};
}
function describeGates(error) {
	const refusals = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listCauses)(error).flatMap((cause) => cause instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError ? [cause.details] : []).filter((one) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isGateRefusal)(one) || (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isPlanRefusal)(one));
	if (refusals.length === 0) return {};
	const described = { gates: refusals.map(({ reason }) => reason) };
	for (const refusal of refusals) {
		if (refusal.reason === "fingerprint_mismatch") described.fingerprint = refusal.actual;
		if ("planId" in refusal) described.plan = refusal.planId;
		if (refusal.reason === "plan_stale") described.fingerprint = refusal.fingerprint;
		if (refusal.reason === "destroy_forbidden") described.destroys = refusal.changes.slice(0, MOST_DESTROYS).map(({ address }) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(address));
	}
	return described;
}
function holderOrNull(holder, pages) {
	return holder?.info === void 0 ? null : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.holderJson)(holder, pages);
}
// lib/steps/main/roll-back.js
async function rollBack(deps, backend, attempt, error) {
	const releaseErrors = await undoAttempt(deps, backend, attempt);
	if (releaseErrors.length === 0) return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.markFreed)(error);
	if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isRollbackError)(error)) return error;
	return new AggregateError([error, ...releaseErrors], "the step failed, and so did its release");
}
async function undoAttempt(deps, backend, attempt) {
	const { session } = attempt;
	const { privateDirectory, stateDirectory } = session;
	const releaseErrors = [];
	deps.runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.pulled, "");
	const warnings = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.removeStateDirectory)(stateDirectory, privateDirectory);
	try {
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.allowCleanup)(deps, backend, "release");
		await releaseQuietly(deps, backend, attempt);
	} catch (releaseError) {
		releaseErrors.push(releaseError);
	}
	if (attempt.stores !== void 0) await leave(deps.runner, attempt.stores);
	const preparation = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toPreparation)(session);
	if (preparation !== void 0) warnings.push(...await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.restoreWorkingDirectory)(preparation));
	warnings.push(...await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.removePrivateDirectory)(privateDirectory));
	for (const warning of warnings) deps.runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.fileWarningText)(warning));
	return releaseErrors;
}
async function releaseQuietly({ runner }, backend, { session: { lock }, lockStatus, stores: lockStores }) {
	if (lockStores === void 0 || lock === void 0 || lockStatus === "none") return;
	if (lockStatus === "trying" && !lockStores.mayBeOurs()) {
		runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.lock, "none");
		return;
	}
	let outcome;
	try {
		outcome = await (lockStatus === "held" ? lockStores.release(lock.info) : lockStores.giveBack(lock.info));
	} catch (cause) {
		throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
			reason: lockStatus === "held" ? "release_failed" : "release_unsure",
			info: lock.info,
			cause
		}, backend);
	}
	if (outcome.kind === "released") runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.releasedLine)(void 0));
	const maybeLate = lockStatus === "trying" && lockStores.mayBeOurs();
	if (outcome.kind !== "gone" && !maybeLate) runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.lock, "none");
}
// lib/steps/main/start-checkpointer.js
async function startCheckpointer(deps, { session, times }, pulled) {
	if (session.mode !== "hold" || session.lock === void 0 || session.checkpointMs === 0) return;
	try {
		await (0,_start_checkpointer_process_js__WEBPACK_IMPORTED_MODULE_1__/* .startCheckpointerProcess */ .P)(deps, {
			session,
			times,
			pulled
		});
	} catch (error) {
		deps.runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.checkpointerNotStartedText)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, deps.clock.now())));
	}
}
// lib/steps/main/hold-states.js
function createHoldStatesAction(others, pages) {
	const progress = {
		broken: [],
		waitedMs: void 0
	};
	return {
		secretInputs: ["github_token"],
		readInputs: readStatesInputs,
		work: (deps, inputs, job) => holdStates(deps, others, inputs, job, progress),
		describeEnd: (states) => describeStatesEnd(states, pages),
		describeFailure: (error) => describeHoldFailure(error, progress, pages)
	};
}
async function holdStates(deps, others, { states }, job, progress) {
	(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.saveStateNames)(deps.runner, states.map(({ name }) => name));
	const holdings = [];
	try {
		for (const [i, { name, inputs }] of states.entries()) {
			const holding = await openHolding((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.dependenciesForState)(deps, i, name), job, inputs);
			holdings.push({
				...holding,
				name
			});
		}
		await takeAll(deps, holdings);
		return holdings.map(toNamedState);
	} catch (error) {
		throw await rollBackAll(deps, others, holdings, error);
	} finally {
		progress.broken = holdings.flatMap(({ attempt }) => attempt.broken);
		progress.waitedMs = longestWait(holdings.map(({ attempt }) => attempt.times));
		await Promise.all(holdings.map(closeHolding));
	}
}
async function takeAll(deps, holdings) {
	const { runner } = deps;
	await runner.group("Lock the states", async () => {
		await forAll(deps, holdings, ({ backend }) => backend.aws.signIn());
		await lockAll(deps, holdings);
	});
	await runner.group("Pull the states", () => forAll(deps, holdings, pull));
	for (const holding of holdings) await orFailed(holding, () => giveToJob(holding));
	await Promise.all(holdings.map(({ deps: own, attempt, pulled }) => startCheckpointer(own, attempt, pulled && pulledFacts(pulled))));
}
async function lockAll({ clock }, holdings) {
	const startedAt = clock.monotonic();
	const inOrder = holdings.toSorted((one, other) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.compareLockPaths)(one.backend.address, other.backend.address));
	for (const holding of inOrder) {
		const waitedBeforeMs = clock.monotonic() - startedAt;
		const wait = {
			...holding.inputs,
			waitedBeforeMs
		};
		await orFailed(holding, async () => {
			await lockState(holding, wait);
			await throwIfRefused(holding.deps, holding.attempt);
		});
	}
}
async function pull(holding) {
	const { deps, backend, attempt, inputs } = holding;
	const { session } = attempt;
	if (!session.pull) return await checkLockedState(holding);
	const pulled = await pullState(holding);
	await checkGatesAndPlan(deps, backend, session, {
		...inputs,
		changes: void 0
	}, pulled);
	holding.pulled = pulled;
}
async function giveToJob(holding) {
	const { deps, backend, attempt, pulled } = holding;
	holding.outputs = pulled === void 0 ? handOverLock(deps, attempt) : await handOver(deps, backend, attempt, pulled);
}
function toNamedState({ name, attempt, backend, pulled, outputs = {} }) {
	const { session, times, broken } = attempt;
	return {
		name,
		outputs,
		address: backend.address,
		code: toSuccessCode(session),
		lockId: session.lock?.id,
		times,
		broken,
		fingerprint: pulled?.fingerprint
	};
}
var StatesFailed = class extends Error {
	name = "StatesFailed";
	failures;
	constructor(failures) {
		super(failures.map(({ holding }) => holding.name).join(", "));
		this.failures = failures;
	}
};
async function orFailed(holding, work) {
	try {
		await work();
	} catch (error) {
		throw new StatesFailed([{
			holding,
			error
		}]);
	}
}
async function forAll({ signal }, holdings, work) {
	const ends = await Promise.allSettled(holdings.map(work));
	signal.throwIfAborted();
	const failures = holdings.flatMap((holding, i) => {
		const end = ends[i];
		return end?.status === "rejected" ? [{
			holding,
			error: end.reason
		}] : [];
	});
	if (failures.length > 0) throw new StatesFailed(failures);
}
async function rollBackAll({ clock }, others, holdings, error) {
	const failures = error instanceof StatesFailed ? error.failures : [];
	const ends = await Promise.all(holdings.map(async (holding) => {
		const { deps, backend, attempt } = holding;
		const own = failures.find((failure) => failure.holding === holding);
		if (own === void 0) return {
			holding,
			errors: await undoAttempt(deps, backend, attempt)
		};
		return {
			holding,
			errors: [await rollBack(deps, backend, attempt, own.error)]
		};
	}));
	const [first] = failures;
	if (first === void 0) return joinErrors([error, ...ends.flatMap(({ errors }) => errors)], clock.now());
	const why = ends.filter(({ holding }) => holding === first.holding);
	const besides = ends.filter(({ holding }) => holding !== first.holding);
	const errors = [...why, ...besides].flatMap((end) => end.errors);
	return await explainRefusal(others, first.holding, joinErrors(errors, clock.now()));
}
function joinErrors(errors, now) {
	const [first, ...others] = new Map(errors.map((error) => [(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, now), error])).values();
	return others.length === 0 ? first : new AggregateError([first, ...others], "several states failed");
}
// lib/steps/main/hold.js
function hold(deps, others) {
	const { serverUrl: githubServer } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env);
	const pages = { githubServer };
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createInputReader)(deps.env).text("states") === void 0 ? (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runAction)(deps, createHoldAction(others, pages)) : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runAction)(deps, createHoldStatesAction(others, pages));
}
function createHoldAction(others, pages) {
	const progress = {
		broken: [],
		waitedMs: void 0
	};
	return {
		secretInputs: ["github_token"],
		readInputs: readJobInputs,
		work: (deps, inputs, job) => holdState(deps, others, inputs, job, progress),
		describeEnd: (held) => describeEnd(held, pages),
		describeFailure: (error) => describeHoldFailure(error, progress, pages)
	};
}
async function holdState(deps, others, inputs, job, progress) {
	const holding = await openHolding(deps, job, inputs);
	const { backend, attempt } = holding;
	try {
		return await take(holding, others);
	} catch (error) {
		throw await explainRefusal(others, holding, await rollBack(deps, backend, attempt, error));
	} finally {
		progress.broken = attempt.broken;
		progress.waitedMs = attempt.times?.waitedMs;
		await closeHolding(holding);
	}
}
async function take(holding, others) {
	const { deps, backend, attempt, inputs } = holding;
	const { session } = attempt;
	const nothing = {
		address: session.guardedStates === void 0 ? backend.address : void 0,
		lockId: void 0,
		times: void 0,
		broken: [],
		fingerprint: void 0
	};
	if (session.mode === "guard") {
		await others.startLockCleanup(deps, backend, session, inputs);
		return {
			...nothing,
			code: "watching"
		};
	}
	const lock = () => lockState(holding);
	await (session.mode === "none" ? lock() : deps.runner.group("Lock the state", lock));
	const { broken, times } = attempt;
	const code = toSuccessCode(session);
	const locked = {
		...nothing,
		lockId: session.lock?.id,
		times,
		broken,
		code
	};
	if (!session.pull) {
		await checkLockedState(holding);
		setOutputs(holding, handOverLock(deps, attempt));
		await startCheckpointer(deps, attempt, void 0);
		return locked;
	}
	const pulled = await deps.runner.group("Pull the state", () => pullState(holding));
	const request = {
		...inputs,
		changes: inputs.planned
	};
	const plan = await checkGatesAndPlan(deps, backend, session, request, pulled);
	setOutputs(holding, await handOver(deps, backend, attempt, pulled));
	setOutputs(holding, await handOverPlan(deps, session, request, pulled, plan));
	await startCheckpointer(deps, attempt, pulledFacts(pulled));
	return {
		...locked,
		fingerprint: pulled.fingerprint
	};
}
function setOutputs({ deps: { runner } }, outputs) {
	for (const [name, value] of Object.entries(outputs)) runner.output(name, String(value));
}
// lib/main.js
const others = {
	startLockCleanup: async (...args) => {
		const { startLockCleanup } = await __webpack_require__.e(/* import() */ 287).then(__webpack_require__.bind(__webpack_require__, 8287));
		await startLockCleanup(...args);
	},
	explainAccess: async (...args) => {
		const { explainAccess } = await Promise.all(/* import() */[__webpack_require__.e(777), __webpack_require__.e(282)]).then(__webpack_require__.bind(__webpack_require__, 3282));
		return await explainAccess(...args);
	}
};
const runMain = (deps) => hold({
	...deps,
	connectGitHub: _shared_js__WEBPACK_IMPORTED_MODULE_0__.connectGitHub
}, others);
const main = () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runStep)(runMain, {
	graceMs: 0,
	totalMs: void 0,
	tryForMs: _shared_js__WEBPACK_IMPORTED_MODULE_0__.TRY_FOR_MS
}, { sharesCode: true });



/***/ }),

/***/ 3264:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P: () => (/* binding */ startCheckpointerProcess)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);

// lib/job-processes/start-checkpointer-process.js
async function startCheckpointerProcess(deps, held) {
	const { runner, env, processes } = deps;
	const args = [held.session.privateDirectory, String(processes.parent ?? "")];
	const input = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.checkpointerHandOver)(env, held);
	const pid = await processes.start("checkpointer", {
		args,
		env: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.checkpointerEnvironment)(env),
		input
	});
	runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.checkpointer, String(pid));
}



/***/ })

};
