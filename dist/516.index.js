export const id = 516;
export const ids = [516];
export const modules = {

/***/ 8695:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   w: () => (/* binding */ endCheckpointerProcess)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);

// lib/job-processes/end-checkpointer-process.js
const PATIENCE_MS = 3e3;
const LOOK_EVERY_MS = 1;
async function endCheckpointerProcess(deps, pid, privateDirectory) {
	const { processes, clock, signal } = deps;
	const isThere = () => isCheckpointer(deps, pid, privateDirectory);
	if (!await isThere()) return false;
	processes.signal(pid, "SIGTERM");
	const until = clock.monotonic() + PATIENCE_MS;
	while (await isThere()) {
		if (signal.aborted || clock.monotonic() >= until) {
			processes.signal(pid, "SIGKILL");
			return true;
		}
		await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
	}
	return true;
}
async function isCheckpointer({ processes }, pid, privateDirectory) {
	if (!processes.isAlive(pid)) return false;
	const command = await processes.commandLine(pid);
	if (command.kind === "read") return command.text.includes(privateDirectory);
	if (command.kind === "gone") return false;
	const record = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readRecord)(privateDirectory);
	return record?.pid === pid && record.end === void 0;
}



/***/ }),

/***/ 3516:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   post: () => (/* binding */ post),
/* harmony export */   runPost: () => (/* binding */ runPost)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var _end_checkpointer_process_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8695);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3024);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8161);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(6760);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(1455);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(6466);







// lib/messages/push-text.js
function pushLine(facts, url) {
	switch (facts.kind) {
		case "push": return facts.isPushed ? `Pushed ${nameState(facts)} to ${url}.` : "The push failed.";
		case "refuse": return "The state was not pushed.";
		case "checkpointed": return `The checkpointer has already pushed ${nameState(facts)} to ${url}: nothing is left to push.`;
		case "unchanged": return "The job did not change the state: nothing to push.";
		case "no_state": return "There was no state, and the job created none: nothing to push.";
		case "never": return "The job changed its copy of the state, which is not pushed: push is \"never\".";
		case "unknown": return "The job's state file could not be read: nothing was pushed.";
		case "removed": return `The job removed its copy of the state. Nothing was pushed, and ${url} stays as it was.`;
	}
}
function nameState({ state }) {
	if (state === void 0) return "the state";
	return `${state.serial === void 0 ? "the state" : `serial ${state.serial}`}, ${state.size} bytes, MD5 ${state.md5},`;
}
function nothingToPushLine(pull) {
	return `Nothing to push: ${pull ? "there are no local files of this state" : "this job holds only the lock"}.`;
}
const NOTHING_TO_DO = "Nothing to do: the main step holds no lock and pulled no state.";
function stillWrittenText(path) {
	return `What was written to ${path} after the last push is in no other state. The file stays on this runner.`;
}
function unreadFilesText(directory) {
	return `The job's state could not be read. Its files stay in ${directory} on this runner.`;
}
function notMovedText(directory, why) {
	return `${directory} could not be moved: ${why}`;
}
function publishedLine(url, isWritten) {
	return isWritten ? `Published the outputs in ${url}.` : `The outputs in ${url} are up to date.`;
}
// lib/messages/recovery-lines.js
const COMPARE = "To recover it, compare it with the state in S3 and push the right one, where the S3 backend is initialised:";
function recoveryLines(scope, details, fetch) {
	const pull = [...line(fetch ?? FETCH), ...line((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.statePullCommand)(scope, "current.tfstate"))];
	if (details === "state_unreadable") return ["It can't be pushed as it is. To repair it by hand, compare it with the state in S3:", ...pull];
	if (details !== "push_refused") {
		const push = [
			COMPARE,
			...pull,
			...line((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.statePushCommand)(scope, "rescued.tfstate"))
		];
		return details !== void 0 && SHARED.has(details) ? [...push, OTHER_WRITER] : push;
	}
	return [
		COMPARE,
		...pull,
		"`terraform state push` has the same rules for lineage and serial, so it refuses this state too. Replace the state in S3",
		"only if this one is right as a whole (an older one restored on purpose, or one edited by hand):",
		...line((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.statePushCommand)(scope, "rescued.tfstate", "-force"))
	];
}
const SHARED = /* @__PURE__ */ new Set([
	"state_conflict",
	"lock_lost",
	"changed_without_lock"
]);
const OTHER_WRITER = "If Terraform refuses it because of the serial, somebody else has written the state since. Add -force only if this one is right as a whole: it replaces theirs.";
const FETCH = "Copy it from where it is kept to rescued.tfstate.";
function line(command) {
	return command === void 0 ? [] : [`  ${command}`];
}
// lib/messages/kept-state-text.js
const LASTS = {
	until_checkout_is_cleaned: "until its checkout is cleaned",
	until_next_holder: "until the next job there holds this state",
	with_machine: "which lasts as long as the machine",
	with_job: "which is removed with the job"
};
function keptLocation(kept) {
	return listLocations(kept).join("\n");
}
function explainKeptState(kept, now) {
	return [...listLocations(kept), ...listRecovery(kept, now)].join("\n");
}
function listLocations(kept) {
	switch (kept.kind) {
		case "rescued": return [
			KEPT,
			describeCopy(kept.local),
			`  s3://${kept.scope.address.bucket}/${kept.key}`
		];
		case "local": {
			const home = kept.home === void 0 ? "It could not be copied to the home directory." : describeCopy(kept.home);
			return [
				kept.isLost ? KEPT_FOR_NOW : KEPT,
				describeCopy(kept.local),
				home
			];
		}
		case "still_written": return [stillWrittenText(kept.path)];
		case "unread": return [unreadFilesText(kept.directory)];
	}
}
function listRecovery(kept, now) {
	if (kept.kind === "rescued") {
		const { scope, reason, key } = kept;
		return recoveryLines(scope, reason, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.downloadCommand)(scope, key, RESCUED));
	}
	if (kept.kind !== "local") return [];
	const { scope, reason, home, local } = kept;
	const fetch = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.copyCommand)((home ?? local).path, RESCUED);
	return [...kept.isLost ? [LOST_WITH_RUNNER] : recoveryLines(scope, reason, fetch), `A rescue copy in S3 could not be made. ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(kept.cause, now)}`];
}
const RESCUED = "rescued.tfstate";
const KEPT = "The job's state is kept. It is at";
const KEPT_FOR_NOW = "The job's state could not be kept beyond this job. Until the job ends, it is at";
const LOST_WITH_RUNNER = "After that, no state has what this job created. Import it before you apply anything else: the log of the job names it.";
function describeCopy({ path, lasts }) {
	return `  ${path} on this runner, ${LASTS[lasts]}`;
}
function rescuedLocations(path, url) {
	return `${path} on this runner, and ${url}`;
}
function unrescuedLocation(path, why) {
	return `${path} on this runner only: ${why}`;
}
// lib/backend/plan-vault/find-last-plan.js
const MOST_RECORDS = 20;
async function findLastPlan(backend, planId, { repository, ref }) {
	if (ref === "") return void 0;
	const others = (await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listPlans)(backend)).filter((plan) => plan.planId !== planId).slice(0, MOST_RECORDS);
	const found = await Promise.all(others.map(async (plan) => ({
		planId: plan.planId,
		found: await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readPlanRecord)(backend, plan.planId)
	})));
	for (const { planId: id, found: one } of found) {
		if (one.kind !== "found") continue;
		const { record } = one;
		if (record.origin.repository === repository && record.origin.ref === ref) return {
			planId: id,
			record
		};
	}
}
// lib/backend/plan-vault/store-plan.js
async function storePlan(backend, planId, files, writer) {
	const { address } = backend;
	const recordFacts = await hashFile(files.recordPath);
	const { planPath, planFacts, recordPath } = files;
	const planObject = {
		planId,
		key: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.planKey)(address, planId),
		path: planPath,
		facts: planFacts,
		isSameAnyway: false
	};
	const recordObject = {
		planId,
		key: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.planRecordKey)(address, planId),
		path: recordPath,
		facts: recordFacts,
		isSameAnyway: true
	};
	await storeOnce(backend, planObject, writer);
	await storeOnce(backend, recordObject, writer);
}
async function storeOnce(backend, { planId, key, path, facts, isSameAnyway }, { id, run, actor }) {
	const request = {
		key,
		path,
		facts,
		provenance: {
			run,
			actor,
			lockId: id,
			md5: facts.md5
		},
		expectedEtag: void 0,
		isUnlocked: true
	};
	const outcome = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.storeFile)(backend, request);
	if (outcome.kind === "stored") return;
	const stored = outcome.current?.provenance;
	if (stored?.lockId === id && (isSameAnyway || stored.md5 === facts.md5)) return;
	throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
		reason: "plan_id_taken",
		planId,
		current: outcome.current
	}, backend);
}
async function hashFile(path) {
	const hasher = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createFileHasher)();
	for await (const chunk of (0,node_fs__WEBPACK_IMPORTED_MODULE_2__.createReadStream)(path, { highWaterMark: _shared_js__WEBPACK_IMPORTED_MODULE_0__.READ_CHUNK })) hasher.write(chunk);
	return hasher.end();
}
// lib/backend/plan-vault/summarize-changes.js
function summarizeChanges(all) {
	const byAction = new Map(_shared_js__WEBPACK_IMPORTED_MODULE_0__.PLANNED_ACTIONS.map((action) => [action, all.filter((change) => change.action === action)]));
	const count = (action) => byAction.get(action)?.length ?? 0;
	const changing = _shared_js__WEBPACK_IMPORTED_MODULE_0__.PLANNED_ACTIONS.filter((action) => action !== "no-op").flatMap((action) => byAction.get(action) ?? []);
	let room = _shared_js__WEBPACK_IMPORTED_MODULE_0__.MOST_CHANGES_TEXT;
	const fitting = changing.slice(0, _shared_js__WEBPACK_IMPORTED_MODULE_0__.MOST_CHANGES).filter(({ address, module, deposed = "" }) => {
		room -= address.length + module.length + deposed.length;
		return room >= 0;
	});
	return {
		counts: {
			delete: count("delete"),
			replace: count("replace"),
			forget: count("forget"),
			update: count("update"),
			create: count("create"),
			read: count("read"),
			"no-op": count("no-op")
		},
		changes: fitting,
		isComplete: fitting.length === changing.length
	};
}
// lib/messages/plan-summary.js
const ROOM = 2e5;
const LISTED$1 = 100;
const WORDS = {
	delete: "destroyed",
	replace: "replaced",
	forget: "forgotten",
	update: "changed",
	create: "added",
	read: "read",
	"no-op": "unchanged"
};
const DESTROYING = ["delete", "replace"];
const OTHER = [
	"forget",
	"update",
	"create",
	"read"
];
function renderPlan(scope, { planId, record, outputs, lastWrite, codeOfLastWrite, before }) {
	const { changes, fingerprint } = record;
	const does = changes === void 0 ? "its changes are unknown without plan_json" : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countChanges)(changes);
	const rows = [
		["State", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope))],
		["Fingerprint", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(fingerprint)],
		["Last write", lastWrite === void 0 ? "none: there is no state yet" : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.renderWrite)(lastWrite, scope)]
	];
	if (codeOfLastWrite !== void 0) rows.push(["Code of the last write", describeCode(codeOfLastWrite)]);
	if (before !== void 0) rows.push(["Since the last plan", describeMove(before, fingerprint, lastWrite !== void 0)]);
	const destroyed = changes && renderDestroyed(changes);
	const others = changes === void 0 ? [] : renderOthers(changes);
	const outputList = outputs && renderOutputs(outputs);
	const shown = [destroyed, ...outputs && breaksReaders(outputs) ? [outputList, ...others] : [...others, outputList]].filter((list) => list !== void 0);
	return [
		`### \ud83d\udccb Plan ${planId}: ${does}`,
		"",
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlTable)(rows),
		...shown,
		""
	].join("\n");
}
function breaksReaders({ removed, retyped }) {
	return removed.length + retyped.length > 0;
}
function renderOutputs(outputs) {
	const { removed, retyped, changed, added, isComplete } = outputs;
	const items = [
		...renderNames(removed, "\u274c removed"),
		...renderNames(retyped, "\u274c retyped"),
		...renderNames(changed, "changed"),
		...renderNames(added, "added")
	];
	if (!isComplete) items.push("<li><em>The plan changes more outputs than this list shows.</em></li>");
	if (items.length === 0) return void 0;
	const isBroken = breaksReaders(outputs);
	return renderList(isBroken ? `\u274c removed or retyped outputs: ${removed.length + retyped.length}. Jobs that read them will fail` : `outputs: ${changed.length + added.length}`, items, items.length, isBroken);
}
function renderNames(names, word) {
	const items = names.slice(0, LISTED$1).map((name) => `<li>${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(name)} ${word}</li>`);
	if (names.length > LISTED$1) items.push(`<li>and ${names.length - LISTED$1} more ${word}</li>`);
	return items;
}
function describeCode({ commit, missing }) {
	const short = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.shortCommit)(commit));
	if (missing === 0) return `commit ${short}, which is part of this plan's code`;
	if (missing === 1) return `\u26a0\ufe0f commit ${short}. <strong>This plan's code lacks it</strong>, so the plan may undo what it changed. Merge it, then plan again`;
	return `\u26a0\ufe0f commit ${short}. <strong>This plan's code lacks it and ${missing === 2 ? "one commit" : `${missing - 1} commits`} before it</strong>, so the plan may undo what they changed. Merge them, then plan again`;
}
function describeMove({ planId, record }, fingerprint, isThere) {
	const { changes, createdAt } = record;
	const then = changes === void 0 ? "" : `: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countChanges)(changes)}`;
	const which = `plan ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(planId)} (${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatTime)(createdAt)}${then})`;
	if (record.fingerprint === fingerprint) return `the state has not changed since ${which}`;
	return isThere ? `\u26a0\ufe0f <strong>the state has changed</strong> since ${which}` : `\u26a0\ufe0f <strong>the state is gone</strong> since ${which}`;
}
function renderDestroyed({ changes, counts }) {
	const total = counts.delete + counts.replace;
	if (total === 0) return void 0;
	const items = [];
	let room = ROOM;
	for (const change of changes.filter(_shared_js__WEBPACK_IMPORTED_MODULE_0__.isDestroyed)) {
		const item = renderChange(change);
		room -= item.length;
		if (room < 0) break;
		items.push(item);
	}
	return renderList(`\u274c ${describeCounts(DESTROYING, (action) => counts[action])}`, items, total, true);
}
function renderOthers({ changes, isComplete }) {
	const lists = [];
	let room = ROOM;
	for (const [module, ones] of byModule(changes.filter((change) => !(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isDestroyed)(change)))) {
		const items = ones.slice(0, LISTED$1).map(renderChange);
		const list = renderList(nameModule(module, ones), items, ones.length, false);
		room -= list.length;
		if (room < 0) return [...lists, "<p><em>The rest did not fit here.</em></p>"];
		lists.push(list);
	}
	return isComplete ? lists : [...lists, "<p><em>The plan changes more resources than this list shows.</em></p>"];
}
function byModule(changes) {
	const modules = /* @__PURE__ */ new Map();
	for (const change of changes) {
		const ones = modules.get(change.module) ?? [];
		ones.push(change);
		modules.set(change.module, ones);
	}
	return [...modules].sort(([a], [b]) => a < b ? -1 : 1);
}
function nameModule(module, changes) {
	const counts = describeCounts(OTHER, (action) => changes.filter((one) => one.action === action).length);
	return `${module === "" ? "root module" : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(module)}: ${counts}`;
}
function describeCounts(actions, count) {
	return actions.filter((action) => count(action) > 0).map((action) => `${count(action)} ${WORDS[action]}`).join(", ");
}
function renderChange({ address, action, deposed }) {
	const which = deposed === void 0 ? "" : `: only its deposed object ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(deposed)}`;
	return `<li>${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(address)} ${WORDS[action]}${which}</li>`;
}
function renderList(title, items, total, isOpen) {
	const rest = total - items.length;
	const lines = rest > 0 ? [...items, `<li>and ${rest} more</li>`] : items;
	return `<details${isOpen ? " open" : ""}><summary>${title}</summary>\n<ul>\n${lines.join("\n")}\n</ul>\n</details>`;
}
// lib/steps/post/end-plan.js
async function endPlan(deps, backend, session, plan, push) {
	if (plan === void 0) return [];
	if (plan.kind === "apply") {
		await endAppliedPlan(deps, backend, plan, push);
		return [];
	}
	return await storeMadePlan(deps, backend, session, plan, push);
}
async function takePlanAway({ runner }, plan) {
	if (plan?.kind !== "apply") return;
	for (const warning of await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.removePlan)(plan.path)) runner.warning(warning);
}
async function endAppliedPlan(deps, backend, plan, push) {
	const { runner, clock, signal } = deps;
	await takePlanAway(deps, plan);
	if (push?.pushed === void 0 || push.error !== void 0) return;
	try {
		signal.throwIfAborted();
		await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.deleteAppliedPlan)(backend, plan.planId);
		runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.deletedPlanLine)(plan.planId));
	} catch (error) {
		const why = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, clock.now());
		runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.notDeletedText)(backend, plan.planId, why));
	}
}
async function storeMadePlan(deps, backend, session, plan, push) {
	const { runner, signal } = deps;
	const { planId, path } = plan;
	try {
		const copyPath = (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(session.privateDirectory, "post", "plan");
		const facts = await isMade(plan) ? await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.copyPlanFile)(path, copyPath, plan.workspaceRoot) : void 0;
		if (facts === void 0) {
			runner.notice((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.noPlanText)(planId, path));
			return [];
		}
		signal.throwIfAborted();
		const description = await readDescription(deps, plan);
		const record = describeMadePlan(deps, backend, plan, facts, description);
		const recordPath = `${copyPath}.json`;
		await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_5__.writeFile)(recordPath, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.printPlanRecord)(record), { mode: 384 });
		const files = {
			planPath: copyPath,
			planFacts: facts,
			recordPath
		};
		const { run, actor } = plan.origin;
		await storePlan(backend, planId, files, {
			id: session.lock?.id ?? (0,node_path__WEBPACK_IMPORTED_MODULE_4__.basename)(session.privateDirectory),
			run,
			actor
		});
		reportStored(deps, backend, planId, record, push);
		const outputs = description?.outputs;
		const broken = outputs && (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.brokenOutputsText)(planId, outputs);
		if (broken !== void 0) runner.warning(broken);
		const { lastWrite, codeOfLastWrite } = plan;
		const before = await lookForLastPlan(deps, backend, planId, record);
		await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.writeSummary)(deps, () => renderPlan(backend, {
			planId,
			record,
			outputs,
			lastWrite,
			codeOfLastWrite,
			before
		}));
		return [];
	} catch (error) {
		if (error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError) return [error];
		return [new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
			reason: "plan_not_stored",
			planId,
			cause: error
		}, backend)];
	}
}
async function lookForLastPlan({ runner, clock }, backend, planId, { origin }) {
	try {
		return await findLastPlan(backend, planId, origin);
	} catch (error) {
		runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.noEarlierPlanText)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, clock.now())));
		return;
	}
}
async function isMade({ path, markBefore }) {
	const mark = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.markPlanFile)(path);
	return mark !== void 0 && mark !== markBefore;
}
function describeMadePlan(deps, backend, plan, { size, sha256 }, described) {
	const { bucket, objectKey: key, workspace } = backend.address;
	const createdAt = deps.clock.now();
	return {
		state: {
			bucket,
			key,
			workspace
		},
		fingerprint: plan.fingerprint,
		origin: plan.origin,
		sha256: sha256.toString("hex"),
		size,
		createdAt,
		expiresAt: createdAt + plan.ttlMs,
		terraformVersion: described?.terraformVersion ?? plan.terraformVersion,
		changes: described && summarizeChanges(described.changes)
	};
}
async function readDescription({ runner }, { jsonPath }) {
	if (jsonPath === void 0) return void 0;
	const plan = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readPlanJson)(jsonPath);
	if (plan.kind === "plan") return plan;
	runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.unusablePlanJsonText)(jsonPath, plan.detail));
}
function reportStored({ runner }, backend, planId, { size, changes }, push) {
	runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.storedPlanLine)(backend, planId, size, changes));
	if (push?.pushed === void 0) return;
	runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.uselessPlanText)(planId));
}
// lib/steps/post/end-snapshot.js
async function endSnapshot(deps, backend, { snapshot: asked }, kept) {
	const { runner, clock, signal } = deps;
	if (kept === void 0) return [];
	const { key, problem } = kept;
	if (problem !== void 0) {
		if (asked === "always") return [new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
			reason: "snapshot_failed",
			key,
			why: problem
		}, backend)];
		runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.noSnapshotText)(backend, key, problem));
		return [];
	}
	runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.snapshotLine)(backend, key));
	try {
		signal.throwIfAborted();
		await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pruneSnapshots)(backend);
	} catch (error) {
		runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.snapshotsStayText)(backend, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, clock.now())));
	}
	return [];
}
// lib/messages/errored-state-text.js
function erroredStateLeftText(path, reason) {
	return `The action does not use ${path} as the job's state: ${describe(reason)}. The file stays.`;
}
function erroredStateTakenText(path) {
	return `This job's Terraform could not write the state where it belongs and left it in ${path}. The action uses that file as the job's state. The file stays. Once this step succeeds, the state is in S3 and you can delete the file.`;
}
function describe(reason) {
	switch (reason.kind) {
		case "no_whole_state": return "it is not a complete state";
		case "lineage_differs": return `its lineage is ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(reason.lineage)}, not ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(reason.expected)}`;
		case "serial_not_higher": return `its serial ${reason.serial} is not higher than ${reason.than}`;
	}
}
// lib/messages/override-text.js
function overrideGoneText(paths) {
	return `A step of this job removed ${paths.join(" and ")}, as git clean or a second checkout does. Any Terraform that ran there afterwards did not use the pulled state.`;
}
function overrideUnreadText(why) {
	return `The override file could not be checked: ${why}`;
}
function otherWorkspacesText(names, held) {
	return `This job's Terraform also worked in ${names.length === 1 ? "the workspace" : "the workspaces"} ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(names.join(", "))}, which this job does not hold. Whatever it read there was empty. Select ${held} in that step, or hold the other workspace.`;
}
// lib/steps/post/keep-other-states.js
async function keepOtherStates(deps, backend, session) {
	const { stateDirectory, privateDirectory } = session;
	const paths = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStateDirectory)(stateDirectory, privateDirectory, async (directory) => {
		const { workspace } = backend.address;
		const held = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.statePathFor)(directory, workspace);
		const paths = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findOtherStates)(directory, workspace, held);
		const others = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findUnheldWorkspaces)(directory, workspace);
		if (others.length > 0 && paths.length === 0) deps.runner.warning(otherWorkspacesText(others, workspace));
		return paths.length === 0 ? [] : await keepEach(deps, backend, session, paths, "other");
	});
	if (paths === void 0 || paths.length === 0) return [];
	return [new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
		reason: "other_workspace",
		paths
	}, backend)];
}
async function keepEach(deps, backend, session, paths, kind) {
	(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.allowCleanup)(deps, backend, "rescue");
	const keep = (path, i) => keepOne(deps, backend, session, path, `${kind}-${i + 1}`);
	return await Promise.all(paths.map(keep));
}
async function keepOne(deps, backend, session, path, suffix) {
	const job = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env);
	const name = `${job.runId || "local"}-${job.runAttempt}-${suffix}`;
	try {
		const copyPath = (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(session.privateDirectory, "post", suffix);
		const local = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.copyState)(path, copyPath, deps.clock, deps.signal);
		if (local === void 0) return path;
		const { copy, facts } = local;
		const provenance = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeProvenance)(job, session, local);
		const key = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.storeRescueCopy)(backend, {
			path: copy,
			facts,
			provenance,
			name
		});
		return rescuedLocations(path, `s3://${backend.address.bucket}/${key}`);
	} catch (error) {
		return unrescuedLocation(path, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, deps.clock.now()));
	}
}
// lib/steps/post/errored-state.js
async function orErroredState({ runner, clock, signal }, { workingDirectory, privateDirectory, startedAt, erroredBefore }, base, local) {
	if (workingDirectory === void 0) return local;
	const path = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findErroredState)(workingDirectory, startedAt, erroredBefore);
	if (path === void 0) return local;
	const errored = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.copyState)(path, (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(privateDirectory, "post", "errored"), clock, signal);
	if (errored === void 0) return local;
	const why = whyNotTaken(base, local, errored.facts);
	if (why !== void 0) {
		runner.warning(erroredStateLeftText(path, why));
		return local;
	}
	runner.notice(erroredStateTakenText(path));
	return errored;
}
async function keepErroredState(deps, backend, session, inStore) {
	const { workingDirectory, startedAt, erroredBefore } = session;
	if (workingDirectory === void 0 || session.push === "never") return [];
	const path = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findErroredState)(workingDirectory, startedAt, erroredBefore);
	const facts = path === void 0 ? void 0 : await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.hashAndInspectFile)(path);
	if (path === void 0 || facts === void 0 || isInStore(facts, inStore)) return [];
	const paths = await keepEach(deps, backend, session, [path], "errored");
	return [new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
		reason: "errored_state",
		paths
	}, backend)];
}
function isInStore({ size, inspection }, inStore) {
	if (inspection.kind !== "state") return size === 0;
	const { serial, lineage } = inspection.header;
	if (inspection.isEmpty) return true;
	return inStore !== void 0 && serial === inStore.serial && lineage === inStore.lineage && inspection.content === inStore.content;
}
function whyNotTaken(base, local, { inspection }) {
	if (inspection.kind !== "state") return { kind: "no_whole_state" };
	const { lineage, serial } = inspection.header;
	const here = local?.facts.inspection;
	const before = here?.kind === "state" ? here.header : base.state;
	if (before === void 0) return void 0;
	if (before.lineage !== lineage) return {
		kind: "lineage_differs",
		lineage,
		expected: before.lineage
	};
	return serial > before.serial ? void 0 : {
		kind: "serial_not_higher",
		serial,
		than: before.serial
	};
}
// lib/steps/post/while-beating.js
async function whileBeating({ deps, backend, held }, { session, lockStatus }, work) {
	const { lock } = session;
	const { table } = backend;
	const everyMs = lock?.heartbeatMs;
	if (lock === void 0 || table === void 0 || everyMs === void 0 || lockStatus !== "held") return await work();
	const beat = async () => {
		try {
			if (await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.renewLock)(backend, {
				table,
				lock,
				beats: nextBeat(deps)
			})) return void 0;
			held?.markLost(void 0);
			return "lock_lost";
		} catch (error) {
			if (!deps.signal.aborted) deps.runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.heartbeatFailedLine)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, deps.clock.now())));
			return;
		}
	};
	const done = new AbortController();
	const until = AbortSignal.any([deps.signal, done.signal]);
	const beating = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.keepWatch)(deps.clock, until, [{
		everyMs,
		work: beat
	}]);
	try {
		return await work();
	} finally {
		done.abort();
		await beating;
	}
}
function nextBeat({ clock }) {
	return Math.floor(clock.now() / 1e3);
}
// lib/steps/post/keep-lock.js
var LiveTerraform = class extends _shared_js__WEBPACK_IMPORTED_MODULE_0__.CodedError {
	name = "LiveTerraform";
	constructor(message) {
		super("terraform_still_runs", message);
	}
};
async function keepLock(deps, backend, { session, lockStatus }, { stored, pushed, left }) {
	const lock = lockStatus === "none" ? void 0 : session.lock;
	const holder = lock === void 0 ? void 0 : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseLockHolder)(lock.info);
	const errors = [new LiveTerraform((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lockStaysText)(backend, left, holder))];
	const { table } = backend;
	if (lock === void 0) return {
		lock: { kind: "nothing" },
		errors,
		isOvertaken: false
	};
	if (pushed === void 0 || table === void 0) return {
		lock: { kind: "kept" },
		errors,
		isOvertaken: false
	};
	const notWritten = (cause) => new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
		reason: "digest_not_written",
		calculated: pushed,
		stored,
		cause
	}, backend);
	try {
		const beat = {
			table,
			lock,
			beats: nextBeat(deps)
		};
		const { digest, isHeld } = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.commitCheckpoint)(backend, beat, {
			md5: pushed,
			previousMd5: stored
		});
		if (digest.kind === "failed") errors.push(notWritten(digest.error));
		const isOvertaken = digest.kind === "not_ours";
		return {
			lock: { kind: isHeld ? "kept" : "gone" },
			errors,
			isOvertaken
		};
	} catch (cause) {
		errors.push(notWritten(cause));
		return {
			lock: { kind: "kept" },
			errors,
			isOvertaken: false
		};
	}
}
// lib/steps/post/look-at-override.js
async function lookAtOverride({ runner, clock }, backend, session) {
	const preparation = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toPreparation)(session);
	if (preparation === void 0) return [];
	try {
		const { gone, changed } = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.inspectOverride)(preparation);
		if (gone.length > 0) runner.notice(overrideGoneText(gone));
		return changed.length === 0 ? [] : [new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
			reason: "override_changed",
			paths: changed
		}, backend)];
	} catch (error) {
		runner.warning(overrideUnreadText((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, clock.now())));
		return [];
	}
}
// lib/steps/post/publish-outputs.js
async function publishOutputs(deps, backend, session, work) {
	const header = session.publishOutputs ? storedHeader(work) : void 0;
	if (header === void 0 || work.local === void 0) return [];
	const where = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.publishedUrl)(backend);
	try {
		deps.signal.throwIfAborted();
		const outputs = await readStateOutputs(work.local.copy);
		const isWritten = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.storePublishedOutputs)(backend, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.printPublishedOutputs)(header, outputs));
		deps.runner.info(publishedLine(where, isWritten));
		return [];
	} catch (cause) {
		return [new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
			reason: "outputs_not_published",
			cause
		}, backend)];
	}
}
function storedHeader({ knownBase, push, local }) {
	if (push === void 0 || push.error !== void 0 || local === void 0) return void 0;
	const { kind } = push.decision;
	const { inspection } = local.facts;
	if (push.pushed !== void 0 && (kind === "push" || kind === "checkpointed")) return inspection.kind === "state" ? inspection.header : void 0;
	if (kind !== "unchanged" || knownBase?.state === void 0) return void 0;
	const { serial, lineage } = knownBase.state;
	return {
		serial,
		lineage,
		terraformVersion: void 0
	};
}
async function readStateOutputs(path) {
	const reader = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createOutputsReader)();
	for await (const chunk of (0,node_fs__WEBPACK_IMPORTED_MODULE_2__.createReadStream)(path, { highWaterMark: _shared_js__WEBPACK_IMPORTED_MODULE_0__.READ_CHUNK })) if (reader.write(chunk)) break;
	const end = reader.end();
	if (end.kind === "invalid") throw new Error(`the job's state can't be read: ${end.detail}`);
	return end.state.outputs;
}
// lib/steps/post/descent.js
function findBrokenDescent(pulled, backup) {
	if (pulled === void 0 || backup?.kind !== "state") return void 0;
	const { serial, lineage } = backup.header;
	if (lineage !== pulled.lineage) return void 0;
	if (serial < pulled.serial) return {
		kind: "made_from_older",
		origin: serial,
		pulled: pulled.serial
	};
	if (serial > pulled.serial || backup.content === pulled.content) return void 0;
	if ([backup.content, pulled.content].includes("encrypted")) return void 0;
	return {
		kind: "made_from_other",
		serial
	};
}
// lib/steps/post/push-base.js
const NOT_COMMITTED = {
	conditional: true,
	isDigestWritten: false,
	isConfirmed: false
};
function pushBase(pulled, record) {
	const { committed, inDoubt = [], snapshot } = record ?? {};
	if (committed === void 0) return {
		...pulled,
		checkpoint: void 0,
		inDoubt,
		snapshot
	};
	const { state, etag, storedDigest } = committed;
	return {
		state,
		etag,
		storedDigest,
		checkpoint: committed,
		inDoubt,
		snapshot
	};
}
function adoptInDoubt(base, current, lockId) {
	const state = lockId === void 0 ? void 0 : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findInDoubt)(base.inDoubt, current, lockId);
	if (state === void 0 || current === void 0) return void 0;
	const { etag, versionId } = current;
	const { storedDigest, snapshot } = base;
	return {
		state,
		etag,
		storedDigest,
		checkpoint: {
			versionId,
			...NOT_COMMITTED
		},
		inDoubt: [],
		snapshot
	};
}
function baseAfterPush(base, { facts }, { etag, versionId, snapshot }) {
	const state = toPushSide(facts);
	if (state === void 0) return void 0;
	const { storedDigest } = base;
	return {
		state,
		etag,
		storedDigest,
		checkpoint: {
			versionId,
			...NOT_COMMITTED
		},
		inDoubt: [],
		snapshot
	};
}
function toPushSide({ md5, inspection }) {
	if (inspection.kind !== "state") return void 0;
	const { header, content, isEmpty } = inspection;
	return {
		md5,
		serial: header.serial,
		lineage: header.lineage,
		content,
		isEmpty
	};
}
async function lookUpFor({ etag }, backend, lockId) {
	return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lookUpWrite)(backend, {
		key: backend.address.objectKey,
		lockId,
		knownEtag: etag
	});
}
function isObjectOfJob({ state, etag }, current, lockId) {
	if (current === void 0) return false;
	if (current.etag !== void 0 && current.etag === etag) return true;
	if (lockId === void 0 || state === void 0) return false;
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isProvenWrite)(current, {
		lockId,
		md5: state.md5
	});
}
function missingDigest({ state, checkpoint }) {
	return checkpoint?.isDigestWritten === false ? state?.md5 : void 0;
}
// lib/messages/checkpoint-text.js
function explainUnconfirmedCheckpoint(scope, error, now) {
	return [
		`The last checkpoint in ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} could not be checked again.`,
		"It counts as pushed, because this job still held the lock after storing it. Only a write without the lock can have replaced it since.",
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, now)
	].join("\n");
}
// lib/steps/post/confirm-checkpoint.js
async function confirmCheckpoint(context, base) {
	const { deps, backend, session } = context;
	const looked = await look(context, base);
	if (looked.kind === "failed") {
		if (base.checkpoint?.isConfirmed !== true) throw looked.error;
		deps.runner.warning(explainUnconfirmedCheckpoint(backend, looked.error, deps.clock.now()));
		return;
	}
	const { current } = looked;
	if (isObjectOfJob(base, current, session.lock?.id)) return;
	if (current !== void 0 && await isContinued(context, base)) return;
	throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
		reason: "state_conflict",
		expectedEtag: base.etag,
		current
	}, backend);
}
async function look({ deps, backend, session }, base) {
	const lookOnce = () => lookUpFor(base, backend, session.lock?.id);
	try {
		return {
			kind: "seen",
			current: await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.callInTime)(deps, backend, "rescue", lookOnce)
		};
	} catch (error) {
		return {
			kind: "failed",
			error
		};
	}
}
async function isContinued({ backend, session, held }, base) {
	if (base.checkpoint?.isConfirmed !== true || held === void 0 || base.state === void 0) return false;
	if (!await isLost(held)) return false;
	const path = (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(session.privateDirectory, "post", "successor");
	const object = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.downloadState)(backend, path);
	await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_5__.rm)(path, { force: true });
	const inspection = object?.facts.inspection;
	if (inspection?.kind !== "state") return false;
	const { lineage, serial } = inspection.header;
	return lineage === base.state.lineage && serial > base.state.serial;
}
async function isLost(held) {
	try {
		await held.verify();
		return false;
	} catch (error) {
		if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isLockLost)(error)) return true;
		throw error;
	}
}
// lib/steps/post/keep-state.js
async function keepState(deps, backend, job, local, provenance, error) {
	const name = `${job.runId || "local"}-${job.runAttempt}`;
	const reason = error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError ? error.details.reason : void 0;
	const whereLocal = describeLocal(deps, local.path, provenance.lockId !== "");
	const kept = {
		scope: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.copyScope)(backend),
		local: whereLocal,
		reason
	};
	try {
		const { copy: path, facts } = local;
		const key = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.storeRescueCopy)(backend, {
			path,
			facts,
			provenance,
			name
		});
		return {
			...kept,
			kind: "rescued",
			key
		};
	} catch (cause) {
		const copy = await copyHome(local.copy, `${name}-${provenance.lockId || provenance.md5}`);
		const home = copy === void 0 ? void 0 : lasting(deps, copy, "with_machine");
		return {
			...kept,
			kind: "local",
			home,
			isLost: isHosted(deps),
			cause
		};
	}
}
function describeLocal(deps, path, wasHeld) {
	if ((0,node_path__WEBPACK_IMPORTED_MODULE_4__.basename)(path) === "errored.tfstate") return lasting(deps, path, "until_checkout_is_cleaned");
	return lasting(deps, path, wasHeld ? "until_next_holder" : "with_machine");
}
function lasting(deps, path, lasts) {
	return {
		path,
		lasts: isHosted(deps) ? "with_job" : lasts
	};
}
function isHosted({ env }) {
	return env.RUNNER_ENVIRONMENT === "github-hosted";
}
async function copyHome(path, name) {
	const directory = (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)((0,node_os__WEBPACK_IMPORTED_MODULE_3__.homedir)(), ".terraform-s3-state");
	const copy = (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(directory, `${name}.tfstate`);
	try {
		await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_5__.mkdir)(directory, {
			recursive: true,
			mode: 448
		});
		await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_5__.chmod)(directory, 448);
		await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_5__.rm)(copy, { force: true });
		await (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_6__.pipeline)((0,node_fs__WEBPACK_IMPORTED_MODULE_2__.createReadStream)(path, { highWaterMark: _shared_js__WEBPACK_IMPORTED_MODULE_0__.READ_CHUNK }), (0,node_fs__WEBPACK_IMPORTED_MODULE_2__.createWriteStream)(copy, {
			flags: "wx",
			mode: 384
		}));
		return copy;
	} catch {
		return;
	}
}
// lib/steps/post/push-decision.js
function decidePushForJob(session, base, local) {
	const before = base.state;
	if (local === void 0) return { kind: before === void 0 ? "no_state" : "removed" };
	const { md5, inspection } = local.facts;
	const unchanged = base.checkpoint ? {
		kind: "checkpointed",
		local
	} : { kind: "unchanged" };
	if (md5 === before?.md5) return unchanged;
	if (local.facts.size === 0 && before === void 0) return { kind: "no_state" };
	if (session.push === "never") return { kind: "never" };
	if (inspection.kind !== "state") {
		const { problem, detail } = inspection;
		return {
			kind: "refuse",
			local,
			details: {
				reason: "state_unreadable",
				where: "local",
				problem,
				detail
			}
		};
	}
	if (local.broken !== void 0) return {
		kind: "refuse",
		local,
		details: {
			reason: "push_refused",
			refusal: local.broken
		}
	};
	const { header, content, isEmpty } = inspection;
	const { serial, lineage } = header;
	const decision = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.decidePush)({
		before,
		after: {
			serial,
			lineage,
			md5,
			content,
			isEmpty
		}
	});
	if (decision.push) {
		if (session.mode !== "none") return {
			kind: "push",
			local
		};
		return {
			kind: "refuse",
			local,
			details: { reason: "changed_without_lock" }
		};
	}
	if (decision.reason === "unchanged") return unchanged;
	return {
		kind: "refuse",
		local,
		details: {
			reason: "push_refused",
			refusal: decision.refusal
		}
	};
}
// lib/steps/post/push-under-lost-lock.js
function countsAsPushed(error) {
	return !(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isLockLost)(error);
}
function describeLoss(error, { checkpoint, inDoubt }, isStored) {
	if (isStored) return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withLostWrite)(error, "stored");
	if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findLostWrite)(error) !== "not_sent") return error;
	if (inDoubt.length > 0) return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withLostWrite)(error, "in_doubt");
	return checkpoint === void 0 ? error : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withLostWrite)(error, "checkpoint_only");
}
async function keepPushInDoubt(deps, backend, session, push, { lock, isOvertaken }) {
	if (push?.pushed === void 0 || !("local" in push.decision)) return push;
	if (lock.kind !== "gone" && lock.kind !== "taken" && !isOvertaken) return push;
	if (push.pushed.isConfirmed) return push;
	const { local } = push.decision;
	const holder = lock.kind === "taken" ? lock.holder : void 0;
	const error = new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
		reason: "push_in_doubt",
		holder
	}, backend);
	const job = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env);
	(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.allowCleanup)(deps, backend, "rescue");
	const kept = await keepState(deps, backend, job, local, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeProvenance)(job, session, local), error);
	deps.runner.info(keptLocation(kept));
	return {
		...push,
		error,
		kept
	};
}
// lib/steps/post/push-for-job.js
async function pushForJob(context, base, local) {
	const decision = decidePushForJob(context.session, base, local);
	context.deps.runner.debug((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.decisionLine)("push", decision.kind, `on top of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameState)(base.state)}`));
	if (!("local" in decision)) {
		const end = {
			decision,
			pushed: void 0,
			error: void 0,
			kept: void 0
		};
		const { digest } = await digestOfObject(context, base);
		return {
			...end,
			digest
		};
	}
	try {
		return await pushDecided(context, base, decision);
	} catch (error) {
		const conflict = error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError && error.details.reason === "state_conflict" && error.details;
		const adopted = conflict && adoptInDoubt(base, conflict.current, context.session.lock?.id);
		if (adopted) return await pushForJob(context, adopted, local);
		return await keepAfter(context, base, decision, error);
	}
}
async function pushDecided(context, base, decision) {
	const { backend } = context;
	const end = {
		decision,
		error: void 0,
		kept: void 0
	};
	if (decision.kind === "refuse") throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError(decision.details, backend);
	if (decision.kind === "checkpointed") {
		await confirmCheckpoint(context, base);
		const { etag, checkpoint } = base;
		const isConfirmed = checkpoint?.isConfirmed ?? false;
		const { versionId, conditional = true } = checkpoint ?? {};
		const pushed = {
			etag,
			versionId,
			conditional,
			isConfirmed,
			snapshot: base.snapshot
		};
		return {
			...end,
			pushed,
			digest: missingDigest(base)
		};
	}
	const pushed = await push(context, base, decision.local);
	return {
		...end,
		pushed,
		digest: decision.local.facts.md5
	};
}
async function keepAfter(context, base, decision, error) {
	const { deps, backend, session } = context;
	const { local } = decision;
	const { md5 } = local.facts;
	const job = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env);
	const provenance = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeProvenance)(job, session, local);
	(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.allowCleanup)(deps, backend, "rescue");
	const committed = await findCommittedPush(backend, local, provenance, error);
	if (committed !== void 0 && countsAsPushed(error)) {
		const { etag, versionId } = committed;
		return {
			decision,
			pushed: {
				etag,
				versionId,
				conditional: true,
				isConfirmed: false,
				snapshot: base.snapshot
			},
			error: void 0,
			kept: void 0,
			digest: md5
		};
	}
	const failure = describeLoss(error, base, committed !== void 0);
	const end = {
		decision,
		pushed: void 0,
		kept: await keepState(deps, backend, job, local, provenance, failure)
	};
	if (committed !== void 0) return {
		...end,
		error: failure,
		digest: md5
	};
	if (isConflict(error)) return {
		...end,
		error,
		digest: void 0
	};
	const { digest, unsure } = await digestOfObject(context, base);
	return {
		...end,
		error: unsure === void 0 ? failure : new AggregateError([failure, unsure]),
		digest
	};
}
function isConflict(error) {
	return error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError && error.details.reason === "state_conflict";
}
async function digestOfObject({ backend, session }, base) {
	const inDoubt = base.inDoubt.at(-1)?.md5;
	const missing = missingDigest(base);
	if (inDoubt === void 0 && missing === void 0 || backend.table === void 0) return {
		digest: void 0,
		unsure: void 0
	};
	try {
		const lockId = session.lock?.id;
		const current = await lookUpFor(base, backend, lockId);
		const known = adoptInDoubt(base, current, lockId) ?? base;
		return {
			digest: isObjectOfJob(known, current, lockId) ? missingDigest(known) : void 0,
			unsure: void 0
		};
	} catch (cause) {
		if (inDoubt === void 0) return {
			digest: missing,
			unsure: void 0
		};
		const details = {
			reason: "checkpoint_unsure",
			calculated: inDoubt,
			stored: base.storedDigest,
			cause
		};
		return {
			digest: missing,
			unsure: new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError(details, backend)
		};
	}
}
async function push({ deps, backend, session, held }, base, local) {
	const { etag: expectedEtag, storedDigest } = base;
	const { copy: path, facts } = local;
	const request = {
		path,
		facts,
		provenance: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeProvenance)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env), session, local),
		expectedEtag,
		storedDigest,
		snapshot: snapshotBefore(session, base)
	};
	const outcome = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pushState)(backend, held, request);
	if (outcome.kind === "stored") {
		const kept = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.rememberSnapshot)(outcome.snapshot, deps.clock.now()) ?? base.snapshot;
		return {
			...outcome,
			isConfirmed: false,
			snapshot: kept
		};
	}
	const { current } = outcome;
	throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
		reason: "state_conflict",
		expectedEtag,
		current
	}, backend);
}
function snapshotBefore(session, base) {
	const isKept = base.snapshot !== void 0 && base.snapshot.problem === void 0;
	if (base.checkpoint !== void 0 || isKept) return void 0;
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeSnapshot)(session, base, (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(session.privateDirectory, "post", "snapshot"));
}
async function findCommittedPush(backend, { copy: path, facts }, provenance, error) {
	if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.AwsError && error.kind === "aborted" && error.api === "s3:PutObject") && !(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isLockLost)(error)) return void 0;
	const request = {
		key: backend.address.objectKey,
		path,
		facts,
		provenance,
		expectedEtag: void 0
	};
	return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findCutOffWrite)(backend, request).catch(() => void 0);
}
// lib/steps/post/push-found-state.js
const ROUNDS = 3;
async function pushFoundState(context, base, directory) {
	try {
		return await pushUntilStable(context, base);
	} catch (error) {
		const digest = missingDigest(base);
		return {
			knownBase: base,
			push: {
				decision: { kind: "unknown" },
				pushed: void 0,
				error,
				kept: {
					kind: "unread",
					directory
				},
				digest
			},
			local: void 0
		};
	}
}
async function pushUntilStable(context, base) {
	const { backend } = context;
	let known = base;
	for (let round = 1;; round += 1) {
		const local = await findLocalState(context, known);
		const push = await pushForJob(context, known, local);
		const found = {
			knownBase: known,
			push,
			local
		};
		if (local === void 0 || push.error !== void 0 || !await wasWrittenSince(local)) return found;
		if (round === ROUNDS) return {
			...found,
			push: {
				...push,
				...stillWritten(backend, local)
			}
		};
		known = (push.pushed && baseAfterPush(known, local, push.pushed)) ?? known;
	}
}
function stillWritten(backend, { path }) {
	return {
		error: new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
			reason: "push_refused",
			refusal: {
				kind: "still_written",
				path
			}
		}, backend),
		kept: {
			kind: "still_written",
			path
		}
	};
}
async function wasWrittenSince({ path, copy, facts }) {
	if (copy === path) return false;
	const now = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.hashAndInspectFile)(path);
	return now !== void 0 && now.md5 !== facts.md5;
}
async function findLocalState({ deps, session, pulled }, base) {
	const { stateDirectory, privateDirectory } = session;
	const copyPath = (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(privateDirectory, "post", "state");
	return await orErroredState(deps, session, base, await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStateDirectory)(stateDirectory, privateDirectory, async (directory) => {
		const path = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.statePathFor)(directory, session.backend.address.workspace);
		const copied = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.copyState)(path, copyPath, deps.clock, deps.signal);
		const backup = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.hashAndInspectFile)(`${path}.backup`);
		return copied && {
			...copied,
			broken: findBrokenDescent(pulled?.state, backup?.inspection)
		};
	}));
}
// lib/steps/post/release-lock.js
async function releaseLock(backend, { session, lockStatus }, storedDigest, pushedMd5) {
	const { table } = backend;
	const lock = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)(backend);
	if (lock === void 0 || session.lock === void 0 || lockStatus === "none") return {
		lock: { kind: "nothing" },
		errors: [],
		isOvertaken: false
	};
	const { id, info } = session.lock;
	try {
		if (pushedMd5 === void 0 || table === void 0) return {
			lock: await lock.release(info),
			errors: [],
			isOvertaken: false
		};
		const previousMd5 = storedDigest;
		const { digest, fileError, release } = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.writeDigestAndRelease)(backend, {
			table,
			lock: {
				id,
				info
			},
			md5: pushedMd5,
			previousMd5
		});
		const errors = [];
		if (digest.kind === "failed") {
			const stored = previousMd5;
			errors.push({
				reason: "digest_not_written",
				calculated: pushedMd5,
				stored,
				cause: digest.error
			});
		}
		if (fileError !== void 0) errors.push({
			reason: "release_failed",
			info,
			cause: fileError
		});
		return {
			lock: fileError === void 0 ? release : { kind: "failed" },
			errors: errors.map((details) => new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError(details, backend)),
			isOvertaken: digest.kind === "not_ours"
		};
	} catch (cause) {
		return {
			lock: { kind: "failed" },
			errors: [new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
				reason: lockStatus === "held" ? "release_failed" : "release_unsure",
				info,
				cause
			}, backend)],
			isOvertaken: false
		};
	}
}
// lib/messages/object-page.js
const CONSOLES = [
	["cn-", "console.amazonaws.cn"],
	["us-gov-", "console.amazonaws-us-gov.com"],
	["us-iso", ""],
	["eu-isoe-", ""],
	["", "console.aws.amazon.com"]
];
function objectPage({ aws, address }, versionId) {
	if (aws.endpoints.s3 !== void 0) return void 0;
	const host = CONSOLES.find(([prefix]) => aws.region.startsWith(prefix))?.[1];
	if (!host) return void 0;
	const query = new URLSearchParams({
		region: aws.region,
		prefix: address.objectKey
	});
	if (versionId !== void 0) query.set("versionId", versionId);
	return `https://${host}/s3/object/${encodeURIComponent(address.bucket)}?${query}`;
}
// lib/messages/job-summary.js
const LISTED = 50;
function renderSummary(facts, timeline) {
	const { backend, push } = facts;
	const { bucket, objectKey, workspace } = backend.address;
	const rows = [
		["State", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.link)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(`s3://${bucket}/${objectKey}`), objectPage(backend, push.versionId))],
		["Workspace", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(workspace)],
		["Serial", serials(facts)],
		["Resources", resources(facts)]
	];
	const lock = lockText(facts, facts.mode);
	if (lock !== void 0) rows.push(["Lock", lock], ...waitRows(facts));
	return [
		`### ${title(facts)}`,
		"",
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlTable)(rows),
		...lists(facts.changes),
		...facts.problems.map((problem) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.block)(problem)),
		...timeline === void 0 ? [] : [timeline],
		""
	].join("\n");
}
function renderLockSummary(facts, timeline) {
	const { bucket, objectKey, workspace } = facts.backend.address;
	const rows = [
		["State", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.link)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(`s3://${bucket}/${objectKey}`), objectPage(facts.backend, void 0))],
		["Workspace", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(workspace)],
		["Lock", lockText(facts, "hold") ?? lockEnd(facts.lock)],
		...waitRows(facts)
	];
	return [
		`### ${mark(facts)} ${nameResource(facts)}: lock only`,
		"",
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlTable)(rows),
		...facts.problems.map((problem) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.block)(problem)),
		...timeline === void 0 ? [] : [timeline],
		""
	].join("\n");
}
function renderStatesSummary(states) {
	const problems = states.flatMap(({ summary }) => summary.problems);
	const ends = states.map(({ summary }) => describeEnd(summary));
	const counts = [...new Set(ends)].map((end) => `${ends.filter((other) => other === end).length} ${end}`);
	return [
		`### ${mark({ problems })} Terraform states: ${counts.join(", ")}`,
		"",
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlColumns)([
			"",
			"State",
			"End",
			"Serial",
			"Resources",
			"Lock"
		], states.map(toRow)),
		...states.flatMap(renderDetails),
		""
	].join("\n");
}
function describeEnd(summary) {
	return summary.kind === "lock" ? "lock only" : describePush(summary.push);
}
function toRow({ name, summary }) {
	const { bucket, objectKey, workspace } = summary.backend.address;
	const versionId = summary.kind === "lock" ? void 0 : summary.push.versionId;
	const url = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.link)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(`s3://${bucket}/${objectKey}`), objectPage(summary.backend, versionId));
	const isLock = summary.kind === "lock";
	const lock = lockText(summary, isLock ? "hold" : summary.mode) ?? lockEnd(summary.lock);
	const waited = waitRows(summary).map(([what, holders]) => `<br>${what.toLowerCase()} ${holders}`);
	return [
		summary.problems.length > 0 ? `\u274c ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(name)}` : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(name),
		workspace === "default" ? url : `${url}<br>workspace ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(workspace)}`,
		describeEnd(summary),
		isLock ? "" : serials(summary),
		isLock ? "" : resources(summary),
		`${lock}${waited.join("")}`
	];
}
function renderDetails({ name, summary }) {
	const details = [...summary.kind === "lock" ? [] : lists(summary.changes), ...summary.problems.map((problem) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.block)(problem))];
	return details.length === 0 ? [] : [
		"",
		`#### ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(name)}`,
		"",
		...details
	];
}
function waitRows({ times }) {
	const waitedFor = times?.waitedFor ?? [];
	return waitedFor.length === 0 ? [] : [["Waited for", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.renderWaitedHolders)(waitedFor)]];
}
function lockText({ backend, times, heldMs, lock }, mode) {
	if (times !== void 0 && heldMs !== void 0) return `waited ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatDuration)(times.waitedMs)}, held ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatDuration)(heldMs)}, ${lockEnd(lock)}`;
	if (mode === "none") return "not taken: <code>lock: none</code>";
	return backend.table !== void 0 || backend.useLockfile ? void 0 : "\u26a0\ufe0f not taken: neither <code>dynamodb_table</code> nor <code>use_lockfile</code> is set";
}
function nameResource({ backend }) {
	const { workspace } = backend.address;
	return workspace === "default" ? "Terraform state" : `Terraform state of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.escapeHtml)(workspace)}`;
}
function mark({ problems }) {
	return problems.length > 0 ? "\u274c" : "\ud83d\udd12";
}
function title(facts) {
	return `${mark(facts)} ${nameResource(facts)}: ${describePush(facts.push)}`;
}
function describePush({ kind, isPushed, mayBeStored }) {
	return {
		push: isPushed ? "pushed" : `${mayBeStored ? "push in doubt" : "not pushed"}, kept`,
		refuse: "not pushed, kept",
		checkpointed: "pushed while the job ran",
		unchanged: "unchanged",
		no_state: "none yet",
		never: "changed, not pushed",
		removed: "left as it was",
		unknown: "unreadable here, not pushed"
	}[kind];
}
function serials({ push, serialBefore }) {
	const before = serialBefore === void 0 ? "none" : String(serialBefore);
	if (push.serial === void 0) return before;
	return `${before} \u2192 ${push.serial}${describeSerial(push)}`;
}
function describeSerial({ isPushed, mayBeStored }) {
	if (isPushed) return "";
	return mayBeStored ? " (in doubt)" : " (not pushed)";
}
function resources({ push, changes }) {
	if (push.kind === "unchanged" || push.kind === "no_state") return "no changes";
	if (push.serial === void 0) return "not compared";
	if (changes === void 0) return "too many, or unreadable: not compared";
	const { added, changed, removed } = changes;
	return `${added.length} added, ${changed.length} changed, ${removed.length} removed`;
}
function lockEnd(lock) {
	return {
		released: "released",
		gone: "freed by somebody else",
		taken: "taken by somebody else",
		nothing: "not held",
		failed: "\u274c not released",
		kept: "\u274c kept, because Terraform still works under it"
	}[lock];
}
function lists(changes) {
	if (changes === void 0) return [];
	return [
		["added", changes.added],
		["changed", changes.changed],
		["removed", changes.removed]
	].filter(([, addresses]) => addresses.length > 0).map(([kind, addresses]) => list(kind, addresses));
}
function list(kind, addresses) {
	const items = addresses.slice(0, LISTED).map((address) => `<li>${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(address)}</li>`);
	if (addresses.length > LISTED) items.push(`<li>and ${addresses.length - LISTED} more</li>`);
	return `<details><summary>${addresses.length} ${kind}</summary>\n<ul>\n${items.join("\n")}\n</ul>\n</details>`;
}
// lib/messages/timeline.js
const SHOWN = 10;
const SHORT_MS = 1e4;
function renderTimeline(facts) {
	const { startedAt, lockedAt, waitedMs, handedOverAt, postAt, pushedAt, releasedAt } = facts;
	const pullFrom = lockedAt ?? startedAt;
	const lines = [
		"section Lock",
		...lockedAt === void 0 ? [] : [bar("waited", lockedAt - waitedMs, lockedAt), bar("held", lockedAt, releasedAt, "active")],
		"section Job",
		...handedOverAt === void 0 ? [] : [bar("pulled", pullFrom, handedOverAt, "done")],
		bar("steps", handedOverAt ?? pullFrom, postAt, "active"),
		...checkpointLines(facts.checkpointsAt),
		bar(facts.push, postAt, pushedAt, "done"),
		bar(facts.release, pushedAt, releasedAt, "done")
	];
	return [
		"<details><summary>Timeline</summary>",
		"",
		"```mermaid",
		"gantt",
		"  dateFormat x",
		"  axisFormat %H:%M:%S",
		...releasedAt - startedAt < SHORT_MS ? ["  tickInterval 1second"] : [],
		...lines.filter((line, i) => !isEmptySection(line, lines[i + 1])).map((line) => `  ${line}`),
		"```",
		"",
		"</details>"
	].join("\n");
}
function isEmptySection(line, next) {
	return line.startsWith("section") && (next === void 0 || next.startsWith("section"));
}
function bar(name, from, until, tag) {
	const end = Math.max(from, until);
	const style = tag === void 0 ? "" : `${tag}, `;
	return `${name} ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatDuration)(end - from)} :${style}${Math.round(from)}, ${Math.round(end)}`;
}
function checkpointLines(checkpointsAt) {
	const first = Math.max(0, checkpointsAt.length - SHOWN);
	return checkpointsAt.slice(first).map((at, i) => `checkpoint ${first + i + 1} :milestone, ${at}, ${at}`);
}
// lib/steps/post/report-release.js
function logPush({ runner }, backend, push) {
	const { decision, pushed, kept } = push;
	const url = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(backend);
	if (pushed !== void 0 && !pushed.conditional) runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.unconditionalText)(url));
	const facts = "local" in decision ? decision.local.facts : void 0;
	const state = facts && {
		serial: readSerial(facts),
		size: facts.size,
		md5: facts.md5
	};
	const text = pushLine({
		kind: decision.kind,
		isPushed: pushed !== void 0,
		state
	}, url);
	if (decision.kind === "removed") runner.warning(text);
	else if (decision.kind === "never") runner.notice(text);
	else runner.info(text);
	if (kept !== void 0) runner.info(keptLocation(kept));
}
function readSerial({ inspection }) {
	return inspection.kind === "state" ? inspection.header.serial : void 0;
}
function logLockRelease({ runner, clock, env }, { address }, { session, lockStatus, times }, push, { lock }) {
	const now = clock.now();
	if (lock.kind === "released") runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.releasedLine)(times && now - times.heldSince));
	else if (lock.kind === "nothing") {
		if (session.mode !== "none") runner.info(_shared_js__WEBPACK_IMPORTED_MODULE_0__.NO_LOCK_LINE);
	} else if (lock.kind === "gone" || lock.kind === "taken") {
		const nothingElse = push === void 0 && session.pull;
		const isExpected = lockStatus === "trying" || nothingElse || push?.error !== void 0;
		const holder = lock.kind === "taken" ? lock.holder : void 0;
		const pages = { githubServer: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(env).serverUrl };
		const text = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.missingLockText)({
			lockPath: address.lockPath,
			holder,
			isExpected
		}, pages, now);
		if (isExpected) runner.info(text);
		else runner.warning(text);
	}
}
function collectFailures({ push, end }) {
	return [...push?.error === void 0 ? [] : [push.error], ...end.errors];
}
async function reportRelease(deps, report) {
	if (!hasSummary(report)) return;
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.writeSummary)(deps, async () => {
		const { summary, timeline } = await describeRelease(deps, report);
		return summary.kind === "lock" ? renderLockSummary(summary, timeline) : renderSummary(summary, timeline);
	});
}
function hasSummary({ saved, push }) {
	return push !== void 0 || !saved.session.pull;
}
async function describeRelease({ clock }, report) {
	const { saved, push } = report;
	const lock = lockFacts(report, clock.now());
	const { privateDirectory, mode } = saved.session;
	const timeline = renderTimeline(timelineFacts(report));
	if (push === void 0) return {
		summary: {
			kind: "lock",
			...lock
		},
		timeline
	};
	const changes = await countChanges(privateDirectory, push);
	const serialBefore = saved.pulled?.state?.serial;
	return {
		summary: {
			kind: "state",
			...lock,
			mode,
			push: toPushSummary(push),
			serialBefore,
			changes
		},
		timeline
	};
}
function lockFacts(report, now) {
	const { saved, push, end } = report;
	const errors = collectFailures(report).map((error) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, now));
	return {
		backend: saved.session.backend,
		times: saved.times,
		heldMs: saved.times && now - saved.times.heldSince,
		lock: end.lock.kind,
		problems: [...errors, ...push?.kept ? [explainKeptState(push.kept, now)] : []]
	};
}
function timelineFacts({ saved, push, end, times }) {
	const { session, handedOverAt } = saved;
	return {
		startedAt: session.startedAt,
		lockedAt: saved.times?.heldSince,
		waitedMs: saved.times?.waitedMs ?? 0,
		handedOverAt,
		checkpointsAt: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readRecord)(session.privateDirectory)?.committedAt ?? [],
		...times,
		push: push?.pushed === void 0 ? "looked at the state" : "pushed",
		release: end.lock.kind === "released" ? "released" : "ended"
	};
}
async function countChanges(directory, { decision }) {
	if (!("local" in decision)) return void 0;
	const { inspection } = decision.local.facts;
	if (inspection.kind !== "state") return void 0;
	const before = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readBaseline)(directory);
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.compareResources)(before, inspection.resources);
}
function mayBeStored(error) {
	const write = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findLostWrite)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.firstCause)(error));
	return write === "in_doubt" || write === "stored";
}
function toPushSummary({ decision, pushed, error }) {
	const { kind } = decision;
	const end = {
		kind,
		isPushed: pushed !== void 0,
		mayBeStored: mayBeStored(error),
		versionId: pushed?.versionId
	};
	if (!("local" in decision)) return {
		...end,
		serial: void 0
	};
	return {
		...end,
		serial: readSerial(decision.local.facts) ?? "unreadable"
	};
}
// lib/workspace-files/find-state-files.js
const MOST_ENTRIES = 2e5;
const BEGINNINGS = [/^\{\s*"version":\s*4,\s*"terraform_version":/, /^\{"serial":\d+,"lineage":"[^"]*","meta":\{/];
const BEGINNING_BYTES = 256;
const STATE_ENDING = ".tfstate";
const SKIPPED = /* @__PURE__ */ new Set([
	".git",
	"node_modules",
	"providers"
]);
async function findStateFiles(root, module, since) {
	const found = [];
	const folders = [root];
	let seen = 0;
	for (let folder = folders.pop(); folder !== void 0 && seen < MOST_ENTRIES; folder = folders.pop()) {
		const entries = await listEntries(folder);
		seen += entries.length;
		for (const entry of entries) {
			const path = (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(folder, entry.name);
			if (entry.isDirectory() && !SKIPPED.has(entry.name)) folders.push(path);
			if (entry.isFile() && mayBeState(entry.name, folder === module) && await isWrittenSince(path, since) && await isState(path)) found.push(path);
		}
	}
	return found.sort();
}
function mayBeState(name, isInModule) {
	return isInModule || name.endsWith(STATE_ENDING);
}
async function isState(path) {
	if (path.endsWith(STATE_ENDING)) return true;
	const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_5__.open)(path, node_fs__WEBPACK_IMPORTED_MODULE_2__.constants.O_RDONLY | node_fs__WEBPACK_IMPORTED_MODULE_2__.constants.O_NOFOLLOW).catch(() => void 0);
	if (file === void 0) return false;
	try {
		const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0);
		const text = buffer.toString("utf8", 0, bytesRead);
		return BEGINNINGS.some((beginning) => beginning.test(text));
	} finally {
		await file.close();
	}
}
async function listEntries(folder) {
	try {
		return await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_5__.readdir)(folder, { withFileTypes: true });
	} catch (error) {
		if ([
			"ENOENT",
			"ENOTDIR",
			"EACCES",
			"EPERM"
		].some((code) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.hasCode)(error, code))) return [];
		throw error;
	}
}
async function isWrittenSince(path, since) {
	try {
		const { mtimeMs, size } = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_5__.lstat)(path);
		return size > 0 && mtimeMs >= since;
	} catch (error) {
		if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.hasCode)(error, "ENOENT")) return false;
		throw error;
	}
}
// lib/steps/post/stray-states.js
async function keepStrayStates(deps, backend, session, inStore) {
	const { workingDirectory, startedAt } = session;
	if (workingDirectory === void 0 || session.push === "never") return [];
	const strays = [];
	for (const path of await findStateFiles((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env).workspace, workingDirectory, startedAt)) {
		if (path === (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)(workingDirectory, "errored.tfstate")) continue;
		const facts = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.hashAndInspectFile)(path);
		const isLocal = isLocalState((0,node_path__WEBPACK_IMPORTED_MODULE_4__.relative)(workingDirectory, path));
		if (facts !== void 0 && isUnpushed(facts, inStore, isLocal)) strays.push(path);
	}
	if (strays.length === 0) return [];
	const paths = await keepEach(deps, backend, session, strays, "stray");
	return [new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
		reason: "unpushed_state",
		paths
	}, backend)];
}
function isLocalState(below) {
	const folder = (0,node_path__WEBPACK_IMPORTED_MODULE_4__.dirname)(below);
	return below === "terraform.tfstate" || folder !== "." && (0,node_path__WEBPACK_IMPORTED_MODULE_4__.dirname)(folder) === "terraform.tfstate.d" && below.endsWith(`${node_path__WEBPACK_IMPORTED_MODULE_4__.sep}terraform.tfstate`);
}
function isUnpushed({ inspection }, inStore, isLocal) {
	if (inspection.kind !== "state" || inspection.isEmpty) return false;
	const { serial, lineage } = inspection.header;
	if (inStore === void 0 || lineage !== inStore.lineage) return isLocal;
	if (serial === inStore.serial) return inspection.content !== inStore.content;
	return serial > inStore.serial;
}
function stateInStore(base, { decision, pushed }) {
	if (pushed === void 0 || !("local" in decision)) return base?.state;
	const { inspection } = decision.local.facts;
	if (inspection.kind !== "state") return base?.state;
	const { serial, lineage } = inspection.header;
	return {
		serial,
		lineage,
		content: inspection.content
	};
}
// lib/steps/post/take-over-checkpointer.js
async function takeOverCheckpointer(deps, backend, saved) {
	const record = await endCheckpointer(deps, saved);
	if (saved.pulled === void 0) return void 0;
	const base = pushBase(saved.pulled, record);
	if (base.inDoubt.length === 0) return base;
	return adoptInDoubt(base, await lookUpFor(base, backend, saved.session.lock?.id).catch(() => void 0), saved.session.lock?.id) ?? base;
}
async function endCheckpointer(deps, { session, checkpointerPid }) {
	const { privateDirectory } = session;
	if (!await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isDirectory)(privateDirectory)) return void 0;
	const pid = checkpointerPid ?? (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readRecord)(privateDirectory)?.pid;
	if (pid === void 0) return void 0;
	const wasThere = await (0,_end_checkpointer_process_js__WEBPACK_IMPORTED_MODULE_1__/* .endCheckpointerProcess */ .w)(deps, pid, privateDirectory);
	const record = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readRecord)(privateDirectory);
	deps.runner.debug((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.decisionLine)("checkpoint", describeRecord(record)));
	if (record?.committed !== void 0) deps.runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.checkpointsLine)(record.checkpoints, record.committed.state.serial));
	if (!wasThere && record?.end === void 0) deps.runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.checkpointerCrashedText)(record?.log ?? []));
	else if (record?.lastError !== void 0) deps.runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.checkpointFailedText)(record.lastError));
	return record;
}
function describeRecord(record) {
	if (record === void 0) return "no record";
	const { committed, inDoubt, end, isConflict } = record;
	const conflict = isConflict ? ", somebody else changed the state" : "";
	return `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameState)(committed?.state)} committed, ${inDoubt.length} in doubt, ended by ${end ?? "post"}${conflict}`;
}
// lib/steps/post/wait-for-terraform.js
async function letTerraformEnd(deps, session, firstLook) {
	let first = firstLook;
	const look = () => {
		const found = first ?? (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.jobTerraforms)(deps, session);
		first = void 0;
		return found;
	};
	const { left, isForced } = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stopTerraforms)(deps, look);
	if (!session.pull) return left ?? [];
	const mark = await findMark(session);
	if (mark === void 0) return left ?? [];
	const isMarked = async () => (await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.entryAt)(mark)).kind === "file";
	if (left === void 0) {
		await waitBlindly(deps, session, mark, isMarked);
		return [];
	}
	if (left.length === 0 && (isForced || await isMarked())) deps.runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.cutOffText)("killed"));
	return left;
}
async function findMark(session) {
	const path = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findStatePath)(session);
	return path && (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)((0,node_path__WEBPACK_IMPORTED_MODULE_4__.dirname)(path), `.${(0,node_path__WEBPACK_IMPORTED_MODULE_4__.basename)(path)}.lock.info`);
}
async function waitBlindly(deps, { backend }, mark, isMarked) {
	if (!await isMarked()) return;
	deps.runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.markedLine)(mark));
	const { isThere } = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.waitForOthers)(deps, backend.address, isMarked);
	if (isThere) deps.runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.cutOffText)("maybe_working"));
}
// lib/steps/post/end-hold.js
async function endHold(deps, saved, onReport) {
	if (saved === void 0 || saved.lockStatus === "none" && saved.pulled === void 0) {
		deps.runner.info(NOTHING_TO_DO);
		if (saved !== void 0) {
			await takePlanAway(deps, saved.plan);
			await removeFiles(deps, saved.session);
		}
		return [];
	}
	const { session } = saved;
	const postAt = deps.clock.now();
	const terraforms = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.jobTerraforms)(deps, session);
	terraforms.catch(() => {});
	const backend = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.connectBackend)(deps, session.backend);
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.openConnections)(backend, {
		toTable: 2,
		isLockFirst: session.lock !== void 0
	});
	backend.aws.signIn().catch(() => {});
	const held = session.lock && (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.heldLock)(backend, session.lock);
	try {
		const context = {
			deps,
			backend,
			session,
			held,
			pulled: saved.pulled
		};
		const { work, end, unpublished, pushedAt, releasedAt } = await whileBeating(context, saved, () => pushAndLetGo(context, saved, terraforms));
		const push = await keepPushInDoubt(deps, backend, session, work.push, end);
		const others = await keepStatesElsewhere(deps, backend, session, {
			...work,
			push
		});
		const changed = push === void 0 ? [] : await lookAtOverride(deps, backend, session);
		const ofPlan = await endPlan(deps, backend, session, saved.plan, push);
		const report = {
			saved,
			push,
			times: {
				postAt,
				pushedAt,
				releasedAt
			},
			end: {
				...end,
				errors: [
					...end.errors,
					...others,
					...changed,
					...unpublished,
					...ofPlan
				]
			}
		};
		await onReport(report);
		const isNeeded = push?.kept !== void 0 || others.length > 0 || end.lock.kind === "failed" || work.left.length > 0;
		await cleanUp(deps, saved.session, isNeeded);
		return listFailures(report, deps.clock.now());
	} finally {
		backend.aws.destroy();
	}
}
async function pushAndLetGo(context, saved, terraforms) {
	const { deps, backend, session } = context;
	const { runner } = deps;
	const pushed = await runner.group("Push the state", () => pushWhatIsThere(context, saved, terraforms));
	const unpublished = await publishOutputs(deps, backend, session, pushed);
	const unkept = await endSnapshot(deps, backend, session, pushed.push?.pushed?.snapshot);
	const pushedAt = deps.clock.now();
	const work = await giveUpPath(deps, session, pushed);
	const release = () => releaseAndReport(deps, backend, saved, work);
	const end = await (session.mode === "none" ? release() : runner.group("Release the lock", release));
	return {
		work,
		unpublished: [...unpublished, ...unkept],
		end,
		pushedAt,
		releasedAt: deps.clock.now()
	};
}
async function giveUpPath(deps, session, work) {
	const { directory, push, left } = work;
	if (session.lock === void 0 || directory === void 0 || push?.kept !== void 0 || left.length > 0) return work;
	try {
		const moved = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.giveUpStatePath)(session.stateDirectory, session.privateDirectory);
		return {
			...work,
			directory: moved,
			push: push && moveLocal(push, directory, moved ?? directory)
		};
	} catch (error) {
		deps.runner.warning(notMovedText(directory, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, deps.clock.now())));
		return work;
	}
}
function moveLocal(push, from, to) {
	const { decision } = push;
	if (!("local" in decision) || !decision.local.path.startsWith(from)) return push;
	const path = `${to}${decision.local.path.slice(from.length)}`;
	return {
		...push,
		decision: {
			...decision,
			local: {
				...decision.local,
				path
			}
		}
	};
}
async function pushWhatIsThere(context, saved, terraforms) {
	const { deps, backend, session } = context;
	const left = session.mode === "none" && session.push === "never" ? [] : await letTerraformEnd(deps, session, terraforms);
	const base = await takeOverCheckpointer(deps, backend, saved);
	const directory = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findStateDirectory)(session.stateDirectory, session.privateDirectory);
	if (base === void 0 || directory === void 0) {
		deps.runner.info(nothingToPushLine(session.pull));
		return {
			base,
			directory,
			knownBase: base,
			push: void 0,
			local: void 0,
			left
		};
	}
	const found = await pushFoundState(context, base, directory);
	logPush(deps, backend, found.push);
	return {
		...found,
		base,
		directory,
		left
	};
}
async function keepStatesElsewhere(deps, backend, session, { base, directory, push }) {
	if (push === void 0 || directory === void 0) return [];
	const others = await keepOtherStates(deps, backend, session);
	const isKept = "local" in push.decision && (0,node_path__WEBPACK_IMPORTED_MODULE_4__.basename)(push.decision.local.path) === "errored.tfstate";
	const inStore = stateInStore(base, push);
	const errored = isKept ? [] : await keepErroredState(deps, backend, session, inStore);
	const strays = await keepStrayStates(deps, backend, session, inStore);
	return [
		...others,
		...errored,
		...strays
	];
}
async function releaseAndReport(deps, backend, saved, { base, push, left }) {
	const stored = base?.storedDigest;
	const pushed = push?.digest;
	const end = await releaseInTime(deps, backend, saved, () => left.length === 0 ? releaseLock(backend, saved, stored, pushed) : keepLock(deps, backend, saved, {
		stored,
		pushed,
		left
	}));
	deps.runner.debug((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.decisionLine)("release", end.lock.kind));
	await leaveQueueOfMain(deps.runner, backend, saved);
	logLockRelease(deps, backend, saved, push, end);
	if (push !== void 0 || saved.pulled === void 0 || end.lock.kind !== "released") return end;
	const directory = saved.session.stateDirectory;
	const lost = new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
		reason: "local_state_lost",
		directory
	}, backend);
	return {
		...end,
		errors: [...end.errors, lost]
	};
}
async function leaveQueueOfMain(runner, backend, { session, isQueued }) {
	const stores = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)(backend);
	if (!isQueued || session.lock === void 0 || stores === void 0) return;
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.removeTicket)(runner, stores, session.lock);
}
function releaseInTime(deps, backend, { lockStatus }, release) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.finishInTime)(deps, backend, "release", {
		attempt: async (before) => {
			const end = await release();
			return lockStatus === "held" && before?.lock.kind === "failed" && end.lock.kind === "gone" ? {
				...end,
				lock: { kind: "released" }
			} : end;
		},
		hasFailed: ({ errors }) => errors.length > 0
	});
}
async function cleanUp(deps, session, keepFiles) {
	const preparation = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toPreparation)(session);
	if (preparation !== void 0) warn(deps, await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.restoreWorkingDirectory)(preparation));
	if (!keepFiles) await removeFiles(deps, session);
}
async function removeFiles(deps, session) {
	const { stateDirectory, privateDirectory } = session;
	warn(deps, await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.removeStateDirectory)(stateDirectory, privateDirectory));
	warn(deps, await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.removePrivateDirectory)(privateDirectory));
}
function listFailures(report, now) {
	const errors = collectFailures(report);
	const { push } = report;
	return errors.length === 0 || push?.kept === void 0 ? errors : [...errors, new Error(explainKeptState(push.kept, now))];
}
function warn({ runner }, warnings) {
	for (const warning of warnings) runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.fileWarningText)(warning));
}
// lib/steps/post/push-and-release-states.js
async function pushAndReleaseStates(deps, names) {
	const ends = await Promise.all(names.map((name, i) => endOneOfSeveral((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.dependenciesForState)(deps, i, name), name)));
	const summaries = ends.flatMap(({ summary }) => summary ?? []);
	if (summaries.length > 0) await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.writeSummary)(deps, () => renderStatesSummary(summaries));
	const failures = ends.flatMap((end) => end.failures);
	if (failures.length === 0) return;
	throw new AggregateError(failures, "a state was not pushed or its lock not released");
}
async function endOneOfSeveral(deps, name) {
	let summary;
	const gatherSummary = async (report) => {
		if (!hasSummary(report)) return;
		try {
			summary = {
				name,
				summary: (await describeRelease(deps, report)).summary
			};
		} catch (error) {
			deps.runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.summaryNotWrittenText)(error, deps.clock.now()));
		}
	};
	try {
		const failures = await endHold(deps, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readSavedState)(deps.env), gatherSummary);
		return {
			summary,
			failures
		};
	} catch (error) {
		return {
			summary,
			failures: [error]
		};
	}
}
// lib/steps/post/push-and-release.js
async function pushAndRelease(deps, { freeOrphanedLock }) {
	const names = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStateNames)(deps.env);
	if (names !== void 0) return await pushAndReleaseStates(deps, names);
	const saved = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readSavedState)(deps.env);
	if (saved?.session.mode === "guard") return await freeOrphanedLock(deps, saved);
	const failures = await endHold(deps, saved, (report) => reportRelease(deps, report));
	if (failures.length === 0) return;
	throw new AggregateError(failures, "the state was not pushed or its lock not released");
}
// lib/post.js
const others = { freeOrphanedLock: async (...args) => {
	const { freeOrphanedLock } = await __webpack_require__.e(/* import() */ 196).then(__webpack_require__.bind(__webpack_require__, 196));
	await freeOrphanedLock(...args);
} };
const runPost = (deps) => pushAndRelease(deps, others);
const post = () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runStep)(runPost, {
	graceMs: 3e3,
	totalMs: 18e4,
	tryForMs: Number.POSITIVE_INFINITY
}, { sharesCode: true });



/***/ })

};
