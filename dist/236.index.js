export const id = 236;
export const ids = [236];
export const modules = {

/***/ 6236:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   workspaces: () => (/* binding */ workspaces)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7598);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6760);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(1455);




// lib/backend/state/list-workspaces.js
async function listWorkspaces(backend, paths) {
	const prefix = paths.workspaceKeyPrefix === "" ? "" : `${paths.workspaceKeyPrefix}/`;
	return await collectWorkspaces((after) => listAfter(backend, prefix, after), prefix, paths.key);
}
async function collectWorkspaces(list, prefix, key) {
	const found = [];
	let after;
	for (;;) {
		const { keys, isLast } = await list(after);
		for (const objectKey of keys) {
			const name = parseWorkspace(objectKey, prefix, key);
			if (name !== void 0 && name !== "default") found.push(name);
		}
		const last = keys.at(-1);
		if (isLast || last === void 0 || after !== void 0 && compareBytes(last, after) <= 0) break;
		after = skipFrom(last, prefix, key);
	}
	return [_shared_js__WEBPACK_IMPORTED_MODULE_0__.DEFAULT_WORKSPACE, ...found.toSorted(compareBytes)];
}
function parseWorkspace(objectKey, prefix, key) {
	if (!objectKey.startsWith(prefix)) return void 0;
	const slash = objectKey.indexOf("/", prefix.length);
	if (slash <= prefix.length) return void 0;
	return objectKey.slice(slash + 1) === key ? objectKey.slice(prefix.length, slash) : void 0;
}
function skipFrom(last, prefix, key) {
	const slash = last.indexOf("/", prefix.length);
	if (slash <= prefix.length) return last;
	const state = `${last.slice(0, slash + 1)}${key}`;
	if (compareBytes(last, state) >= 0) return `${last.slice(0, slash)}0`;
	const before = justBefore(state);
	return compareBytes(before, last) > 0 ? before : last;
}
function justBefore(text) {
	const code = text.charCodeAt(text.length - 1);
	return code > 33 && code < 127 ? `${text.slice(0, -1)}${String.fromCharCode(code - 1)}` : "";
}
function compareBytes(one, other) {
	return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
async function listAfter(backend, prefix, after) {
	const page = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listPage)(backend, prefix, { StartAfter: after });
	return {
		keys: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.keysOfPage)(page),
		isLast: page.IsTruncated !== true
	};
}
// lib/messages/workspaces-text.js
const MOST_SHOWN = 20;
function workspaceLine(end, scope) {
	const name = `Workspace ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(scope.address.workspace)}`;
	const state = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope);
	switch (end) {
		case "created": return `${name} was created with an empty state: ${state}.`;
		case "exists": return `${name} already exists: ${state}.`;
		case "deleted": return `${name} was deleted with its state ${state}, its digest and its published outputs.`;
		case "missing": return `${name} has no state at ${state}: there is nothing to delete.`;
	}
}
function plansDeletedLine(scope, plans) {
	return `Deleted ${plans === 1 ? "one plan" : `${plans} plans`} of workspace ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(scope.address.workspace)} in ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)}.plans/: they no longer fit any state.`;
}
function listedLine(names, bucket) {
	const shown = names.slice(0, MOST_SHOWN).map(_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain).join(", ");
	const more = names.length > MOST_SHOWN ? `, and ${names.length - MOST_SHOWN} more` : "";
	return `${names.length === 1 ? "One workspace" : `${names.length} workspaces`} in bucket ${bucket}: ${shown}${more}.`;
}
function explainNotEmpty(scope, addresses) {
	const name = `Workspace ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(scope.address.workspace)}`;
	const force = "Or set force: true. Then nothing manages them any more.";
	if (addresses === void 0) return [`${name} was not deleted: the action can't tell what its state ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} manages.`, "Set force: true to delete it anyway."].join("\n");
	const shown = addresses.slice(0, MOST_SHOWN).map((address) => `  ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(address)}`);
	const more = addresses.length - shown.length;
	return [
		`${name} was not deleted: its state ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} still manages ${count(addresses.length)}.`,
		...shown,
		...more > 0 ? [`  and ${more} more`] : [],
		`Destroy them first, with terraform destroy in that workspace. ${force}`
	].join("\n");
}
function count(resources) {
	return resources === 1 ? "one resource" : `${resources} resources`;
}
function renderWorkspaces(title, rows) {
	return [
		`### ${title}`,
		"",
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlTable)(rows.map(([name, text]) => [name, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(text)])),
		""
	].join("\n");
}
// lib/backend/state/delete-state.js
async function deleteState(backend, held) {
	const { aws, table, address } = backend;
	await held?.verify();
	if (table !== void 0) await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.deleteDigest)(aws, table, address.digestPath);
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.deleteObject)(backend, address.objectKey);
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.deleteObject)(backend, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.publishedOutputsKey)(address));
}
// lib/steps/workspaces/refusal.js
var WorkspaceRefused = class extends _shared_js__WEBPACK_IMPORTED_MODULE_0__.CodedError {
	name = "WorkspaceRefused";
};
// lib/steps/workspaces/delete-workspace.js
async function deleteWorkspace(deps, backend, job, { force, lockTimeoutMs }) {
	return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.underLock)(deps, backend, {
		job,
		operation: "workspace-delete",
		lockTimeoutMs
	}, async (held) => {
		const state = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.inspectState)(backend);
		if (state !== void 0 && !force) requireEmpty(backend, state);
		if (state !== void 0) await keepState(deps, backend, job, state);
		await deleteState(backend, held);
		const plans = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.deleteAllPlans)(backend);
		return {
			kind: state === void 0 ? "missing" : "deleted",
			plans
		};
	});
}
async function keepState(deps, backend, job, state) {
	const { inspection } = state.facts;
	if (isEmptyObject(inspection)) return;
	const directory = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.makePrivateDirectory)(job);
	try {
		const snapshot = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeReplacedState)(state, inspection.header.serial ?? 0n, (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(directory, "state"));
		if (snapshot === void 0 || await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.keepReplacedState)(deps, backend, snapshot) === "kept") return;
		const current = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lookUpObject)(backend, backend.address.objectKey);
		throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
			reason: "state_conflict",
			expectedEtag: snapshot.etag,
			current
		}, backend);
	} finally {
		await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.removePrivateDirectory)(directory);
	}
}
function isEmptyObject(inspection) {
	return inspection.kind === "invalid" && inspection.problem === "empty";
}
function requireEmpty(backend, { facts: { inspection } }) {
	if (isEmptyObject(inspection)) return;
	const resources = inspection.kind === "state" ? inspection.resources : void 0;
	if (resources?.size === 0) return;
	throw new WorkspaceRefused("workspace_not_empty", explainNotEmpty(backend, resources && [...resources.keys()]));
}
// lib/statefile/empty-state.js
const TERRAFORM_VERSION = "1.0.0";
function printEmptyState(lineage) {
	return `${JSON.stringify({
		version: 4,
		terraform_version: TERRAFORM_VERSION,
		serial: 1,
		lineage,
		outputs: {},
		resources: [],
		check_results: null
	}, null, 2)}\n`;
}
// lib/steps/workspaces/new-workspace.js
async function newWorkspace(deps, backend, job, lockTimeoutMs) {
	const directory = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.makePrivateDirectory)(job);
	try {
		return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.underLock)(deps, backend, {
			job,
			operation: "workspace-new",
			lockTimeoutMs
		}, async (held) => {
			if (await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lookUpObject)(backend, backend.address.objectKey) !== void 0) return "exists";
			await writeEmptyState(backend, held, job, (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(directory, "state"));
			return "created";
		});
	} finally {
		await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.removePrivateDirectory)(directory);
	}
}
async function writeEmptyState(backend, held, job, path) {
	await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_3__.writeFile)(path, printEmptyState((0,node_crypto__WEBPACK_IMPORTED_MODULE_1__.randomUUID)()), { mode: 384 });
	const facts = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.hashAndInspectFile)(path);
	if (facts === void 0) throw new Error(`${path} is gone`);
	const provenance = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeProvenance)(job, {
		lock: held,
		backend
	}, { facts });
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pushWithDigest)(backend, held, {
		path,
		facts,
		provenance,
		expectedEtag: void 0
	});
}
// lib/steps/workspaces/report-workspaces.js
const TITLES = {
	created: "\u2705 Workspace created",
	exists: "\u2705 Workspace exists",
	deleted: "\u2705 Workspace deleted",
	missing: "\u2705 No such workspace"
};
function describeEnd(end) {
	const { scope } = end;
	const code = end.kind;
	if (end.kind === "listed") {
		const { names } = end;
		const { bucket } = scope.address;
		return {
			code,
			details: {
				bucket,
				workspaces: names
			},
			outputs: { workspaces: JSON.stringify(names) },
			summary: void 0,
			problem: void 0
		};
	}
	const { workspace } = scope.address;
	const rows = [["Workspace", workspace], ["State", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)]];
	const plans = "plans" in end ? end.plans : 0;
	if (plans > 0) rows.push(["Plans deleted", String(plans)]);
	const state = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateJson)(scope.address);
	return {
		code,
		details: "plans" in end ? {
			state,
			plans_deleted: plans
		} : { state },
		outputs: {},
		summary: () => renderWorkspaces(TITLES[end.kind], rows),
		problem: void 0
	};
}
function describeWorkspacesFailure(error) {
	const cause = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.firstCause)(error);
	if (cause instanceof WorkspaceRefused) return {
		code: cause.code,
		details: {}
	};
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeStateFailure)(error);
}
// lib/steps/workspaces/workspaces-inputs.js
const USES = {
	list: "workspace_list",
	new: "workspace_new",
	delete: "workspace_delete"
};
function readWorkspacesInputs(sources) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStateInputs)(sources, (reader, { settings }) => {
		const kind = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readCommand)(reader, "command", [
			"list",
			"new",
			"delete"
		], "list");
		const command = readArguments(reader, kind);
		if (kind !== "list") rejectDefault(reader, kind, settings);
		const { key, workspaceKeyPrefix } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readLocation)(reader);
		const queues = command.kind !== "list" && command.lockTimeoutMs > 0;
		return {
			own: {
				paths: {
					key,
					workspaceKeyPrefix
				},
				command
			},
			use: USES[kind],
			policy: { queues }
		};
	});
}
function readArguments(reader, kind) {
	const lockTimeoutMs = reader.duration("lock_timeout") ?? 0;
	const force = reader.boolean("force") ?? false;
	if (kind === "new") return {
		kind,
		lockTimeoutMs
	};
	if (kind === "delete") return {
		kind,
		lockTimeoutMs,
		force
	};
	return {
		kind,
		include: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readList)(reader, "include"),
		exclude: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readList)(reader, "exclude")
	};
}
function rejectDefault(reader, kind, { address: { workspace } }) {
	if (workspace !== "default") return;
	const what = kind === "new" ? "always exists" : "can't be deleted";
	reader.reject("workspace", workspace, `name another workspace: default ${what}`);
}
// lib/steps/workspaces/workspaces.js
function workspaces$1(deps) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runAction)(deps, WORKSPACES);
}
const WORKSPACES = {
	secretInputs: [],
	readInputs: (deps, job) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readActionInputs)(deps, job, readWorkspacesInputs),
	work: async (deps, inputs, job) => {
		return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withBackend)(deps, inputs.backend, async (backend) => {
			return await work(deps, backend, inputs, job);
		});
	},
	describeEnd,
	describeFailure: describeWorkspacesFailure
};
async function work(deps, backend, { command, paths }, job) {
	const { runner } = deps;
	if (command.kind === "list") {
		const names = selectNames(await listWorkspaces(backend, paths), command);
		runner.info(listedLine(names, backend.address.bucket));
		return {
			kind: "listed",
			scope: backend,
			names
		};
	}
	if (command.kind === "new") {
		const kind = await newWorkspace(deps, backend, job, command.lockTimeoutMs);
		runner.info(workspaceLine(kind, backend));
		return {
			kind,
			scope: backend
		};
	}
	const { kind, plans } = await deleteWorkspace(deps, backend, job, command);
	runner.info(workspaceLine(kind, backend));
	if (plans > 0) runner.info(plansDeletedLine(backend, plans));
	return {
		kind,
		scope: backend,
		plans
	};
}
function selectNames(names, { include, exclude }) {
	return names.filter((name) => {
		return (include.length === 0 || include.some((glob) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.matchesGlob)(glob, name))) && !exclude.some((glob) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.matchesGlob)(glob, name));
	});
}
// lib/workspaces.js
const workspaces = () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runStep)(workspaces$1, {
	graceMs: 0,
	totalMs: void 0,
	tryForMs: _shared_js__WEBPACK_IMPORTED_MODULE_0__.TRY_FOR_MS
});



/***/ })

};
