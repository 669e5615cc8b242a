export const id = 1;
export const ids = [1];
export const modules = {

/***/ 3001:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   migrate: () => (/* binding */ migrate)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var _scan_table_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(250);


// lib/backend/survey/lock-file-trail.js
function wasLockFileThere({ spans }, at) {
	return spans.some(({ from, until = Number.POSITIVE_INFINITY }) => from <= at && at <= until);
}
async function readLockFileTrail(backend) {
	const { objectKey, lockFileKey } = backend.address;
	const page = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listVersionsPage)(backend, objectKey, void 0);
	if (page === void 0) return void 0;
	const filePage = page.next === void 0 || page.next.key > lockFileKey ? page : await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listVersionsPage)(backend, lockFileKey, void 0);
	if (filePage === void 0) return void 0;
	return traceLockFile(selectKey(page, objectKey), selectKey(filePage, lockFileKey));
}
function selectKey({ states, markers }, key) {
	return {
		versions: states.filter((one) => one.key === key),
		markers: markers.filter((one) => one.key === key)
	};
}
function traceLockFile(state, file) {
	const writes = state.versions.flatMap(({ time, versionId }) => time === void 0 ? [] : [{
		at: time.getTime(),
		isVersioned: versionId !== _shared_js__WEBPACK_IMPORTED_MODULE_0__.NO_VERSION_ID
	}]);
	const isLocked = file.versions.some(({ isCurrent }) => isCurrent);
	return {
		writes: writes.sort((one, other) => other.at - one.at),
		spans: findSpans(file.versions.map(toMs), file.markers.map(toMs), isLocked)
	};
}
function findSpans(puts, deletes, isLocked) {
	const putTimes = puts.toSorted((one, other) => one - other);
	const deleteTimes = deletes.toSorted((one, other) => one - other);
	const spans = [];
	let open;
	while (putTimes.length + deleteTimes.length > 0) {
		const put = putTimes[0] ?? Number.POSITIVE_INFINITY;
		const end = deleteTimes[0] ?? Number.POSITIVE_INFINITY;
		const isDeleteNext = end < put || end === put && open !== void 0;
		if (isDeleteNext) deleteTimes.shift();
		else putTimes.shift();
		if (open !== void 0) spans.push({
			from: open,
			until: isDeleteNext ? end : put
		});
		open = isDeleteNext ? void 0 : put;
	}
	if (open !== void 0) spans.push({
		from: open,
		until: isLocked ? void 0 : open
	});
	return spans.reverse();
}
function toMs({ time }) {
	return time?.getTime() ?? 0;
}
// lib/backend/survey/trails-in-bulk.js
const LEAST_PER_PAGE = 8;
const ENOUGH = 1e3;
const SORTS_OTHERWISE = /[\ud800-\uffff]/;
async function readTrailsInBulk(list, states, leastPerPage = LEAST_PER_PAGE) {
	const sortable = states.filter(({ objectKey }) => !SORTS_OTHERWISE.test(objectKey));
	const wanted = sortable.flatMap(({ objectKey, lockFileKey }) => [objectKey, lockFileKey]).sort(_shared_js__WEBPACK_IMPORTED_MODULE_0__.compareTexts);
	const found = new Map(wanted.map((key) => [key, {
		versions: [],
		markers: []
	}]));
	let position = {
		complete: 0,
		after: positionBefore(wanted[0])
	};
	for (let pages = 1; position.complete < wanted.length; pages += 1) {
		const page = await list(position.after);
		if (page === void 0 || !keepVersions(found, page, wanted[position.complete])) return /* @__PURE__ */ new Map();
		position = advance(position.complete, wanted, found, page.next);
		if (selectWhole(sortable, wanted, found, position).length < pages * leastPerPage) break;
	}
	const whole = selectWhole(sortable, wanted, found, position);
	return new Map(whole.map((keys) => [keys.objectKey, trace(found, keys)]));
}
function keepVersions(found, { states, markers }, first) {
	for (const version of [...states, ...markers]) {
		const ours = found.get(version.key);
		if (ours === void 0) continue;
		if (first !== void 0 && version.key < first) return false;
		(version.kind === "state" ? ours.versions : ours.markers).push(version);
	}
	return true;
}
function advance(complete, wanted, found, next) {
	if (next === void 0) return {
		complete: wanted.length,
		after: void 0
	};
	let whole = complete;
	while (isBefore(wanted[whole], next.key)) whole += 1;
	if (wanted[whole] === next.key) {
		const { versions = [], markers = [] } = found.get(next.key) ?? {};
		if (versions.length + markers.length < ENOUGH) return {
			complete: whole,
			after: next
		};
		whole += 1;
	}
	const skipped = positionBefore(wanted[whole]);
	const isFurther = skipped !== void 0 && skipped.key > next.key;
	return {
		complete: whole,
		after: isFurther ? skipped : {
			key: next.key,
			versionId: void 0
		}
	};
}
function isBefore(key, other) {
	return key !== void 0 && key < other;
}
function positionBefore(key = "") {
	return key.length < 2 ? void 0 : {
		key: key.slice(0, -1),
		versionId: void 0
	};
}
function selectWhole(states, wanted, found, { complete }) {
	const first = wanted[complete];
	return states.filter(({ objectKey, lockFileKey }) => {
		return (first === void 0 || lockFileKey < first) && hasNewest(found.get(objectKey), false) && hasNewest(found.get(lockFileKey), true);
	});
}
function hasNewest(versions, mayBeNone) {
	const all = [...versions?.versions ?? [], ...versions?.markers ?? []];
	return all.some(({ isCurrent }) => isCurrent) || mayBeNone && all.length === 0;
}
function trace(found, { objectKey, lockFileKey }) {
	const none = {
		versions: [],
		markers: []
	};
	return traceLockFile(found.get(objectKey) ?? none, found.get(lockFileKey) ?? none);
}
// lib/backend/survey/read-trails.js
const STATES_OF_A_WALK = 250;
const WALKS_AT_ONCE = 16;
async function readTrails(backend, prefix, objectKeys) {
	if (objectKeys.length < 2) return /* @__PURE__ */ new Map();
	const { bucket, workspace } = backend.address;
	const addresses = objectKeys.map((objectKey) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.addressOfObject)(bucket, workspace, objectKey));
	const walks = [];
	for (let from = 0; from < addresses.length; from += STATES_OF_A_WALK) walks.push(addresses.slice(from, from + STATES_OF_A_WALK));
	const found = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.mapAtOnce)(walks, WALKS_AT_ONCE, (states) => readTrailsInBulk((after) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listVersionsPage)(backend, prefix, after), states));
	return new Map(found.flatMap((trails) => [...trails]));
}
// lib/backend/survey/survey-states.js
async function surveyStates(backend, { prefix, table, mostStates }) {
	const states = /* @__PURE__ */ new Map();
	const { bucket } = backend.address;
	for await (const rows of (0,_scan_table_js__WEBPACK_IMPORTED_MODULE_1__/* .scanTable */ .S)(backend.aws, {
		table,
		bucket,
		prefix
	})) for (const row of rows) noteRow(states, row);
	for await (const page of (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listObjects)(backend, prefix)) for (const { key, etag, modifiedAt } of page) noteObject(states, key, {
		etag,
		modifiedAt
	});
	const sorted = [...states.values()].sort((one, other) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.compareTexts)(one.objectKey, other.objectKey));
	return {
		states: sorted.slice(0, mostStates),
		moreStates: Math.max(0, sorted.length - mostStates)
	};
}
function noteRow(states, row) {
	const state = findState(states, row.objectKey);
	if (row.kind === "digest") state.digest = row.digest;
	else state.item = row.lock;
}
function noteObject(states, key, object) {
	const found = (0,_scan_table_js__WEBPACK_IMPORTED_MODULE_1__/* .classifyObject */ .q)(key);
	if (found.kind === "lock_file") findState(states, found.objectKey).hasLockFile = true;
	else if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isStateKey)(key) || states.has(key)) findState(states, key).object = object;
}
function findState(states, objectKey) {
	const known = states.get(objectKey);
	if (known !== void 0) return known;
	const state = {
		objectKey,
		digest: void 0,
		item: void 0,
		hasLockFile: false,
		object: void 0
	};
	states.set(objectKey, state);
	return state;
}
// lib/messages/migration-text.js
const MIGRATION_STATUSES = [
	"failed",
	"locked",
	"table_client",
	"file_client",
	"unknown",
	"changed",
	"not_seen",
	"ready",
	"proven",
	"finished",
	"done"
];
const MIGRATION_STATUS_NAMES = {
	failed: "\u274c failed",
	locked: "\ud83d\udd12 locked",
	table_client: "\u26a0\ufe0f client with the table alone",
	file_client: "\u26a0\ufe0f client without the table",
	unknown: "\u2753 unknown",
	changed: "\u21bb changed meanwhile",
	not_seen: "\u23f3 not seen yet",
	ready: "\ud83d\udfe2 ready",
	proven: "\ud83d\udfe2 proven",
	finished: "\u2705 finished",
	done: "\u2705 not in the table"
};
function describeClient(client) {
	switch (client.kind) {
		case "both": return `took both locks: ${describeProof(client.proof)}`;
		case "file": return `took the lock file and does not use the table: ${describeProof(client.proof)}`;
		case "table": return client.proof === "no_trace" ? "took the lock in the table, and no lock file is known from that time" : `took the lock in the table alone: ${describeProof(client.proof)}`;
		case "unknown": return `unknown: ${describeUnknown(client.reason)}`;
	}
}
function explainHeld({ holder, whyNotDead }, pages, now) {
	const locked = `it is ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeLocked)(holder, pages, now)}`;
	if (whyNotDead === void 0) return locked;
	return `${locked}, an earlier finish that may still run: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeNotStale)(whyNotDead)}`;
}
function describeProof(proof) {
	if (proof === "live_lock") return "it has the lock now";
	return proof === "metadata" ? "this action recorded it in the metadata of the object" : "the versions in the bucket show it";
}
function describeUnknown(reason) {
	switch (reason) {
		case "not_in_table": return "the table has no item of the state";
		case "no_versions": return "the bucket kept no versions when the state was written";
		case "digest_differs": return "the digest in the table does not match the state, and nothing shows who wrote it";
		case "no_object": return "the table has a digest, but the state does not exist";
		case "not_looked_at": return "the versions in the bucket were not read";
	}
}
function describeStatus(status, pages, now) {
	switch (status.kind) {
		case "done": return "the table has no item of it";
		case "proven": return "its holders take both locks";
		case "ready": return "its items in the table can be removed";
		case "finished": return "its items in the table are gone";
		case "locked": return explainHeld(status, pages, now);
		case "table_client": {
			const doubt = status.isCertain ? "" : ", unless a lifecycle rule removed its lock file";
			return `a client that takes only the lock in the table wrote it ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatAgo)(now - status.at)}${doubt}`;
		}
		case "file_client": return "a client without the table wrote it, so its digest is out of date and every client with the table fails";
		case "not_seen": return "nobody has taken its lock file since its last write";
		case "unknown": return describeUnknown(status.reason);
		case "changed": return "somebody wrote or locked it while this step checked it";
		case "failed": return "an error stopped it";
	}
}
function explainStatus(status, pages, now) {
	const what = describeStatus(status, pages, now);
	return status.kind === "unknown" ? `it is unknown how its last client locked it: ${what}` : what;
}
function migrationLine({ finding, status }, where, pages, now) {
	const head = `s3://${where.bucket}/${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(finding.objectKey)}: ${explainStatus(status, pages, now)}.`;
	return status.kind === "finished" || status.kind === "done" || status.kind === "unknown" ? head : `${head} Last client: ${describeClient(finding.client)}.`;
}
function describeCounts(rows) {
	const counts = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countStatuses)(MIGRATION_STATUSES, rows).flatMap(([kind, count]) => count === 0 ? [] : [`${MIGRATION_STATUS_NAMES[kind]}: ${count}`]);
	return counts.length === 0 ? "no states" : `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countStates)(rows.length)}. ${counts.join(", ")}`;
}
const NAMED = 5;
function countOpen(open, { where, rows, moreStates }) {
	return `${open.length === 0 ? moreStates : open.length} of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countStates)(rows.length + moreStates)} in ${where}`;
}
function explainNotProven(open, range, pages, now) {
	return [
		`Nothing proves yet that the holders of ${countOpen(open, range)} take both locks.`,
		"Add use_lockfile = true beside dynamodb_table wherever these states are used, and plan or apply each of them once. Then run dual again.",
		...listRows(open, pages, now)
	].join("\n");
}
function explainNotFinished(open, range, pages, now) {
	const still = open.length === 0 ? "may still have" : `still ${open.length === 1 ? "has" : "have"}`;
	const first = `${countOpen(open, range)} ${still} items in the table.`;
	if (open.length === 0) return `${first} They were not checked.`;
	return [
		first,
		"The lines below say why. Solve that, then run finish again. If nothing shows how a state is locked but you know it, name the state in allow_unknown.",
		...listRows(open, pages, now)
	].join("\n");
}
function listRows(rows, pages, now) {
	const shown = rows.slice(0, NAMED).map(({ finding, status }) => `- ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(finding.objectKey, 200)}: ${explainStatus(status, pages, now)}.`);
	const more = rows.length - shown.length;
	return more > 0 ? [...shown, `- and ${more} more`] : shown;
}
function moreStatesText(looked, more) {
	return `Only the first ${looked} states were checked, and ${more} were left out. Run the step once for each part of the bucket, with a longer key_prefix.`;
}
function explainNoStates(where) {
	return `No states were found in ${where}. Check bucket, key_prefix and dynamodb_table.`;
}
// lib/steps/migrate/assess-state.js
const KEPT_FOR_MS = 864e5;
function assessState(found) {
	const { objectKey, digest, writtenAt, provenance, liveLock, trail } = found;
	const evidence = liveLock?.isOfFinish === true ? {
		...found,
		liveLock: void 0
	} : found;
	const spans = trail?.spans ?? [];
	const isHeldInFile = evidence.liveLock?.stores.includes("file") === true;
	return {
		objectKey,
		digest,
		client: findLastClient(evidence),
		writtenAt,
		lockFileSeenAt: isHeldInFile ? evidence.now : spans[0]?.until ?? spans[0]?.from,
		tableClient: findTableClient(evidence),
		writer: provenance && {
			actor: provenance.actor,
			run: provenance.run
		},
		liveLock
	};
}
function findLastClient(evidence) {
	const { digest, hasObject, isLookedAt, liveLock } = evidence;
	if (liveLock !== void 0) return {
		kind: nameClient(liveLock.stores),
		proof: "live_lock"
	};
	if (digest === "none") return {
		kind: "unknown",
		reason: "not_in_table"
	};
	if (!hasObject) return {
		kind: "unknown",
		reason: "no_object"
	};
	if (!isLookedAt) return {
		kind: "unknown",
		reason: "not_looked_at"
	};
	return findLastWriter(evidence);
}
function nameClient(stores) {
	if (!stores.includes("file")) return "table";
	return stores.includes("item") ? "both" : "file";
}
function findLastWriter(evidence) {
	const { digest, provenance, trail } = evidence;
	const knowsTable = digest === "agrees";
	if (provenance?.lockStores !== void 0 && knowsTable === provenance.lockStores.includes("item")) return {
		kind: nameClient(provenance.lockStores),
		proof: "metadata"
	};
	const write = trail?.writes[0];
	const use = write === void 0 ? "not_known" : findLockFileUse(evidence, write);
	if (use === "taken") return {
		kind: knowsTable ? "both" : "file",
		proof: "versions"
	};
	if (!knowsTable) return {
		kind: "unknown",
		reason: "digest_differs"
	};
	if (use === "not_known") return {
		kind: "unknown",
		reason: "no_versions"
	};
	return {
		kind: "table",
		proof: use === "not_taken" ? "versions" : "no_trace"
	};
}
function findLockFileUse({ trail, now }, { at, isVersioned }) {
	const spans = trail?.spans ?? [];
	if (wasLockFileThere({ spans }, at)) return "taken";
	if (!isVersioned) return "not_known";
	const oldest = spans.at(-1);
	return now - at < KEPT_FOR_MS || oldest !== void 0 && oldest.from <= at ? "not_taken" : "no_trace";
}
function findTableClient(evidence) {
	const { liveLock, trail, now, digest, provenance, writtenAt = 0 } = evidence;
	if (liveLock !== void 0 && !liveLock.stores.includes("file")) return {
		at: now,
		isCertain: true
	};
	const stores = provenance?.lockStores;
	if (digest === "agrees" && stores !== void 0 && !stores.includes("file")) return {
		at: writtenAt,
		isCertain: true
	};
	for (const [age, write] of (trail?.writes ?? []).entries()) {
		if (age === 0 && isOtherwiseKnown(evidence)) continue;
		const use = findLockFileUse(evidence, write);
		if (use === "taken" || use === "not_known" && age === 0) continue;
		return {
			at: write.at,
			isCertain: use === "not_taken"
		};
	}
}
function isOtherwiseKnown({ provenance, digest }) {
	return provenance?.lockStores !== void 0 || digest === "differs";
}
function decideDual(finding, quiet) {
	const { digest, client, lockFileSeenAt, writtenAt = 0, tableClient } = finding;
	if (hasNoItem(finding) || isRestOfFinish(finding)) return { kind: "done" };
	if (tableClient !== void 0 && isRecent(tableClient.at, quiet)) return {
		kind: "table_client",
		...tableClient
	};
	if (client.kind === "both") return { kind: "proven" };
	if (client.kind === "file") return { kind: "file_client" };
	if (digest === "agrees" && lockFileSeenAt !== void 0 && lockFileSeenAt > writtenAt) return { kind: "proven" };
	return client.kind === "unknown" ? {
		kind: "unknown",
		reason: client.reason
	} : { kind: "not_seen" };
}
function decideFinish(finding, quiet, isAllowed) {
	const { client, liveLock, tableClient, writtenAt } = finding;
	if (isRestOfFinish(finding)) return { kind: "ready" };
	if (hasNoItem(finding)) return { kind: "done" };
	if (liveLock !== void 0 && !liveLock.isOfFinish) return {
		kind: "locked",
		holder: liveLock.holder
	};
	if (tableClient !== void 0 && isRecent(tableClient.at, quiet)) {
		if (!(isAllowed && !tableClient.isCertain)) return {
			kind: "table_client",
			...tableClient
		};
	}
	if (client.kind !== "unknown" || isAllowed) return { kind: "ready" };
	const isOnlyUnknown = client.reason === "no_versions" || client.reason === "not_looked_at";
	const isQuiet = writtenAt !== void 0 && !isRecent(writtenAt, quiet);
	return isOnlyUnknown && isQuiet ? { kind: "ready" } : {
		kind: "unknown",
		reason: client.reason
	};
}
function hasNoItem({ digest, liveLock }) {
	return digest === "none" && liveLock?.stores.includes("item") !== true;
}
function isRestOfFinish({ digest, liveLock }) {
	return digest === "none" && liveLock?.isOfFinish === true;
}
function isRecent(at, { now, quietForMs }) {
	return now - Math.min(at, now) < quietForMs;
}
// lib/steps/migrate/finish-operation.js
const FINISH_OPERATION = "migrate-finish";
// lib/steps/migrate/finish-state.js
async function finishState(deps, backend, job, state, proof) {
	const address = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.addressOfObject)(backend.address.bucket, backend.address.workspace, state.objectKey);
	const scoped = {
		...backend,
		address,
		useLockfile: true
	};
	const earlier = considerEarlierFinish(deps, proof);
	const { consider } = earlier;
	const lock = {
		job,
		operation: FINISH_OPERATION,
		lockTimeoutMs: 0,
		consider
	};
	try {
		return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.underLock)(deps, scoped, lock, (held) => removeItems(scoped, held, state));
	} catch (error) {
		const refusal = findRefusal(error);
		if (refusal === void 0) throw error;
		const { holder } = refusal;
		return {
			kind: "locked",
			holder,
			whyNotDead: await earlier.whyNotDead(holder)
		};
	} finally {
		earlier.close();
	}
}
function considerEarlierFinish(deps, proof) {
	let check;
	return {
		consider: (found, broken) => {
			if (found.holder.info?.operation !== "migrate-finish") return { kind: "wait" };
			check ??= (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createStalenessCheck)(deps, {
				...proof,
				action: "break"
			}, broken);
			return check.consider(found);
		},
		whyNotDead: async (holder) => {
			if (holder?.info?.operation !== "migrate-finish") return void 0;
			const finding = await check?.finding(holder);
			return finding === void 0 || finding.stale === true ? { kind: "run_not_looked_up" } : finding.reason;
		},
		close: () => check?.close()
	};
}
async function removeItems(backend, held, state) {
	const { aws, table, address } = backend;
	const digest = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.requireDigest)(aws, table, address.digestPath);
	if (!((await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lookUpObject)(backend, address.objectKey))?.etag === state.object?.etag && (digest.kind === "absent" || (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.storedText)(digest) === state.digest?.stored))) return { kind: "changed" };
	await releaseItem(backend, held);
	return { kind: await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.deleteUnchangedDigest)(aws, table, address.digestPath, digest) ? "finished" : "changed" };
}
async function releaseItem(backend, held) {
	await held?.verify();
	const stores = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)(backend);
	const item = (await stores?.read())?.find(({ store, holder }) => store === "item" && holder.id === held?.id);
	const failed = (item === void 0 ? [] : await stores?.free([item]))?.find((outcome) => outcome.kind === "failed");
	if (failed !== void 0) throw failed.error;
}
function findRefusal(error) {
	if (error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.LockedError) return error.details;
	return error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError && error.details.reason === "frozen" ? error.details : void 0;
}
// lib/steps/migrate/look-up-state.js
async function lookUpState(lookUp) {
	const { backend, state, depth } = lookUp;
	const { objectKey, digest, object } = state;
	const address = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.addressOfObject)(backend.address.bucket, backend.address.workspace, objectKey);
	const scoped = {
		...backend,
		address
	};
	const liveLock = await findLiveLock(scoped, state);
	const known = {
		objectKey,
		hasObject: object !== void 0,
		writtenAt: object?.modifiedAt,
		liveLock
	};
	const now = backend.aws.storeNow();
	const nothing = {
		trail: void 0,
		provenance: void 0,
		isLookedAt: false,
		now
	};
	if (digest === void 0) return {
		...known,
		...nothing,
		digest: "none"
	};
	if (object === void 0) return {
		...known,
		...nothing,
		digest: "differs"
	};
	const isSeen = isEtagTheDigest(state);
	if (!needsVersions(state, depth)) return {
		...known,
		...nothing,
		digest: isSeen ? "agrees" : "unchecked"
	};
	const trail = lookUp.trail ?? await readLockFileTrail(scoped);
	const seen = isSeen ? await readWriter(scoped, state, trail) : await compareContent(scoped, state);
	if (seen === void 0) return {
		...known,
		...nothing,
		digest: "none"
	};
	const { digest: compared, provenance } = seen;
	return {
		...known,
		digest: compared,
		trail,
		provenance,
		isLookedAt: true,
		now
	};
}
function needsVersions(state, depth) {
	const { digest, object } = state;
	if (digest === void 0 || object === void 0 || depth.kind === "quick") return false;
	return !(object.modifiedAt !== void 0 && object.modifiedAt < depth.since) || !isEtagTheDigest(state);
}
function isEtagTheDigest({ digest, object }) {
	return matches(digest, md5OfEtag(object?.etag));
}
async function findLiveLock(backend, { item, hasLockFile }) {
	if (item === void 0 && !hasLockFile) return void 0;
	const stores = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)({
		...backend,
		useLockfile: true
	});
	const first = await stores?.read() ?? [];
	const [lock] = first;
	if (lock === void 0) return void 0;
	if (first.length > 1) return describeLock(first);
	const again = await stores?.read() ?? [];
	return again.some(({ holder }) => holder.raw === lock.holder.raw) ? describeLock(again) : void 0;
}
function describeLock(found) {
	const lock = found.find(({ store }) => store === "item") ?? found[0];
	if (lock === void 0) return void 0;
	const own = found.filter(({ holder }) => holder.raw === lock.holder.raw);
	const isOfFinish = lock.holder.info?.operation === FINISH_OPERATION;
	return {
		holder: lock.holder,
		stores: own.map(({ store }) => store),
		isOfFinish
	};
}
async function readWriter(backend, { objectKey, digest, object }, trail) {
	const write = trail?.writes[0];
	if (trail !== void 0 && write !== void 0 && wasLockFileThere(trail, write.at)) return {
		digest: "agrees",
		provenance: void 0
	};
	const current = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lookUpObject)(backend, objectKey);
	return {
		digest: "agrees",
		provenance: current?.etag === object?.etag && matches(digest, current?.provenance?.md5) ? current?.provenance : void 0
	};
}
async function compareContent(backend, { objectKey }) {
	const content = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.hashObject)(backend, objectKey);
	const digest = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.requireDigest)(backend.aws, backend.table, backend.address.digestPath);
	if (digest.kind === "absent") return void 0;
	const isMatch = content !== void 0 && digest.kind === "valid" && matches({
		stored: digest.stored,
		next: digest.next
	}, content.md5);
	const isProven = content?.provenance?.md5 === content?.md5;
	return {
		digest: isMatch ? "agrees" : "differs",
		provenance: isProven ? content?.provenance : void 0
	};
}
function matches(digest, md5) {
	if (digest === void 0 || md5 === void 0) return false;
	return digest.stored?.toLowerCase() === md5 || digest.next === md5;
}
function md5OfEtag(etag) {
	return etag === void 0 ? void 0 : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withoutQuotes)(etag);
}
// lib/steps/migrate/migrate-inputs.js
const QUIET_FOR_MS = 6048e5;
const FIX_FOR_KEY = "this action looks at all states: give key_prefix, which may be the key of one";
function readMigrateInputs(sources) {
	const reader = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createInputReader)(sources.env, sources.given);
	const command = readArguments(reader, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readCommand)(reader, "command", [
		"report",
		"dual",
		"finish"
	], "report"));
	const quietForMs = readQuietFor(reader);
	const proof = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStaleProofInputs)(reader);
	const { settings, prefix, warnings: given, problems } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readKeyPrefixInputs)(reader, sources, FIX_FOR_KEY);
	const { table } = settings;
	if (table === void 0) reader.reject("dynamodb_table", void 0, "give the table to empty, even after you have removed it from the backend blocks");
	const warnings = [...given];
	const use = command.kind === "finish" ? "migrate_finish" : "migrate_report";
	const backend = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withSessionPolicy)(reader, use, [settings], warnings, { keyPrefix: prefix });
	const all = [...problems, ...reader.problems];
	if (all.length > 0 || table === void 0) throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.InputError(all);
	return {
		backend: {
			...backend,
			table
		},
		prefix,
		command,
		quietForMs,
		proof,
		warnings
	};
}
function readArguments(reader, kind) {
	const depth = reader.choice("depth", ["full", "quick"]) ?? "full";
	const allowUnknown = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readLines)(reader, "allow_unknown") ?? [];
	if (kind === "report") return {
		kind,
		depth
	};
	return kind === "finish" ? {
		kind,
		allowUnknown
	} : { kind };
}
function readQuietFor(reader) {
	const text = reader.text("quiet_for");
	const ms = text === void 0 ? QUIET_FOR_MS : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseLongDuration)(text);
	if (ms === void 0) reader.reject("quiet_for", text, "use a duration such as 12h, 7d or 1d12h");
	return ms ?? QUIET_FOR_MS;
}
// lib/steps/migrate/refusal.js
var MigrateRefused = class extends _shared_js__WEBPACK_IMPORTED_MODULE_0__.CodedError {
	name = "MigrateRefused";
};
// lib/messages/migration-page.js
const MOST_ROWS = 100;
const MOST_TEXT = 240;
const COLUMNS = [
	"State",
	"Status",
	"Last client",
	"Seen"
];
const TITLES = {
	report: "From the table to the lock file: report",
	dual: "From the table to the lock file: do holders take both locks?",
	finish: "From the table to the lock file: finish"
};
function renderMigration(page) {
	const { command, where, rows, moreStates, pages, now } = page;
	const open = rows.filter(({ status }) => status.kind !== "done");
	const sorted = MIGRATION_STATUSES.flatMap((kind) => open.filter(({ status }) => status.kind === kind));
	const shown = sorted.slice(0, MOST_ROWS);
	const hidden = sorted.length - shown.length + moreStates;
	const table = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlColumns)(COLUMNS, shown.map((row) => renderRow(row, pages, now)));
	return [
		`### \ud83d\udd12 ${TITLES[command]}`,
		"",
		`In ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(where)}: ${describeCounts(rows)}.`,
		"",
		...shown.length === 0 ? [] : [table, ""],
		...hidden > 0 ? [`And ${hidden} more.`, ""] : []
	].join("\n");
}
function renderRow({ finding, status }, pages, now) {
	const { objectKey, client, writtenAt, lockFileSeenAt, tableClient, writer } = finding;
	const shown = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(describeStatus(status, pages, now), MOST_TEXT);
	const by = writer === void 0 ? "" : ` by ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(writer.actor, MOST_TEXT))} in ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.renderRun)(writer.run, pages)}`;
	const seen = [
		...describeTime("written", writtenAt, now).map((written) => `${written}${by}`),
		...describeTime("lock file taken", lockFileSeenAt, now),
		...describeTime("client with the table alone", tableClient?.at, now)
	];
	return [
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(objectKey, MOST_TEXT)),
		`${MIGRATION_STATUS_NAMES[status.kind]}: ${status.kind === "locked" ? (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(shown) : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.escapeHtml)(shown)}`,
		status.kind === "unknown" ? "unknown" : describeClient(client),
		seen.join("<br>")
	];
}
function describeTime(what, at, now) {
	return at === void 0 ? [] : [`${what} ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatAgo)(now - at)}`];
}
// lib/steps/migrate/report-migrate.js
const MOST_STATES$1 = 35e4;
const KEPT = 500;
const NOTHING_LEFT = {
	report: /* @__PURE__ */ new Set(["done", "proven"]),
	dual: /* @__PURE__ */ new Set(["done", "proven"]),
	finish: /* @__PURE__ */ new Set(["done", "finished"])
};
const SUCCESS = {
	report: "listed",
	dual: "proven",
	finish: "finished"
};
function describeEnd({ range, page }) {
	const { command, rows, moreStates } = page;
	const open = rows.filter(({ status }) => !NOTHING_LEFT[command].has(status.kind));
	const states = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.takeFitting)(rows.map((row) => describeRow(row, page)), MOST_STATES$1);
	const problem = findProblem(open, page);
	const finished = rows.filter(({ status }) => status.kind === "finished").length;
	return {
		code: problem === void 0 ? SUCCESS[command] : problemCode(problem),
		details: {
			command,
			bucket: range.bucket,
			key_prefix: range.prefix,
			table: range.table,
			counts: Object.fromEntries((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countStatuses)(MIGRATION_STATUSES, rows)),
			not_looked_at: moreStates,
			omitted: rows.length - states.length
		},
		outputs: {
			states: JSON.stringify(states),
			state_count: String(rows.length + moreStates),
			open_count: String(open.length + moreStates),
			finished_count: String(finished)
		},
		summary: () => renderMigration(page),
		problem
	};
}
function describeMigrateFailure(error) {
	const cause = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.firstCause)(error);
	return cause instanceof MigrateRefused ? {
		code: cause.code,
		details: {}
	} : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeFailure)(error);
}
function findProblem(open, page) {
	const { command, pages, now, moreStates } = page;
	const failure = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.joinErrors)(open.flatMap(({ status }) => status.kind === "failed" ? [status.error] : []));
	if (failure !== void 0) return failure;
	if (command === "report" || open.length + moreStates === 0) return void 0;
	if (command === "dual") return new MigrateRefused("not_proven", explainNotProven(open, page, pages, now));
	return new MigrateRefused("not_finished", explainNotFinished(open, page, pages, now));
}
function problemCode(problem) {
	const cause = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.firstCause)(problem);
	return cause instanceof MigrateRefused ? cause.code : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toReasonCode)(cause);
}
function describeRow({ finding, status }, { pages, now }) {
	const { objectKey, digest, client, writtenAt, lockFileSeenAt, tableClient, writer, liveLock } = finding;
	const text = (value) => value === void 0 ? null : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(value, KEPT);
	return {
		key: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(objectKey),
		status: status.kind,
		why: describeStatus(status, pages, now),
		digest,
		client: client.kind,
		client_why: describeClient(client),
		written: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toIsoTime)(writtenAt),
		written_by: text(writer?.actor),
		run_url: text(writer?.run),
		lock_file_taken: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toIsoTime)(lockFileSeenAt),
		table_client_seen: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toIsoTime)(tableClient?.at),
		holder: liveLock === void 0 ? null : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.holderJson)(liveLock.holder, pages),
		locked_in: liveLock?.stores ?? []
	};
}
// lib/steps/migrate/migrate.js
const MOST_STATES = 2e4;
const LOOKS_AT_ONCE = 16;
const STATES_AT_ONCE = 4e3;
const FINISHES_AT_ONCE = 8;
const MOST_LINES = 500;
function migrate$1(deps) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runAction)(deps, MIGRATE);
}
const MIGRATE = {
	secretInputs: ["github_token"],
	readInputs: (deps, job) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readActionInputs)(deps, job, readMigrateInputs),
	work: async (deps, inputs, job) => {
		return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withBackend)(deps, inputs.backend, async (connected) => {
			await connected.aws.signIn();
			return await moveStates(deps, {
				...connected,
				table: inputs.backend.table
			}, inputs, job);
		});
	},
	describeEnd,
	describeFailure: describeMigrateFailure
};
async function moveStates(deps, backend, inputs, job) {
	const { prefix, command } = inputs;
	const range = {
		bucket: backend.address.bucket,
		prefix,
		table: backend.table
	};
	const where = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameRange)(range);
	const { states, moreStates } = await surveyStates(backend, {
		prefix,
		table: backend.table,
		mostStates: MOST_STATES
	});
	if (states.length === 0 && command.kind !== "finish") throw new MigrateRefused("no_state_found", explainNoStates(where));
	const assessed = await assessStates(deps, backend, inputs, states);
	const rows = command.kind === "finish" ? await finishStates(deps, backend, job, assessed, inputs.proof) : assessed;
	const pages = { githubServer: job.serverUrl };
	const now = backend.aws.storeNow();
	const shown = rows.filter(({ status }) => status.kind !== "done").slice(0, MOST_LINES);
	for (const row of shown) deps.runner.info(migrationLine(row, range, pages, now));
	if (moreStates > 0) deps.runner.warning(moreStatesText(states.length, moreStates));
	return {
		range,
		page: {
			command: command.kind,
			where,
			rows,
			moreStates,
			pages,
			now
		}
	};
}
async function assessStates(deps, backend, { command, prefix, quietForMs }, states) {
	const quiet = {
		quietForMs,
		now: backend.aws.storeNow()
	};
	const depth = findDepth(command, quiet);
	const assess = async (state, trail) => {
		deps.signal.throwIfAborted();
		const finding = assessState(await lookUpState({
			backend,
			state,
			depth,
			trail
		}));
		return {
			state,
			finding,
			status: command.kind === "finish" ? decideFinish(finding, quiet, isAllowed(command.allowUnknown, state)) : decideDual(finding, quiet)
		};
	};
	const assessed = [];
	for (let from = 0; from < states.length; from += STATES_AT_ONCE) {
		const some = states.slice(from, from + STATES_AT_ONCE);
		const trails = await readTrails(backend, prefix, some.filter((state) => needsVersions(state, depth)).map(({ objectKey }) => objectKey));
		const ends = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.mapAtOnce)(some, LOOKS_AT_ONCE, (state) => assess(state, trails.get(state.objectKey)));
		for (const end of ends) assessed.push(end);
	}
	return assessed;
}
function findDepth(command, { now, quietForMs }) {
	if (command.kind === "report" && command.depth === "quick") return { kind: "quick" };
	return {
		kind: "full",
		since: command.kind === "finish" ? now - quietForMs : 0
	};
}
function isAllowed(globs, { objectKey }) {
	return globs.some((glob) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.matchesGlob)(glob, objectKey));
}
async function finishStates(deps, backend, job, assessed, proof) {
	let isStopped = false;
	return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.mapAtOnce)(assessed, FINISHES_AT_ONCE, async (row) => {
		if (row.status.kind !== "ready" || isStopped) return row;
		deps.signal.throwIfAborted();
		const status = await finishState(deps, backend, job, row.state, proof).catch((error) => {
			if (deps.signal.aborted) throw error;
			isStopped = true;
			return {
				kind: "failed",
				error
			};
		});
		return {
			finding: row.finding,
			status
		};
	});
}
// lib/migrate.js
const migrate = () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runStep)((deps) => migrate$1({
	...deps,
	lookUpRun: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lookUpEachRunOnce)()
}), {
	graceMs: 0,
	totalMs: 36e5,
	tryForMs: _shared_js__WEBPACK_IMPORTED_MODULE_0__.TRY_FOR_MS
});



/***/ }),

/***/ 250:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   S: () => (/* binding */ scanTable),
/* harmony export */   q: () => (/* binding */ classifyObject)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);

// lib/backend/survey/classify-object.js
const LOCK_FILE = ".tflock";
const IN_FOLDER = /^(.*[^/])\.(rescue|plans)\/([^/]+)$/s;
function classifyObject(key) {
	if (key.endsWith(LOCK_FILE) && key.length > 7) return {
		kind: "lock_file",
		objectKey: key.slice(0, -7)
	};
	const [, objectKey, folder, name] = IN_FOLDER.exec(key) ?? [];
	if (objectKey === void 0 || name === void 0) return { kind: "other" };
	if (folder === "rescue") return {
		kind: "rescue_copy",
		objectKey,
		name
	};
	const planId = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findRecordedPlan)(name);
	return planId === void 0 ? { kind: "other" } : {
		kind: "plan_record",
		objectKey,
		planId
	};
}
// lib/backend/survey/scan-table.js
const DIGEST = "-md5";
const PROJECTION = "LockID, Info, Digest, NextDigest, Heartbeat, HeartbeatSeconds";
async function* scanTable(aws, scan) {
	let start;
	do {
		const page = await scanPage(aws, scan, start);
		yield (page.Items ?? []).flatMap((item) => toRow(item, scan) ?? []);
		const next = page.LastEvaluatedKey;
		start = next?.LockID?.S === start?.LockID?.S ? void 0 : next;
	} while (start !== void 0);
}
async function scanPage(aws, { table, bucket, prefix }, start) {
	const command = new _shared_js__WEBPACK_IMPORTED_MODULE_0__.ScanCommand({
		TableName: table,
		ConsistentRead: true,
		ProjectionExpression: PROJECTION,
		FilterExpression: "begins_with(LockID, :prefix)",
		ExpressionAttributeValues: { ":prefix": { S: `${bucket}/${prefix}` } },
		ExclusiveStartKey: start
	});
	return await aws.call({
		api: "dynamodb:Scan",
		resource: `table ${table}`
	}, (abortSignal) => aws.dynamodb.send(command, { abortSignal }));
}
function toRow(item, { bucket }) {
	const path = item.LockID?.S;
	if (path === void 0) return void 0;
	const objectKey = path.slice(bucket.length + 1);
	if (item.Info === void 0 && path.endsWith(DIGEST)) {
		const digest = {
			stored: item.Digest?.S,
			next: item.NextDigest?.S
		};
		return {
			kind: "digest",
			objectKey: objectKey.slice(0, -4),
			digest
		};
	}
	return {
		kind: "lock",
		objectKey,
		lock: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.foundItem)(item)
	};
}



/***/ })

};
