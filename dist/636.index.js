export const id = 636;
export const ids = [636];
export const modules = {

/***/ 4636:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   history: () => (/* binding */ history)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(3024);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6760);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(6466);




// lib/messages/history-text.js
const LONGEST_TEXT = 200;
const LIST_FIRST = "List the versions with command: list.";
function historyLine(scope, count, hasMore) {
	const which = hasMore ? `the newest ${countVersions(count)}` : countVersions(count);
	return `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)}: ${count === 0 ? "no version" : which}.`;
}
function unversionedNotice(scope) {
	return `The bucket ${scope.address.bucket} keeps no versions of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)}: only the states before a job's first push are kept, as snapshots. Turn on versioning to keep every state.`;
}
function diffLines(scope, from, to, changes) {
	const lines = [
		"added",
		"changed",
		"removed"
	].flatMap((kind) => {
		const addresses = changes[kind];
		return addresses.length === 0 ? [] : [`  ${kind} (${addresses.length}): ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(addresses)}`];
	});
	const what = lines.length === 0 ? "no resource differs" : "resources differ";
	return [`${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)}, from ${name(from)} to ${name(to)}: ${what}.`, ...lines];
}
function restoredLine(scope, from, serial, isChanged) {
	return isChanged ? `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} is restored from ${name(from)}, as a new version with serial ${serial}.` : `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} already has the outputs and resources of ${name(from)}, with serial ${serial}: nothing was written.`;
}
function renderHistory(scope, entries, hasMore) {
	const names = [
		"Version",
		"Time",
		"Serial",
		"Bytes",
		"Changes",
		"By"
	];
	const rows = entries.map((entry) => {
		const { version, serial, changes } = entry;
		const time = version.time === void 0 ? "" : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatTime)(version.time.getTime());
		return [
			`${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(version.versionId)}${version.isCurrent ? " (current)" : ""}`,
			time,
			String(serial ?? ""),
			String(version.size ?? ""),
			String(changes ?? ""),
			describeWriter(entry, scope)
		];
	});
	const table = rows.length === 0 ? "There is no state, and no version of one." : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlColumns)(names, rows);
	const more = hasMore ? ["Older versions are not shown.", ""] : [];
	return [
		`### \ud83d\udd58 Versions of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope))}`,
		"",
		table,
		"",
		...more
	].join("\n");
}
function describeWriter({ version, provenance, problem }, pages) {
	if (version.kind === "delete_marker") return "<b>deleted</b>";
	const trouble = problem === void 0 ? "" : `<br>can't be used: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.escapeHtml)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(problem))}`;
	if (provenance === void 0) return `unknown${trouble}`;
	const { actor, run, restoredFrom } = provenance;
	const from = restoredFrom === void 0 ? "" : `<br>restored from ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(restoredFrom)}`;
	return `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(actor, LONGEST_TEXT))} in ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.renderRun)(run, pages)}${from}${trouble}`;
}
function renderDiff(scope, from, to, changes) {
	const rows = [
		"added",
		"changed",
		"removed"
	].map((kind) => {
		const addresses = changes[kind];
		return [`${kind} (${addresses.length})`, addresses.length === 0 ? "" : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(addresses))];
	});
	const ends = [
		["State", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope))],
		["From", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(name(from))],
		["To", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(name(to))]
	];
	return [
		"### \ud83d\udd0d Two versions compared",
		"",
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlTable)([...ends, ...rows]),
		""
	].join("\n");
}
function renderRestored(scope, from, now, isChanged) {
	const title = isChanged ? "### \u23ea State restored" : "### \u2705 The state already matches that version";
	const rows = [
		["State", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope))],
		["From", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(name(from))],
		["Now", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(name(now))]
	];
	return [
		title,
		"",
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlTable)(rows),
		""
	].join("\n");
}
function entryJson({ version, serial, provenance, changes, problem }) {
	const { kind, versionId, isCurrent, time, size } = version;
	const by = provenance && {
		actor: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(provenance.actor, LONGEST_TEXT),
		run: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(provenance.run, LONGEST_TEXT)
	};
	return {
		version_id: versionId,
		kind,
		current: isCurrent,
		time: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toIsoTime)(time?.getTime()),
		serial: serial === void 0 ? null : String(serial),
		size: size ?? null,
		by: by ?? null,
		restored_from: provenance?.restoredFrom ?? null,
		changes: changes ?? null,
		problem: problem ?? null
	};
}
function name({ versionId, serial }) {
	return `version ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(versionId)} (${serial === void 0 ? "deleted" : `serial ${serial}`})`;
}
function countVersions(count) {
	return count === 1 ? "one version" : `${count} versions`;
}
function explainNoVersions(scope) {
	return [`There is no state at ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)}, and no version of one.`, "Check bucket, key, workspace and workspace_key_prefix."].join("\n");
}
function explainNotVersioned(scope) {
	return [`The bucket ${scope.address.bucket} keeps no versions of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)}, and no job kept a snapshot, so the current state is the only one; nothing was changed.`, "Turn on versioning (aws s3api put-bucket-versioning) to make later states restorable."].join("\n");
}
function explainNotFound(scope, which) {
	return `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} has no version ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(which)}; nothing was changed. ${LIST_FIRST}`;
}
function explainNoVersionBefore(scope, versionId) {
	return `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} has no version before ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(versionId)} to compare it with. ${LIST_FIRST}`;
}
function explainNotComparable(scope, versionId, why) {
	return `Version ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(versionId)} of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} can't be compared: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(why)}. Choose another version in from or to.`;
}
function explainUnusable(scope, versionId, why) {
	return `Version ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(versionId)} of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} can't be restored: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(why)}; nothing was changed. Restore another version. ${LIST_FIRST}`;
}
function explainUnknownSerial(scope) {
	return [`No recent version of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} can be read, so the next serial is unknown; nothing was changed.`, "Download the right version with the AWS CLI, and push it with terraform state push."].join("\n");
}
function explainEncrypted(scope, versionId) {
	return [`${versionId === "current" ? "The current version" : `Version ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(versionId)}`} of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} is encrypted by OpenTofu, so nothing was restored.`, "Download the version with the AWS CLI, and push it with tofu state push, which has the key."].join("\n");
}
function explainOtherLineage(scope, versionId, { now, before }) {
	return [
		`Version ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(versionId)} of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} belongs to another state than the current one, so it was not restored.`,
		`  lineage of that version:  ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(before) || "(none)"}`,
		`  lineage of the state now: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(now ?? "") || "(none)"}`,
		"A new state was created under this key. If you do not need it, delete it first (its versions stay), then restore."
	].join("\n");
}
// lib/steps/history/refusal.js
var HistoryRefused = class extends _shared_js__WEBPACK_IMPORTED_MODULE_0__.CodedError {
	name = "HistoryRefused";
};
// lib/steps/history/find-version.js
const MOST_READ = 200;
async function requireVersions(backend) {
	const [first, ...others] = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listHistory)(backend);
	if (first === void 0) throw new HistoryRefused("no_versions", explainNoVersions(backend));
	return [first, ...others];
}
async function findVersion(backend, versions, reference) {
	const found = await search(backend, versions, reference);
	if (found !== void 0) return found;
	throw notFound(backend, versions, explainNotFound(backend, describeReference(reference)));
}
async function findVersionBefore(backend, versions, { versionId }) {
	const [, before] = await skipCopies(backend, versions.slice(versions.findIndex((version) => version.versionId === versionId)), 2);
	if (before !== void 0) return before;
	throw notFound(backend, versions, explainNoVersionBefore(backend, versionId));
}
function isUnversioned(versions) {
	const [first, ...others] = versions.filter(({ kind }) => kind !== "snapshot");
	return others.length === 0 && first?.versionId === "null";
}
function notFound(backend, versions, message) {
	return versions.length === 1 && isUnversioned(versions) ? new HistoryRefused("not_versioned", explainNotVersioned(backend)) : new HistoryRefused("version_not_found", message);
}
async function search(backend, versions, reference) {
	if (reference.kind === "version") return versions.find(({ versionId }) => versionId === reference.versionId);
	const states = versions.filter(({ kind }) => kind !== "delete_marker");
	if (reference.kind === "serial") return await searchSerial(backend, states, reference.serial);
	const back = isDeleted(versions) ? reference.steps - 1 : reference.steps;
	return (await skipCopies(backend, states, back + 1))[back];
}
function isDeleted([first]) {
	return first?.kind !== "state";
}
async function skipCopies(backend, versions, count) {
	if (versions.every(({ kind }) => kind !== "snapshot")) return versions.slice(0, count);
	const seen = /* @__PURE__ */ new Set();
	const distinct = [];
	for (const version of versions.slice(0, MOST_READ)) {
		const md5 = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.snapshotMd5)(version) ?? await readMd5(backend, version);
		if (md5 === void 0 || !seen.has(md5)) distinct.push(version);
		if (md5 !== void 0) seen.add(md5);
		if (distinct.length === count) break;
	}
	return distinct;
}
async function readMd5(backend, version) {
	if (version.kind === "delete_marker") return void 0;
	const read = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.examineListed)(backend, version);
	return read.kind === "read" ? read.state.facts.md5 : void 0;
}
async function searchSerial(backend, states, serial) {
	for (const version of states.slice(0, MOST_READ)) {
		const read = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.examineListed)(backend, version);
		if (read.kind === "read" && read.state.facts.inspection.header.serial === serial) return version;
	}
}
function describeReference(reference) {
	switch (reference.kind) {
		case "version": return `with the id ${reference.versionId}`;
		case "serial": return `with serial ${reference.serial} among the newest ${MOST_READ}`;
		case "steps_back": return `${reference.steps} steps back`;
	}
}
// lib/steps/history/diff-versions.js
async function diffVersions(backend, ends) {
	const versions = await requireVersions(backend);
	const to = ends.to === void 0 ? versions[0] : await findVersion(backend, versions, ends.to);
	const from = ends.from === void 0 ? await findVersionBefore(backend, versions, to) : await findVersion(backend, versions, ends.from);
	const before = await readResources(backend, from);
	const after = await readResources(backend, to);
	const changes = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.compareResources)(before.resources, after.resources);
	if (changes === void 0) throw new Error("the resources of both versions are known");
	return {
		from: {
			version: from,
			serial: before.serial
		},
		to: {
			version: to,
			serial: after.serial
		},
		changes
	};
}
async function readResources(backend, version) {
	if (version.kind === "delete_marker") return {
		serial: void 0,
		resources: /* @__PURE__ */ new Map()
	};
	const refuse = (why) => new HistoryRefused("not_comparable", explainNotComparable(backend, version.versionId, why));
	const read = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.examineListed)(backend, version);
	if (read.kind !== "read") throw refuse(read.kind === "gone" ? "it no longer exists" : "it is archived");
	const { inspection } = read.state.facts;
	if (inspection.kind === "invalid") throw refuse(inspection.detail);
	const { resources, header } = inspection;
	if (resources !== void 0) return {
		serial: header.serial,
		resources
	};
	throw refuse("OpenTofu encrypted it, or it has more resources than can be listed");
}
// lib/steps/history/history-inputs.js
const USES = {
	list: "history_read",
	diff: "history_read",
	restore: "history_restore"
};
const DEFAULT_LIMIT = 20;
const HIGHEST_LIMIT = 200;
const SERIAL_PREFIX = "serial:";
function readHistoryInputs(sources) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStateInputs)(sources, (reader) => {
		const kind = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readCommand)(reader, "command", [
			"list",
			"diff",
			"restore"
		], "list");
		const command = readArguments(reader, kind);
		const queues = command?.kind === "restore" && command.lockTimeoutMs > 0;
		return {
			own: command && { command },
			use: USES[kind],
			policy: { queues }
		};
	});
}
function readArguments(reader, kind) {
	const limit = readLimit(reader);
	const lockTimeoutMs = reader.duration("lock_timeout") ?? 0;
	if (kind === "list") return {
		kind,
		limit
	};
	if (kind === "diff") return {
		kind,
		from: readVersionReference(reader, "from"),
		to: readVersionReference(reader, "to")
	};
	const reference = readTarget(reader);
	return reference === void 0 ? void 0 : {
		kind,
		reference,
		lockTimeoutMs
	};
}
function readLimit(reader) {
	const limit = reader.integer("limit", 1) ?? DEFAULT_LIMIT;
	if (limit > HIGHEST_LIMIT) reader.reject("limit", String(limit), `use at most ${HIGHEST_LIMIT}`);
	return limit;
}
function readVersionReference(reader, name) {
	const text = reader.text(name);
	if (text === void 0) return void 0;
	if (!text.startsWith(SERIAL_PREFIX)) return toVersion(reader, name, text);
	const serial = text.slice(7);
	const number = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseSerial)(serial);
	if (number !== void 0) return {
		kind: "serial",
		serial: number
	};
	reader.reject(name, text, "write a serial as serial:42, or give the id of a version");
}
const ONE_OF = "give exactly one of version, serial and steps_back";
function readTarget(reader) {
	const version = reader.text("version");
	const serial = reader.text("serial");
	const back = reader.text("steps_back");
	const [first, second] = Object.entries({
		version,
		serial,
		steps_back: back
	}).filter(([, text]) => text !== void 0);
	if (first === void 0) reader.reject("version", void 0, `${ONE_OF}, to say which state to restore`);
	if (second !== void 0) reader.reject(second[0], second[1], ONE_OF);
	if (version !== void 0) return toVersion(reader, "version", version);
	if (serial !== void 0) return toSerial(reader, serial);
	const steps = reader.integer("steps_back", 1);
	return steps === void 0 ? void 0 : {
		kind: "steps_back",
		steps
	};
}
function toVersion(reader, name, versionId) {
	if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isVersionId)(versionId)) return {
		kind: "version",
		versionId
	};
	reader.reject(name, versionId.slice(0, 80), "give the id of a version, as command: list shows it");
}
function toSerial(reader, text) {
	const serial = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseSerial)(text);
	if (serial !== void 0) return {
		kind: "serial",
		serial
	};
	reader.reject("serial", text, "give the serial of a state: a whole number, as command: list shows it");
}
// lib/steps/history/read-history.js
const NO_RESOURCES = /* @__PURE__ */ new Map();
async function readHistory(backend, limit) {
	const versions = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listHistory)(backend, limit + 1);
	const entries = [];
	let newer;
	for (const version of versions) {
		const read = await readEntry(backend, version);
		if (newer !== void 0) entries.push({
			...newer.entry,
			changes: countChanges(read, newer)
		});
		newer = read;
	}
	if (newer !== void 0 && entries.length < limit) entries.push({
		...newer.entry,
		changes: void 0
	});
	return {
		entries,
		hasMore: versions.length > limit,
		isVersioned: versions.length === 0 || !isUnversioned(versions)
	};
}
function countChanges(before, after) {
	const changes = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.compareResources)(before.resources, after.resources);
	return changes && changes.added.length + changes.changed.length + changes.removed.length;
}
async function readEntry(backend, version) {
	const unknown = {
		version,
		serial: void 0,
		provenance: void 0,
		problem: void 0
	};
	if (version.kind === "delete_marker") return {
		entry: unknown,
		resources: NO_RESOURCES
	};
	const read = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.examineListed)(backend, version);
	if (read.kind !== "read") {
		const problem = read.kind === "gone" ? "it no longer exists" : "it is archived";
		return {
			entry: {
				...unknown,
				problem
			},
			resources: void 0
		};
	}
	const { facts, provenance, lastModified } = read.state;
	const { inspection, size } = facts;
	const { serial } = inspection.header;
	const { time = lastModified } = version;
	const entry = {
		version: {
			...version,
			size,
			time
		},
		serial,
		provenance
	};
	if (inspection.kind === "invalid") return {
		entry: {
			...entry,
			problem: inspection.detail
		},
		resources: void 0
	};
	return {
		entry: {
			...entry,
			problem: void 0
		},
		resources: inspection.resources
	};
}
// lib/steps/history/report-history.js
function describeEnd(end) {
	switch (end.kind) {
		case "listed": return describeList(end.scope, end.history);
		case "compared": return describeDiff(end.scope, end.diff);
		case "restored": return describeRestored(end.scope, end.restored);
	}
}
function describeHistoryFailure(error) {
	const cause = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.firstCause)(error);
	if (cause instanceof HistoryRefused) return {
		code: cause.code,
		details: {}
	};
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeStateFailure)(error);
}
function describeList(scope, { entries, hasMore, isVersioned }) {
	return {
		code: "listed",
		details: {
			state: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateJson)(scope.address),
			listed: entries.length,
			has_more: hasMore,
			versioned: isVersioned
		},
		outputs: { versions: JSON.stringify(entries.map(entryJson)) },
		summary: () => renderHistory(scope, entries, hasMore),
		problem: void 0
	};
}
function describeDiff(scope, { from, to, changes }) {
	const code = "compared";
	const outputs = {
		added: boundedJson(changes.added),
		changed: boundedJson(changes.changed),
		removed: boundedJson(changes.removed)
	};
	const counts = {
		added: changes.added.length,
		changed: changes.changed.length,
		removed: changes.removed.length
	};
	const ends = {
		from: versionJson(toNamed(from)),
		to: versionJson(toNamed(to))
	};
	return {
		code,
		details: {
			state: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateJson)(scope.address),
			...ends,
			counts
		},
		outputs,
		summary: () => renderDiff(scope, toNamed(from), toNamed(to), changes),
		problem: void 0
	};
}
function describeRestored(scope, restored) {
	const { kind: code, from, fromSerial, serial, versionId } = restored;
	const source = {
		versionId: from.versionId,
		serial: fromSerial
	};
	const now = {
		versionId: versionId ?? "null",
		serial
	};
	return {
		code,
		details: {
			state: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateJson)(scope.address),
			from: versionJson(source),
			version: versionJson(now)
		},
		outputs: {
			version_id: versionId ?? "",
			serial: String(serial)
		},
		summary: () => renderRestored(scope, source, now, code === "restored"),
		problem: void 0
	};
}
function toNamed({ version, serial }) {
	return {
		versionId: version.versionId,
		serial
	};
}
function versionJson({ versionId, serial }) {
	return {
		version_id: versionId,
		serial: serial === void 0 ? null : String(serial)
	};
}
const LONGEST_LIST = 1e5;
function boundedJson(addresses) {
	const texts = [];
	let length = 0;
	for (const address of addresses) {
		const text = JSON.stringify(address);
		length += text.length + 1;
		if (length > LONGEST_LIST) break;
		texts.push(text);
	}
	return `[${texts.join(",")}]`;
}
// lib/statefile/serial-finder.js
const IN_STATE = 1;
const SERIAL = /^serial$/iu;
function createSerialFinder() {
	let consumed = 0;
	let named = 0;
	let isSerial = false;
	let inDigits = false;
	let location;
	const sink = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.gatherTexts)({
		wantsText: (role, depth) => role === "key" && depth === IN_STATE,
		text(_role, name) {
			isSerial = SERIAL.test(name);
			if (isSerial) named += 1;
		},
		begin(role, depth) {
			inDigits = isSerial && role === "number" && depth === IN_STATE;
		},
		bytes(_buffer, from, to) {
			if (!inDigits) return;
			const { at, length } = location ?? {
				at: consumed + from,
				length: 0
			};
			location = {
				at,
				length: length + to - from
			};
		},
		end: () => {
			inDigits = false;
		},
		open: () => {},
		close: () => {}
	});
	const scanner = new _shared_js__WEBPACK_IMPORTED_MODULE_0__.JsonScanner(sink);
	return {
		write(chunk) {
			scanner.write(chunk);
			consumed += chunk.length;
		},
		end: () => scanner.end().kind === "complete" && named === 1 ? location : void 0
	};
}
// lib/backend/state/rewrite-serial.js
async function rewriteSerial({ from, to }, serial) {
	const location = await findSerial(from);
	if (location === void 0) return void 0;
	await (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_3__.pipeline)(copyWithSerial(from, location, serial), (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createWriteStream)(to, { mode: 384 }));
	return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.hashAndInspectFile)(to);
}
async function findSerial(path) {
	const finder = createSerialFinder();
	for await (const chunk of (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createReadStream)(path, { highWaterMark: _shared_js__WEBPACK_IMPORTED_MODULE_0__.READ_CHUNK })) finder.write(chunk);
	return finder.end();
}
async function* copyWithSerial(path, { at, length }, serial) {
	yield* (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createReadStream)(path, {
		highWaterMark: _shared_js__WEBPACK_IMPORTED_MODULE_0__.READ_CHUNK,
		end: at - 1
	});
	yield Buffer.from(String(serial));
	yield* (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createReadStream)(path, {
		highWaterMark: _shared_js__WEBPACK_IMPORTED_MODULE_0__.READ_CHUNK,
		start: at + length
	});
}
// lib/steps/history/restore-version.js
async function restoreVersion(deps, backend, job, { reference, lockTimeoutMs }) {
	const directory = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.makePrivateDirectory)(job);
	try {
		return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.underLock)(deps, backend, {
			job,
			operation: "history-restore",
			lockTimeoutMs
		}, async (held) => {
			const versions = await requireVersions(backend);
			const current = await readCurrent(deps, backend, versions, (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(directory, "current"));
			const source = await readSource(backend, await findVersion(backend, versions, reference), (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(directory, "version"));
			requireSameLineage(backend, current, source);
			if (!current.isDeleted && current.content === source.valid.content) return {
				...describe(source),
				kind: "unchanged",
				serial: current.serial,
				versionId: versions[0].versionId
			};
			return await store(deps, backend, {
				held,
				job,
				current,
				source,
				path: (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(directory, "state")
			});
		});
	} finally {
		await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.removePrivateDirectory)(directory);
	}
}
async function readCurrent(deps, backend, versions, path) {
	const isGone = isDeleted(versions);
	const { etag, state } = isGone ? {
		etag: void 0,
		state: void 0
	} : await pull(deps, backend);
	const inspection = state?.facts.inspection;
	if (inspection?.kind === "state") {
		if (inspection.content === "encrypted") throw encrypted(backend, "current");
		const { content, header } = inspection;
		const { serial, lineage } = header;
		return {
			isDeleted: isGone,
			etag,
			serial,
			lineage,
			content,
			snapshot: state && (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeReplacedState)(state, serial, path)
		};
	}
	const last = await findLastHeader(backend, versions);
	const { lineage } = last;
	const serial = versions[0]?.kind === "snapshot" ? last.serial + LOST_SERIALS : last.serial;
	return {
		isDeleted: isGone,
		etag,
		serial,
		lineage,
		content: void 0,
		snapshot: state && (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeReplacedState)(state, serial, path)
	};
}
async function pull(deps, backend) {
	const { clock, signal } = deps;
	const onNotice = (notice) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.reportPullNotice)(deps, backend, notice);
	return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStoredState)(backend, {
		clock,
		signal,
		onNotice
	});
}
const LOST_SERIALS = 10000n;
const MOST_UNREADABLE = 20;
async function findLastHeader(backend, versions) {
	const states = versions.filter(({ kind }) => kind !== "delete_marker").slice(0, MOST_UNREADABLE);
	for (const [passed, version] of states.entries()) {
		const read = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.examineListed)(backend, version);
		if (read.kind !== "read") continue;
		const { serial, lineage } = read.state.facts.inspection.header;
		if (serial !== void 0) return {
			serial: serial + BigInt(passed),
			lineage
		};
	}
	throw new HistoryRefused("version_unusable", explainUnknownSerial(backend));
}
async function readSource(backend, version, path) {
	const { versionId } = version;
	const refuse = (why) => new HistoryRefused("version_unusable", explainUnusable(backend, versionId, why));
	if (version.kind === "delete_marker") throw refuse("it is a delete marker");
	const read = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.downloadVersion)(backend, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toObjectVersion)(backend.address, version), path);
	if (read === void 0) throw refuse("it no longer exists");
	const { inspection } = read.facts;
	if (inspection.kind === "invalid") throw refuse(inspection.detail);
	if (inspection.content === "encrypted") throw encrypted(backend, versionId);
	return {
		version,
		valid: inspection,
		path
	};
}
function encrypted(backend, versionId) {
	return new HistoryRefused("state_encrypted", explainEncrypted(backend, versionId));
}
function requireSameLineage(backend, { isDeleted, lineage: now }, { version, valid }) {
	const { lineage } = valid.header;
	if (isDeleted || now === lineage) return;
	throw new HistoryRefused("other_lineage", explainOtherLineage(backend, version.versionId, {
		now,
		before: lineage
	}));
}
async function store(deps, backend, { held, job, current, source, path }) {
	const serial = nextSerial(current, source);
	const facts = await rewriteSerial({
		from: source.path,
		to: path
	}, serial);
	if (facts === void 0 || !isCopy(facts, source, serial)) throw new HistoryRefused("version_unusable", explainUnusable(backend, source.version.versionId, "its serial can't be changed safely"));
	const request = {
		path,
		facts,
		provenance: {
			...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeProvenance)(job, {
				lock: held,
				backend
			}, { facts }),
			restoredFrom: source.version.versionId
		},
		expectedEtag: current.etag
	};
	if (current.snapshot !== void 0) await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.keepReplacedState)(deps, backend, current.snapshot);
	deps.signal.throwIfAborted();
	const { versionId } = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.callInTime)(deps, backend, "rescue", () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pushWithDigest)(backend, held, request));
	return {
		...describe(source),
		kind: "restored",
		serial,
		versionId
	};
}
function nextSerial({ serial }, { valid }) {
	const before = valid.header.serial;
	return (serial > before ? serial : before) + 1n;
}
function isCopy({ inspection }, { valid }, serial) {
	if (inspection.kind !== "state") return false;
	const { header, content } = inspection;
	return header.serial === serial && header.lineage === valid.header.lineage && content === valid.content;
}
function describe({ version, valid }) {
	return {
		from: version,
		fromSerial: valid.header.serial
	};
}
// lib/steps/history/history.js
function history$1(deps) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runAction)(deps, HISTORY);
}
const HISTORY = {
	secretInputs: [],
	readInputs: (deps, job) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readActionInputs)(deps, job, readHistoryInputs),
	work: async (deps, { backend: settings, command }, job) => {
		return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withBackend)(deps, settings, async (backend) => {
			if (command.kind === "list") return await list(deps, backend, command.limit);
			if (command.kind === "diff") return await diff(deps, backend, command);
			return await restore(deps, backend, job, command);
		});
	},
	describeEnd,
	describeFailure: describeHistoryFailure
};
async function list({ runner }, backend, limit) {
	const found = await readHistory(backend, limit);
	runner.info(historyLine(backend, found.entries.length, found.hasMore));
	if (!found.isVersioned) runner.notice(unversionedNotice(backend));
	return {
		kind: "listed",
		scope: backend,
		history: found
	};
}
async function diff({ runner }, backend, ends) {
	const found = await diffVersions(backend, ends);
	for (const line of diffLines(backend, toNamed(found.from), toNamed(found.to), found.changes)) runner.info(line);
	return {
		kind: "compared",
		scope: backend,
		diff: found
	};
}
async function restore(deps, backend, job, request) {
	const restored = await restoreVersion(deps, backend, job, request);
	const from = {
		versionId: restored.from.versionId,
		serial: restored.fromSerial
	};
	deps.runner.info(restoredLine(backend, from, restored.serial, restored.kind === "restored"));
	return {
		kind: "restored",
		scope: backend,
		restored
	};
}
// lib/history.js
const history = () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runStep)(history$1, {
	graceMs: 0,
	totalMs: void 0,
	tryForMs: _shared_js__WEBPACK_IMPORTED_MODULE_0__.TRY_FOR_MS
});



/***/ })

};
