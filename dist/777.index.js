export const id = 777;
export const ids = [777];
export const modules = {

/***/ 9777:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AE: () => (/* binding */ accessFindingsText),
/* harmony export */   BP: () => (/* binding */ errorLine),
/* harmony export */   Br: () => (/* binding */ renderSummary),
/* harmony export */   Kl: () => (/* binding */ credentialsText),
/* harmony export */   Km: () => (/* binding */ lookAtSetup),
/* harmony export */   Lk: () => (/* binding */ decideBucket),
/* harmony export */   M: () => (/* binding */ decideState),
/* harmony export */   Qw: () => (/* binding */ NO_ACCOUNT),
/* harmony export */   S$: () => (/* binding */ fixLine),
/* harmony export */   Ub: () => (/* binding */ findBucket),
/* harmony export */   WI: () => (/* binding */ lookAtState),
/* harmony export */   WX: () => (/* binding */ decideSetup),
/* harmony export */   Wl: () => (/* binding */ unasked),
/* harmony export */   Wr: () => (/* binding */ isHealthy),
/* harmony export */   Yv: () => (/* binding */ decideEncryption),
/* harmony export */   d7: () => (/* binding */ decidePermissions),
/* harmony export */   fe: () => (/* binding */ ACCOUNT_ALLOWED),
/* harmony export */   gz: () => (/* binding */ failed),
/* harmony export */   hO: () => (/* binding */ lookAtIdentity),
/* harmony export */   hm: () => (/* binding */ describeUnasked),
/* harmony export */   ir: () => (/* binding */ bucketEncryption),
/* harmony export */   kA: () => (/* binding */ ask),
/* harmony export */   kY: () => (/* binding */ failureText),
/* harmony export */   lb: () => (/* binding */ notChecked),
/* harmony export */   oW: () => (/* binding */ tableLines),
/* harmony export */   ok: () => (/* binding */ ok),
/* harmony export */   t9: () => (/* binding */ decideTable),
/* harmony export */   tY: () => (/* binding */ checkLine),
/* harmony export */   v5: () => (/* binding */ callerText),
/* harmony export */   wp: () => (/* binding */ withoutLook)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7598);


// lib/messages/doctor-findings.js
const UNASKED = {
	no_credentials: "there are no credentials to check with",
	bad_credentials: "the credentials can't be used",
	store_without_sts: "AWS's STS does not know a store's keys, and there is no `sts_endpoint`",
	validation_skipped: "`skip_credentials_validation` is set",
	behind_access_point: "an access point does not show its bucket",
	other_bucket_kind: "buckets of this kind have none",
	no_table: "there is no `dynamodb_table`",
	no_lock_file: "`use_lockfile` is not set",
	unlock_reads_no_state: "freeing a lock reads no state",
	outputs_take_no_lock: "reading outputs takes no lock",
	not_aws: "the doctor sends its harmless test writes only to AWS itself",
	no_harmless_delete: "testing a delete could remove an object",
	kms_when_stored: "only storing an object uses the key",
	no_customer_key: "SSE-C is not used",
	not_of_main: "main does not need this check"
};
function describeUnasked(reason) {
	return UNASKED[reason];
}
function credentialsText(assumed) {
	if (assumed === void 0) return "found";
	return assumed === "by_job_token" ? "the role was assumed by the job's own token" : "the role was assumed";
}
const ACCOUNT_ALLOWED = "it may be used";
const NO_ACCOUNT = "there are none to check";
function callerText({ arn, account }) {
	return `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(arn)}${account === void 0 ? "" : `, account ${account}`}`;
}
function bucketText(bucket, region) {
	return `s3://${bucket} is in ${region}`;
}
function noBucketFinding({ address, region }) {
	return {
		found: `s3://${address.bucket} does not exist in region ${region}`,
		fix: "check `bucket`, and that the credentials belong to the right account"
	};
}
function bucketElsewhereFinding({ address, region }, actual) {
	return {
		found: `s3://${address.bucket} is in ${actual}, but \`region\` is ${region}`,
		fix: `set \`region: ${actual}\``
	};
}
function blockedKeyFinding({ address }) {
	return {
		found: `s3://${address.bucket} blocks SSE-C, which \`sse_customer_key\` needs`,
		fix: "remove SSE-C from the bucket's blocked encryption types, or encrypt with `kms_key_id`"
	};
}
function encryptionText(algorithm, kmsKeyId) {
	return `${algorithm} by default${kmsKeyId === void 0 ? "" : `, key ${kmsKeyId}`}`;
}
function noEncryptionText(isAskedFor) {
	return isAskedFor ? "none by default, but `encrypt` encrypts each state" : "none by default, and `encrypt` is not set";
}
function notVersionedText(status) {
	return `${status === void 0 ? "off" : status.toLowerCase()}: overwritten states are lost, except for the snapshots that jobs keep`;
}
function publicAccessText(open) {
	return open.length === 0 ? "blocked, all four settings are on" : `not on: ${open.join(", ")}`;
}
function readableTableText(table) {
	return `${table}: the lock can be read by its \`LockID\``;
}
function tableText(table) {
	return `${table} has the partition key \`LockID\` (S)`;
}
function looseTableFinding(table, regions) {
	return {
		found: `${table} is a global table with eventual consistency (${regions.join(", ")}): it keeps no lock between two Regions`,
		fix: "let everybody who uses a state use its table in the same Region, or make the table strongly consistent (MRSC)"
	};
}
function wrongKeyFinding(table, { keys }) {
	return {
		found: `${table} has the ${keys.map(({ name, type, role }) => `${role} key \`${name}\` (${type ?? "unknown"})`).join(" and the ")}`,
		fix: "the partition key must be `LockID` (S), without a sort key"
	};
}
function unusableTableFinding(table, status) {
	return {
		found: `${table} can't be used: it is ${status}`,
		fix: "wait until it is ACTIVE"
	};
}
function tableElsewhereFix(account, region) {
	return `create it in account ${account}, region ${region}`;
}
function stateText(scope, serial) {
	return serial === void 0 ? (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope) : `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} can be read, serial ${serial}`;
}
function readableStateText(scope) {
	return `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} can be read`;
}
function noStateFinding(scope) {
	return {
		found: `there is none at ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope)} yet`,
		fix: "outputs/ needs `allow_missing: true` until there is one"
	};
}
const STATE_UNREAD = "the state could not be read";
const STATE_ONLY_LOOKED_UP = "the state was looked up but not read";
const DIGEST_AGREES = "table and object agree";
const NOTHING_YET = "there is no state yet, and no digest";
function noDigestFinding({ table }, kind) {
	return {
		found: `table ${table} has ${kind === "absent" ? "none" : "one that is not an MD5"} for this state`,
		fix: "the next push writes it"
	};
}
function mismatchFinding({ table }, calculated, stored) {
	return {
		found: `the object has the MD5 ${calculated || "(no object)"}, but table ${table} has ${stored}`,
		fix: "if nobody is writing and the object is right"
	};
}
const UNLOCKED = {
	found: "nothing locks this state",
	fix: "set `dynamodb_table` or `use_lockfile: true`"
};
function freeText(scope) {
	return `free in ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameStores)(scope)}`;
}
function heldFinding(found, scope, now) {
	return {
		found: `the lock in ${nameAll(found, scope)} is ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeHolding)(found[0].holder, scope, now)}`,
		fix: "wait for it (`lock_timeout`) or, if its holder is gone for good"
	};
}
function heldByThisRunText(found, scope) {
	return `the lock in ${nameAll(found, scope)} is ${_shared_js__WEBPACK_IMPORTED_MODULE_0__.HELD_BY} this run`;
}
function nameAll(found, scope) {
	return found.map((lock) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameStore)(lock, scope)).join(" and ");
}
function sufficeText(proved) {
	return `they suffice: ${[...new Set(proved)].join(", ")}`;
}
function unprovedText(proved, open) {
	const groups = [...Map.groupBy(open, ({ why }) => why)].map(([why, ones]) => {
		return `not checked (${why}): ${ones.map(({ permission, resource }) => `${permission} on ${resource}`).join(", ")}`;
	});
	return [`proved: ${[...new Set(proved)].join(", ") || "none"}`, ...groups].join("; ");
}
function nameItem(id, table) {
	return `item ${id} of table ${table}`;
}
const KMS_KEY = "the KMS key";
function accessFindingsText(lines) {
	return ["The doctor also found:", ...lines].join("\n");
}
// lib/messages/doctor-checks.js
const CHECK_NAMES = [
	"credentials",
	"account",
	"caller",
	"bucket",
	"versioning",
	"encryption",
	"public_access",
	"table",
	"state",
	"digest",
	"lock",
	"permissions_hold",
	"permissions_outputs",
	"permissions_unlock"
];
function fixLine({ fix, command }) {
	return fix === void 0 || command === void 0 ? fix ?? command : `${fix}: ${command}`;
}
function withoutLook(made) {
	const rest = CHECK_NAMES.filter((name) => name !== "account" && made.every((check) => check.name !== name));
	return [...made, ...rest.map((name) => notChecked(name, describeUnasked("no_credentials")))];
}
function isHealthy(checks) {
	return checks.every(({ result }) => result !== "failed");
}
const ok = (name, found) => ({
	name,
	result: "ok",
	found,
	fix: void 0,
	command: void 0
});
const failed = (name, found, fix, command) => ({
	name,
	result: "failed",
	found,
	fix,
	command
});
const advice = (name, found, fix, command) => ({
	name,
	result: "advice",
	found,
	fix,
	command
});
const notChecked = (name, found, fix) => ({
	name,
	result: "not_checked",
	found,
	fix,
	command: void 0
});
// lib/messages/doctor-table.js
const SIGNS = {
	ok: "\u2713",
	failed: "\u2717",
	advice: "\u26a0",
	not_checked: "\u2013"
};
const LABELS = {
	credentials: "Credentials",
	account: "Account",
	caller: "Caller",
	bucket: "Bucket, region",
	versioning: "Versioning",
	encryption: "Encryption",
	public_access: "Public access",
	table: "Table",
	state: "State",
	digest: "Digest",
	lock: "Lock",
	permissions_hold: "May hold",
	permissions_outputs: "May read outputs",
	permissions_unlock: "May unlock"
};
const WORK = {
	hold: "holds the state",
	outputs: "reads the outputs of",
	unlock: "frees the lock of"
};
const WIDTH = Math.max(...Object.values(LABELS).map(({ length }) => length)) + 4;
function tableLines(checks) {
	return checks.flatMap((check) => {
		const { name, result, found } = check;
		const fix = fixLine(check);
		return [`${`${SIGNS[result]} ${LABELS[name]}`.padEnd(WIDTH)}${found}`, ...fix === void 0 ? [] : [`${" ".repeat(WIDTH)}\u2192 ${fix}`]];
	});
}
function checkLine(check) {
	const { name, result, found } = check;
	const fix = fixLine(check);
	return `${SIGNS[result]} ${LABELS[name]}: ${found}${fix === void 0 ? "" : ` \u2192 ${fix}`}`;
}
function failureText(checks, use, { address }) {
	if (isHealthy(checks)) return void 0;
	const broken = checks.filter(({ result }) => result === "failed");
	return [`A job that ${WORK[use]} ${address.lockPath} would fail:`, ...broken.map(checkLine)].join("\n");
}
function renderSummary(checks, scope) {
	const title = isHealthy(checks) ? "\ud83e\ude7a Terraform state: healthy" : "\u274c Terraform state: not healthy";
	const rows = checks.map(({ name, result, found }) => [
		SIGNS[result],
		LABELS[name],
		linkRun(html(found), found, scope)
	]);
	const fixes = checks.flatMap(renderFix);
	const toDo = fixes.length === 0 ? [] : [
		"",
		"#### What to do",
		"",
		...fixes
	];
	const table = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlColumns)([
		"",
		"Check",
		"Found"
	], rows);
	return [
		`### ${title}`,
		"",
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(scope.address.lockPath),
		"",
		table,
		...toDo,
		""
	].join("\n");
}
function renderFix({ name, fix, command }) {
	if (fix === void 0 && command === void 0) return [];
	const colon = command === void 0 ? "" : ":";
	const words = fix === void 0 ? "" : `: ${html(fix)}${colon}`;
	const commands = command === void 0 ? [] : [(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.block)(command)];
	return [`<p><strong>${LABELS[name]}</strong>${words}</p>`, ...commands];
}
function linkRun(rendered, text, pages) {
	const page = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.keepOurPage)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findUrl)(text), pages);
	if (page === void 0) return rendered;
	const shown = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.escapeHtml)(page);
	return rendered.replace(shown, () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.link)(shown, page));
}
function html(text) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.escapeHtml)(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}
// lib/messages/doctor-text.js
function refusalIn(error) {
	if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.AwsError) || error.kind !== "access_denied") return void 0;
	const { requires, api, resource } = error.failure;
	return {
		permission: requires ?? (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.permissionFor)(api),
		resource
	};
}
function errorLine(error, now) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, now).replaceAll(/\s*\n\s*/g, " "));
}
const REPORTED_ELSEWHERE = {
	wrong_region: "the bucket is in another region",
	no_such_bucket: "there is no such bucket",
	no_such_table: "there is no such table",
	wrong_table_key: "the table has another key"
};
function seeLogLine(error) {
	return error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.AwsError ? REPORTED_ELSEWHERE[error.kind] : void 0;
}
function lackText(refusals) {
	return `not allowed: ${[...new Set(refusals.map(nameRefusal))].join("; ")}`;
}
function allowText(refusals, whose) {
	return `add ${[...new Set(refusals.map(({ permission }) => permission))].join(", ")} to the policy of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(whose)}; \`npm run policy\` prints what it needs`;
}
function nameRefusal({ permission, resource }) {
	return `${permission} on ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(resource)}`;
}
// lib/steps/doctor/decide-state.js
function decideState(findings, subject) {
	return [
		decideObject(findings, subject),
		decideDigest(findings, subject),
		decideLock(findings, subject)
	];
}
function decideObject({ state }, subject) {
	const { scope, use, caller, now } = subject;
	if (state.kind === "unasked") return notChecked("state", describeUnasked(state.reason));
	if (state.kind === "answered") {
		if (state.value !== void 0) return ok("state", stateText(scope, state.value.serial));
		const { found, fix } = noStateFinding(scope);
		return use === "outputs" ? advice("state", found, fix) : ok("state", found);
	}
	const elsewhere = seeLogLine(state.error);
	if (elsewhere !== void 0) return notChecked("state", elsewhere);
	if (mismatchIn(state.error) !== void 0) return ok("state", readableStateText(scope));
	const refusal = refusalIn(state.error);
	if (refusal === void 0) return failed("state", errorLine(state.error, now));
	return failed("state", lackText([refusal]), allowText([refusal], caller));
}
function decideDigest({ state, digest }, subject) {
	const { scope, caller, now } = subject;
	const mismatch = state.kind === "failed" ? mismatchIn(state.error) : void 0;
	if (mismatch !== void 0) return decideMismatch(mismatch, scope);
	if (digest.kind === "unasked") return notChecked("digest", describeUnasked(digest.reason));
	if (digest.kind === "failed") {
		const refusal = refusalIn(digest.error);
		const why = seeLogLine(digest.error) ?? errorLine(digest.error, now);
		if (refusal === void 0) return notChecked("digest", why);
		return notChecked("digest", lackText([refusal]), allowText([refusal], caller));
	}
	if (state.kind !== "answered") return notChecked("digest", STATE_UNREAD);
	if (digest.value.kind === "valid") return state.value?.serial === void 0 ? notChecked("digest", STATE_ONLY_LOOKED_UP) : ok("digest", DIGEST_AGREES);
	if (state.value === void 0) return ok("digest", NOTHING_YET);
	const { found, fix } = noDigestFinding(scope, digest.value.kind === "absent" ? "absent" : "unusable");
	return advice("digest", found, fix);
}
function decideMismatch({ calculated, stored }, scope) {
	const { found, fix } = mismatchFinding(scope, calculated, stored);
	return failed("digest", found, fix, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.repairDigestCommand)(scope, calculated));
}
function decideLock({ lockItem, lockFile }, subject) {
	const { scope, use, caller, now } = subject;
	if (use === "outputs") return notChecked("lock", describeUnasked("outputs_take_no_lock"));
	if (scope.table === void 0 && !scope.useLockfile) return advice("lock", UNLOCKED.found, UNLOCKED.fix);
	const answers = [lockItem, lockFile];
	const found = answers.flatMap((answer) => answer.kind === "answered" && answer.value ? [answer.value] : []);
	if (found[0] !== void 0) return decideHeld([found[0], ...found.slice(1)], subject);
	const errors = answers.flatMap((answer) => answer.kind === "failed" ? [answer.error] : []);
	if (errors.length === 0) return ok("lock", freeText(scope));
	const refusals = errors.flatMap((error) => refusalIn(error) ?? []);
	const [other] = errors.filter((error) => refusalIn(error) === void 0);
	if (other !== void 0) return notChecked("lock", seeLogLine(other) ?? errorLine(other, now));
	return notChecked("lock", lackText(refusals), allowText(refusals, caller));
}
function decideHeld(found, subject) {
	const { scope, use, now, runUrl } = subject;
	const [{ holder }] = found;
	const { found: text, fix } = heldFinding(found, scope, now);
	if (runUrl !== "" && found.every((lock) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findRunUrl)(lock.holder) === runUrl)) return ok("lock", heldByThisRunText(found, scope));
	if (use === "unlock") return ok("lock", text);
	const [command = ""] = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.waysToFree)(scope, holder);
	return failed("lock", text, fix, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(command.trim()));
}
function mismatchIn(error) {
	if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError)) return void 0;
	return error.details.reason === "digest_mismatch" ? error.details : void 0;
}
function wasRead(error) {
	return error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError && !(error.cause instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.AwsError);
}
// lib/steps/doctor/findings.js
async function ask(question) {
	try {
		return {
			kind: "answered",
			value: await question()
		};
	} catch (error) {
		return {
			kind: "failed",
			error
		};
	}
}
function unasked(reason) {
	return {
		kind: "unasked",
		reason
	};
}
// lib/steps/doctor/decide-permissions.js
const INCLUDED = {
	hold: [
		"hold",
		"outputs",
		"unlock"
	],
	outputs: ["outputs"],
	unlock: ["unlock"]
};
function decidePermissions(setup, state, subject) {
	const needs = listNeeds(setup, state, subject);
	return [...INCLUDED[subject.use].filter((use) => use !== "unlock" || subject.scope.table !== void 0 || subject.scope.useLockfile).map((use) => decideUse(use, needs.filter(({ uses }) => uses.includes(use)), subject))];
}
function listNeeds(setup, found, subject) {
	return [
		...stateNeeds(setup, found, subject),
		...lockNeeds(found, subject),
		...found.probes.map((probe) => ({
			...probe,
			uses: listUses(probe.permission)
		})),
		...writesUnderKms(setup, subject.objects) ? [need("kms:GenerateDataKey", KMS_KEY, ["hold"], unasked("kms_when_stored"))] : []
	];
}
function stateNeeds(setup, found, { scope }) {
	const { bucket, objectKey, digestPath } = scope.address;
	const uses = ["hold", "outputs"];
	const item = nameItem(digestPath, scope.table);
	return [
		need("s3:GetObject", `s3://${bucket}/${objectKey}`, uses, found.state),
		{
			...need("s3:ListBucket", `s3://${bucket}`, uses, listing(setup, found)),
			isSpare: true
		},
		...scope.table === void 0 ? [] : [{
			...need("dynamodb:GetItem", item, uses, found.digest),
			isSpare: true
		}]
	];
}
function lockNeeds({ lockItem, lockFile }, { scope }) {
	const { bucket, lockPath: lockId, lockFileKey } = scope.address;
	const uses = ["hold", "unlock"];
	const item = nameItem(lockId, scope.table);
	const file = `s3://${bucket}/${lockFileKey}`;
	return [...scope.table === void 0 ? [] : [need("dynamodb:GetItem", item, uses, lockItem)], ...scope.useLockfile ? [need("s3:GetObject", file, uses, lockFile)] : []];
}
function need(permission, resource, uses, answer) {
	return {
		permission,
		resource,
		uses,
		isSpare: false,
		answer
	};
}
function listUses(permission) {
	return permission.includes(":Delete") ? ["hold", "unlock"] : ["hold"];
}
function listing({ bucket }, { state }) {
	if (state.kind === "answered" && state.value === void 0) return state;
	if (bucket.kind !== "answered" || bucket.value.refusal === void 0) return bucket;
	return {
		kind: "failed",
		error: bucket.value.refusal
	};
}
function writesUnderKms({ encryption }, objects) {
	if (objects.encrypt) return objects.kmsKeyId !== void 0;
	return encryption.kind === "answered" && encryption.value?.algorithm?.startsWith("aws:kms") === true;
}
function decideUse(use, needs, { caller, now }) {
	const name = `permissions_${use}`;
	const refused = needs.flatMap((need) => {
		const refusal = need.answer.kind === "failed" ? refusalIn(need.answer.error) : void 0;
		return refusal === void 0 ? [] : [{
			...need,
			permission: refusal.permission
		}];
	});
	if (refused.length > 0) return (refused.some(({ isSpare }) => !isSpare) ? failed : advice)(name, lackText(refused), allowText(refused, caller));
	const open = needs.filter((need) => !isProved(need.answer));
	const proved = needs.filter((need) => isProved(need.answer)).map(({ permission }) => permission);
	if (open.length === 0) return ok(name, sufficeText(proved));
	const whys = open.map(({ permission, resource, answer }) => {
		return {
			permission,
			resource,
			why: whyOpen(answer, now)
		};
	});
	return notChecked(name, unprovedText(proved, whys));
}
function isProved(answer) {
	return answer.kind === "answered" || answer.kind === "failed" && wasRead(answer.error);
}
function whyOpen(answer, now) {
	if (answer.kind === "unasked") return describeUnasked(answer.reason);
	if (answer.kind === "answered") return "";
	return seeLogLine(answer.error) ?? errorLine(answer.error, now);
}
// lib/backend/policy/table-setup.js
async function describeTable({ aws }, table) {
	const command = new _shared_js__WEBPACK_IMPORTED_MODULE_0__.DescribeTableCommand({ TableName: table });
	const { Table } = await aws.call({
		api: "dynamodb:DescribeTable",
		resource: `table ${table}`
	}, (abortSignal) => aws.dynamodb.send(command, { abortSignal }));
	const types = new Map((Table?.AttributeDefinitions ?? []).map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]));
	const keys = (Table?.KeySchema ?? []).map(({ AttributeName = "", KeyType }) => {
		const role = KeyType === "RANGE" ? "sort" : "partition";
		return {
			name: AttributeName,
			type: types.get(AttributeName),
			role
		};
	});
	const isStrong = Table?.MultiRegionConsistency === "STRONG";
	const replicas = (Table?.Replicas ?? []).flatMap(({ RegionName }) => RegionName ?? []);
	return {
		status: Table?.TableStatus ?? "unknown",
		keys,
		looseReplicas: isStrong ? [] : replicas
	};
}
function fitsLocks({ keys: [key, ...others] }) {
	return key?.name === "LockID" && key.type === "S" && key.role === "partition" && others.length === 0;
}
// lib/messages/setup-commands.js
const AES256 = "{\"Rules\":[{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"AES256\"}}]}";
const ALL_BLOCKS = "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true";
const TABLE_OF_LOCKS = "--billing-mode PAY_PER_REQUEST --attribute-definitions \"AttributeName=LockID,AttributeType=S\" --key-schema \"AttributeName=LockID,KeyType=HASH\"";
function setupCommands(scope) {
	const bucket = { quoted: scope.address.bucket };
	const s3 = (operation, settings) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.commandLine)(`aws s3api ${operation}`, ...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.whereabouts)(scope, "s3"), "--bucket", bucket, settings);
	const name = { quoted: (scope.table ?? "").split("/").at(-1) ?? "" };
	const table = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.whereabouts)(scope, "dynamodb");
	return {
		versioning: s3("put-bucket-versioning", "--versioning-configuration Status=Enabled"),
		encryption: s3("put-bucket-encryption", `--server-side-encryption-configuration '${AES256}'`),
		publicAccess: s3("put-public-access-block", `--public-access-block-configuration '${ALL_BLOCKS}'`),
		table: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.commandLine)("aws dynamodb create-table", ...table, "--table-name", name, TABLE_OF_LOCKS)
	};
}
// lib/steps/doctor/decide-setup.js
function decideSetup(setup, state, subject) {
	return [
		decideBucket(setup.bucket, subject),
		...adviceOnBucket(setup, subject),
		decideTable(setup.table, state, subject)
	];
}
function decideBucket(bucket, subject) {
	const { scope, now } = subject;
	if (bucket.kind === "unasked") return notChecked("bucket", describeUnasked(bucket.reason));
	if (bucket.kind === "failed") {
		if (classify(bucket.error) !== "no_such_bucket") return describeUnchecked("bucket", bucket.error, subject);
		const { found, fix } = noBucketFinding(scope);
		return failed("bucket", found, fix);
	}
	const { region, refusal } = bucket.value;
	if (refusal === void 0) return ok("bucket", bucketText(scope.address.bucket, region ?? scope.region));
	if (region !== void 0 && region !== scope.region) {
		const { found, fix } = bucketElsewhereFinding(scope, region);
		return failed("bucket", found, fix);
	}
	const check = describeUnchecked("bucket", refusal, subject);
	return check.result === "failed" ? failed("bucket", errorLine(refusal, now)) : check;
}
function decideEncryption({ encryption }, subject) {
	const { scope, objects } = subject;
	return describeSetup("encryption", encryption, subject, (rule) => {
		if (rule?.blocksCustomerKeys === true && scope.underCustomerKey) {
			const { found, fix } = blockedKeyFinding(scope);
			return failed("encryption", found, fix);
		}
		if (rule?.algorithm !== void 0) return ok("encryption", encryptionText(rule.algorithm, rule.kmsKeyId));
		if (objects.encrypt) return ok("encryption", noEncryptionText(true));
		const command = setupCommands(scope).encryption;
		return advice("encryption", noEncryptionText(false), void 0, command);
	});
}
function adviceOnBucket(setup, subject) {
	const commands = setupCommands(subject.scope);
	return [
		describeSetup("versioning", setup.versioning, subject, (status) => status === "Enabled" ? ok("versioning", "on") : advice("versioning", notVersionedText(status), void 0, commands.versioning)),
		decideEncryption(setup, subject),
		describeSetup("public_access", setup.openAccess, subject, (open) => open.length === 0 ? ok("public_access", publicAccessText(open)) : advice("public_access", publicAccessText(open), void 0, commands.publicAccess))
	];
}
function decideTable(table, state, subject) {
	const { scope, now } = subject;
	if (table.kind === "answered") return decideTableSetup(table.value, subject);
	if (scope.table === void 0) return notChecked("table", describeUnasked("no_table"));
	const items = [state.lockItem, state.digest];
	const broken = [table, ...items].flatMap((answer) => answer.kind === "failed" ? [answer.error] : []).find((error) => WRONG_TABLE.has(classify(error)));
	if (broken !== void 0) return failed("table", errorLine(broken, now), elsewhere(subject), createTable(subject));
	if (items.some(({ kind }) => kind === "answered")) return ok("table", readableTableText(scope.table));
	return table.kind === "failed" ? describeUnchecked("table", table.error, subject) : notChecked("table", describeUnasked(table.reason));
}
const WRONG_TABLE = /* @__PURE__ */ new Set(["no_such_table", "wrong_table_key"]);
function elsewhere({ scope, caller }) {
	const { table = "", region } = scope;
	if (!table.startsWith("arn:")) return void 0;
	const account = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findAccount)(table);
	const tableRegion = table.split(":")[3];
	if (account === (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findAccount)(caller) && tableRegion === region) return void 0;
	return tableElsewhereFix(account, tableRegion);
}
function createTable(subject) {
	return elsewhere(subject) === void 0 ? setupCommands(subject.scope).table : void 0;
}
function decideTableSetup(setup, subject) {
	const { table = "" } = subject.scope;
	if (!fitsLocks(setup)) {
		const { found, fix } = wrongKeyFinding(table, setup);
		return failed("table", found, fix, createTable(subject));
	}
	if (setup.status === "ACTIVE" || setup.status === "UPDATING") {
		if (setup.looseReplicas.length === 0) return ok("table", tableText(table));
		const { found, fix } = looseTableFinding(table, setup.looseReplicas);
		return advice("table", found, fix);
	}
	const { found, fix } = unusableTableFinding(table, setup.status);
	return failed("table", found, fix);
}
function classify(error) {
	return error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.AwsError ? error.kind : void 0;
}
function describeSetup(name, answer, subject, decide) {
	if (answer.kind === "answered") return decide(answer.value);
	if (answer.kind === "unasked") return notChecked(name, describeUnasked(answer.reason));
	const why = seeLogLine(answer.error);
	if (why !== void 0) return notChecked(name, why);
	return {
		...describeUnchecked(name, answer.error, subject),
		result: "not_checked"
	};
}
function describeUnchecked(name, error, { caller, now }) {
	const refusal = refusalIn(error);
	if (refusal !== void 0) return notChecked(name, lackText([refusal]), allowText([refusal], caller));
	const why = errorLine(error, now);
	return classify(error) === "not_implemented" ? notChecked(name, why) : failed(name, why);
}
// lib/backend/policy/bucket-setup.js
const ACCESS_BLOCKS = [
	"BlockPublicAcls",
	"IgnorePublicAcls",
	"BlockPublicPolicy",
	"RestrictPublicBuckets"
];
async function findBucket({ aws, address: { bucket } }) {
	const build = ({ HeadBucketCommand }) => new HeadBucketCommand({ Bucket: bucket });
	try {
		const { BucketRegion } = await aws.call(describe("HeadBucket", bucket), (abortSignal) => aws.s3.send(build, { abortSignal }));
		return {
			region: BucketRegion,
			refusal: void 0
		};
	} catch (error) {
		if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.AwsError)) throw error;
		const region = error.failure.actualRegion ?? (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.errorFacts)(error.cause).bucketRegion;
		if (region === void 0) throw error;
		return {
			region,
			refusal: error
		};
	}
}
async function bucketVersioning({ aws, address: { bucket } }) {
	const build = ({ GetBucketVersioningCommand }) => new GetBucketVersioningCommand({ Bucket: bucket });
	const { Status } = await aws.call(describe("GetBucketVersioning", bucket), (abortSignal) => aws.s3.send(build, { abortSignal }));
	return Status;
}
async function bucketEncryption({ aws, address: { bucket } }) {
	const build = ({ GetBucketEncryptionCommand }) => new GetBucketEncryptionCommand({ Bucket: bucket });
	const rules = (await unlessMissing("ServerSideEncryptionConfigurationNotFoundError", () => aws.call(describe("GetBucketEncryption", bucket), (abortSignal) => aws.s3.send(build, { abortSignal }))))?.ServerSideEncryptionConfiguration?.Rules ?? [];
	const [rule] = rules.flatMap((one) => one.ApplyServerSideEncryptionByDefault ?? []);
	const blocksCustomerKeys = rules.flatMap((one) => one.BlockedEncryptionTypes?.EncryptionType ?? []).includes("SSE-C");
	if (rule?.SSEAlgorithm === void 0 && !blocksCustomerKeys) return void 0;
	return {
		algorithm: rule?.SSEAlgorithm,
		kmsKeyId: rule?.KMSMasterKeyID,
		blocksCustomerKeys
	};
}
async function openAccess({ aws, address: { bucket } }) {
	const build = ({ GetPublicAccessBlockCommand }) => new GetPublicAccessBlockCommand({ Bucket: bucket });
	const blocks = (await unlessMissing("NoSuchPublicAccessBlockConfiguration", () => aws.call(describe("GetPublicAccessBlock", bucket), (abortSignal) => aws.s3.send(build, { abortSignal }))))?.PublicAccessBlockConfiguration;
	return ACCESS_BLOCKS.filter((name) => blocks?.[name] !== true);
}
function describe(operation, bucket) {
	return {
		api: `s3:${operation}`,
		resource: `s3://${bucket}`
	};
}
async function unlessMissing(code, ask) {
	try {
		return await ask();
	} catch (error) {
		if (error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.AwsError && error.failure.code === code) return void 0;
		throw error;
	}
}
// lib/backend/policy/write-probes.js
function probedStores({ endpoints, address: { bucket } }) {
	return {
		s3: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isAwsEndpoint)(endpoints.s3) && !(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isOtherKind)(bucket) && !bucket.endsWith("--ol-s3"),
		dynamodb: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isAwsEndpoint)(endpoints.dynamodb)
	};
}
const NEVER = "attribute_exists(LockID) AND attribute_not_exists(LockID)";
const NO_ETAG = "\"no-object-has-this-etag\"";
const BODY = "never stored";
const WRONG_MD5 = (0,node_crypto__WEBPACK_IMPORTED_MODULE_1__.createHash)("md5").update("another text").digest("base64");
async function probePutItem(backend, table, id) {
	const { aws } = backend;
	const command = new _shared_js__WEBPACK_IMPORTED_MODULE_0__.PutItemCommand({
		TableName: table,
		Item: { LockID: { S: id } },
		ConditionExpression: NEVER
	});
	await expectRefusal(["conditional_check_failed"], () => aws.call({
		api: "dynamodb:PutItem",
		resource: `table ${table}`
	}, (abortSignal) => aws.dynamodb.send(command, { abortSignal })));
}
async function probeDeleteItem(backend, table, id) {
	const { aws } = backend;
	const command = new _shared_js__WEBPACK_IMPORTED_MODULE_0__.DeleteItemCommand({
		TableName: table,
		Key: { LockID: { S: id } },
		ConditionExpression: NEVER
	});
	await expectRefusal(["conditional_check_failed"], () => aws.call({
		api: "dynamodb:DeleteItem",
		resource: `table ${table}`
	}, (abortSignal) => aws.dynamodb.send(command, { abortSignal })));
}
async function probePutObject(backend, key) {
	const { aws, address, objects } = backend;
	const input = {
		Bucket: address.bucket,
		Key: key,
		...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.writeHeaders)(objects),
		IfMatch: NO_ETAG
	};
	const build = ({ PutObjectCommand }) => new PutObjectCommand({
		...input,
		Body: BODY,
		ContentMD5: WRONG_MD5
	});
	await expectRefusal(["precondition_failed", "no_such_key"], () => aws.call({
		api: "s3:PutObject",
		resource: `s3://${address.bucket}/${key}`
	}, (abortSignal) => aws.s3.send(build, { abortSignal })));
}
async function expectRefusal(kinds, send) {
	try {
		await send();
	} catch (error) {
		if (error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.AwsError && (kinds.includes(error.kind) || error.failure.code === "BadDigest")) return;
		throw error;
	}
	throw new Error("a write was accepted whose condition nothing can fulfil");
}
// lib/steps/doctor/probes.js
async function listProbes(backend, use) {
	if (use === "outputs") return [];
	const asked = [...itemProbes(backend, use), ...objectProbes(backend, use)];
	return await Promise.all(asked.map(async ({ answer, ...probe }) => ({
		...probe,
		answer: await answer()
	})));
}
function itemProbes(backend, use) {
	const { table, address } = backend;
	if (table === void 0) return [];
	const probe = (permission, id, send) => ({
		permission,
		resource: nameItem(id, table),
		isSpare: false,
		answer: async () => probedStores(backend).dynamodb ? await ask(() => send(backend, table, id)) : unasked("not_aws")
	});
	const remove = probe("dynamodb:DeleteItem", address.lockPath, probeDeleteItem);
	if (use === "unlock") return [remove];
	return [...[address.lockPath, address.digestPath].map((id) => probe("dynamodb:PutItem", id, probePutItem)), remove];
}
function objectProbes(backend, use) {
	const { address, useLockfile } = backend;
	const put = (key, isSpare = false) => ({
		permission: "s3:PutObject",
		resource: `s3://${address.bucket}/${key}`,
		isSpare,
		answer: async () => probedStores(backend).s3 ? await ask(() => probePutObject(backend, key)) : unasked("not_aws")
	});
	const remove = {
		permission: "s3:DeleteObject",
		resource: `s3://${address.bucket}/${address.lockFileKey}`,
		isSpare: false,
		answer: async () => unasked("no_harmless_delete")
	};
	const puts = use === "hold" ? [put(address.objectKey), put(`${address.objectKey}.rescue/doctor`, true)] : [];
	const onLockFile = use === "hold" ? [put(address.lockFileKey), remove] : [remove];
	return [...puts, ...useLockfile ? onLockFile : []];
}
// lib/steps/doctor/look.js
async function lookAtIdentity({ aws, endpoints }, skipCredentialsValidation) {
	const signIn = await ask(() => aws.signIn());
	if (signIn.kind !== "answered") return {
		signIn,
		caller: unasked("bad_credentials")
	};
	const why = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isStsUnknown)({ endpoints }) ? "store_without_sts" : "validation_skipped";
	if (skipCredentialsValidation) return {
		signIn,
		caller: unasked(why)
	};
	return {
		signIn,
		caller: await ask(() => aws.verifyCredentials())
	};
}
async function lookAtSetup(backend) {
	const { table, address } = backend;
	const isBehind = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isAccessPoint)(address.bucket) || address.bucket.endsWith("-s3alias");
	const why = isBehind ? "behind_access_point" : "other_bucket_kind";
	const inBucket = (question) => isBehind || (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isOtherKind)(address.bucket) ? unasked(why) : ask(question);
	const [bucket, versioning, encryption, open, keys] = await Promise.all([
		ask(() => findBucket(backend)),
		inBucket(() => bucketVersioning(backend)),
		inBucket(() => bucketEncryption(backend)),
		inBucket(() => openAccess(backend)),
		table === void 0 ? unasked("no_table") : ask(() => describeTable(backend, table))
	]);
	return {
		bucket,
		versioning,
		encryption,
		openAccess: open,
		table: keys
	};
}
async function lookAtState(backend, use, readState) {
	const { aws, address, table, useLockfile } = backend;
	const noState = use === "unlock" ? unasked("unlock_reads_no_state") : void 0;
	const noLock = use === "outputs" ? unasked("outputs_take_no_lock") : void 0;
	const noItem = table === void 0 ? unasked("no_table") : noLock;
	const noFile = useLockfile ? noLock : unasked("no_lock_file");
	const [state, digest, lockItem, file, probes] = await Promise.all([
		noState ?? ask(readState),
		table === void 0 ? unasked("no_table") : noState ?? ask(() => readStoredDigest(backend, table)),
		noItem ?? ask(() => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lockTable)(aws, table ?? "", address.lockPath).read()),
		noFile ?? ask(() => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lockFile)(backend).read()),
		listProbes(backend, use)
	]);
	return {
		state,
		digest,
		lockItem,
		lockFile: file,
		probes
	};
}
async function readStoredDigest({ aws, address }, table) {
	return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.requireDigest)(aws, table, address.digestPath);
}



/***/ })

};
