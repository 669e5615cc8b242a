export const id = 282;
export const ids = [282];
export const modules = {

/***/ 3282:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   explainAccess: () => (/* binding */ explainAccess)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var _look_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9777);


// lib/steps/doctor/explain-access.js
const OF_ACCESS = /* @__PURE__ */ new Set([
	"access_denied",
	"wrong_region",
	"no_such_bucket",
	"no_such_table",
	"wrong_table_key"
]);
const LONGEST_MS = 5e3;
var AccessFindings = class extends Error {};
async function explainAccess({ clock, signal }, backend, use, error) {
	const cause = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.firstCause)(error);
	if (signal.aborted || !(cause instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.AwsError) || !isOfAccess(cause)) return error;
	const over = new AbortController();
	backend.aws.continueUnder(AbortSignal.any([signal, over.signal]));
	const nothing = () => [];
	const timeUp = clock.sleep(LONGEST_MS, AbortSignal.any([signal, over.signal])).then(nothing, nothing);
	try {
		const looked = lookAndDecide(backend, use, clock.now(), cause).catch(nothing);
		const findings = renderFindings(await Promise.race([looked, timeUp]));
		return signal.aborted || findings.length === 0 ? error : withFindings(error, findings);
	} finally {
		over.abort();
	}
}
function isOfAccess({ kind, api }) {
	return OF_ACCESS.has(kind) && !api.startsWith("sts:");
}
async function lookAndDecide(backend, use, now, cause) {
	const lookUp = async () => await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lookUpObject)(backend, backend.address.objectKey) && { serial: void 0 };
	const [bucket, state, encryption] = await Promise.all([
		(0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .ask */ .kA)(() => (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .findBucket */ .Ub)(backend)),
		(0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .lookAtState */ .WI)(backend, use, lookUp),
		backend.underCustomerKey ? (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .ask */ .kA)(() => (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .bucketEncryption */ .ir)(backend)) : (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .unasked */ .Wl)("no_customer_key")
	]);
	const subject = describeSubject(backend, use, now);
	const notAsked = (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .unasked */ .Wl)("not_of_main");
	const setup = {
		bucket,
		versioning: notAsked,
		encryption,
		openAccess: notAsked,
		table: notAsked
	};
	const reported = findReported(cause, bucket, state);
	return [
		(0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .decideBucket */ .Lk)(bucket, subject),
		(0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .decideEncryption */ .Yv)(setup, subject),
		(0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .decideTable */ .t9)(setup.table, state, subject),
		...(0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .decideState */ .M)(state, subject).filter(({ name }) => name !== "lock"),
		...(0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .decidePermissions */ .d7)(setup, state, subject).filter(({ name }) => name === `permissions_${use}`)
	].map((check) => ({
		...check,
		isReported: check.name === reported
	}));
}
function findReported({ kind, failure }, bucket, { lockItem, digest }) {
	const isSame = (answer) => answer.kind === "failed" && answer.error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.AwsError && answer.error.kind === kind;
	if (kind === "no_such_bucket" && isSame(bucket)) return "bucket";
	if (kind === "wrong_region" && bucket.kind === "answered") return bucket.value.region === failure.actualRegion ? "bucket" : void 0;
	return (kind === "no_such_table" || kind === "wrong_table_key") && (isSame(lockItem) || isSame(digest)) ? "table" : void 0;
}
function renderFindings(findings) {
	const failed = findings.filter(({ result }) => result === "failed");
	const reported = failed.find(({ isReported, name }) => isReported && name === "table");
	const fix = reported && (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .fixLine */ .S$)(reported);
	const fixes = fix === void 0 ? [] : [`Fix: ${fix}`];
	const others = failed.filter(({ isReported }) => !isReported).map(_look_js__WEBPACK_IMPORTED_MODULE_1__/* .checkLine */ .tY);
	return others.length === 0 ? fixes : [...fixes, (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .accessFindingsText */ .AE)(others)];
}
function describeSubject(backend, use, now) {
	return {
		scope: backend,
		use,
		objects: backend.objects,
		now,
		caller: backend.aws.principal() ?? "these credentials",
		hasWebIdentity: false,
		hasAccountRule: false,
		assumesRole: true,
		runUrl: ""
	};
}
function withFindings(error, findings) {
	const errors = error instanceof AggregateError ? error.errors : [error];
	const texts = findings.map((text) => new AccessFindings(text));
	return new AggregateError([...errors, ...texts], "the step was refused");
}



/***/ })

};
