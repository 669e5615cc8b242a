export const id = 193;
export const ids = [193];
export const modules = {

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



/***/ }),

/***/ 193:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   surveyLocks: () => (/* binding */ surveyLocks)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var _scan_table_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(250);


// lib/backend/survey/survey-locks.js
const AT_ONCE = 16;
async function surveyLocks(backend, { prefix, mostLocks }) {
	const table = await readTable(backend, prefix);
	const bucket = await readBucket(backend, prefix, table.digests);
	const items = [...table.locks].sort(byKey).slice(0, mostLocks);
	const room = mostLocks - items.length;
	const files = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.mapAtOnce)(bucket.lockFiles.slice(0, room), AT_ONCE, async (objectKey) => {
		const scoped = {
			...backend,
			address: addressFor(backend, objectKey)
		};
		const lock = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lockFileObject)(scoped).read();
		return lock === void 0 ? void 0 : {
			objectKey,
			lock
		};
	});
	return {
		locks: groupByHolder(backend, [...items, ...files].filter((found) => found !== void 0)),
		moreLocks: table.locks.length - items.length + Math.max(0, bucket.lockFiles.length - room),
		lonelyDigests: [...table.digests].sort(),
		rescueCopies: bucket.rescueCopies,
		planRecords: bucket.planRecords,
		objects: bucket.objects
	};
}
async function readTable({ aws, table, address: { bucket } }, prefix) {
	const contents = {
		locks: [],
		digests: /* @__PURE__ */ new Set()
	};
	if (table === void 0) return contents;
	for await (const rows of (0,_scan_table_js__WEBPACK_IMPORTED_MODULE_1__/* .scanTable */ .S)(aws, {
		table,
		bucket,
		prefix
	})) for (const row of rows) if (row.kind === "digest") contents.digests.add(row.objectKey);
	else contents.locks.push({
		objectKey: row.objectKey,
		lock: row.lock
	});
	return contents;
}
async function readBucket(backend, prefix, digests) {
	const contents = {
		lockFiles: [],
		rescueCopies: [],
		planRecords: [],
		objects: 0
	};
	for await (const page of (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listObjects)(backend, prefix)) {
		contents.objects += page.length;
		for (const object of page) {
			digests.delete(object.key);
			noteObject(contents, object);
		}
	}
	return contents;
}
function noteObject(contents, object) {
	const found = (0,_scan_table_js__WEBPACK_IMPORTED_MODULE_1__/* .classifyObject */ .q)(object.key);
	if (found.kind === "lock_file") contents.lockFiles.push(found.objectKey);
	else if (found.kind === "rescue_copy") contents.rescueCopies.push({
		objectKey: found.objectKey,
		copy: object
	});
	else if (found.kind === "plan_record") {
		const { objectKey, planId } = found;
		contents.planRecords.push({
			objectKey,
			planId,
			storedAt: object.modifiedAt ?? 0
		});
	}
}
function groupByHolder(backend, found) {
	const groups = /* @__PURE__ */ new Map();
	for (const { objectKey, lock } of found) {
		const id = JSON.stringify([objectKey, lock.holder.raw ?? null]);
		const before = groups.get(id);
		const stores = before === void 0 ? [lock] : [...before.stores, lock];
		groups.set(id, {
			address: addressFor(backend, objectKey),
			stores
		});
	}
	return [...groups.values()].sort((one, other) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.compareTexts)(one.address.objectKey, other.address.objectKey));
}
function addressFor({ address: { bucket, workspace } }, objectKey) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.addressOfObject)(bucket, workspace, objectKey);
}
function byKey(one, other) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.compareTexts)(one.objectKey, other.objectKey);
}



/***/ })

};
