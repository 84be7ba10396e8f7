BEGIN TRANSACTION;
CREATE TABLE arrivals (
	id INTEGER NOT NULL, 
	sha256 TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	filing TEXT NOT NULL, 
	path TEXT NOT NULL, 
	path_raw BLOB NOT NULL, 
	state TEXT NOT NULL, 
	reason_zh TEXT NOT NULL, 
	reason_en TEXT NOT NULL, 
	note_zh TEXT NOT NULL, 
	note_en TEXT NOT NULL, 
	arrived_at TEXT NOT NULL, 
	since TEXT NOT NULL, 
	superseded_by INTEGER, 
	change BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (sha256, filing, path_raw)
);
INSERT INTO "arrivals" VALUES(1,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',3,'f-1','f/x.jpg',X'662F782E6A7067','taken','','','','','2026-01-05T08:00:00.000000+00:00','2026-01-05T08:00:00.000000+00:00',NULL,1);
INSERT INTO "arrivals" VALUES(2,'',1,'f-1','f/waits.jpg',X'662F77616974732E6A7067','waiting','原因','why','','','2026-01-05T08:00:00.000000+00:00','2026-01-05T08:00:00.000000+00:00',NULL,0);
CREATE TABLE bundles (
	filing TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	folder TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	PRIMARY KEY (filing, version)
);
CREATE TABLE decisions (
	id INTEGER NOT NULL, 
	filing TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	"where" TEXT NOT NULL, 
	json TEXT NOT NULL, 
	who TEXT NOT NULL, 
	decided_at TEXT NOT NULL, 
	change BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "decisions" VALUES(1,'f-2','correction','entity.name','{"value":"x"}','me','2026-01-05T08:00:00.000000+00:00',2);
CREATE TABLE filings (
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	seen BIGINT NOT NULL, 
	updated_at TEXT NOT NULL, 
	json TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "filings" VALUES('f-1',1,'prepared',1,'2026-01-05T08:00:00.000000+00:00','{}');
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value INTEGER, 
	PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('schema',1);
INSERT INTO "meta" VALUES('change',2);
CREATE TABLE readings (
	sha256 TEXT NOT NULL, 
	reader TEXT NOT NULL, 
	reader_version TEXT NOT NULL, 
	json TEXT NOT NULL, 
	saved_at TEXT NOT NULL, 
	PRIMARY KEY (sha256, reader, reader_version)
);
CREATE TABLE runs (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	started_at TEXT NOT NULL, 
	finished_at TEXT, 
	outcome TEXT NOT NULL, 
	json TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE takings (
	id INTEGER NOT NULL, 
	path_raw BLOB NOT NULL, 
	taken_raw BLOB NOT NULL, 
	sha256 TEXT NOT NULL, 
	inode BIGINT NOT NULL, 
	size BIGINT NOT NULL, 
	mtime_ns BIGINT NOT NULL, 
	at TEXT NOT NULL, 
	closed BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (taken_raw, inode, size, mtime_ns)
);
INSERT INTO "takings" VALUES(1,X'662F782E6A7067',X'2E74616B656E2F662F782E6A7067','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',97,3,7,'2026-01-05T08:00:00.000000+00:00',0);
CREATE INDEX arrivals_by_filing ON arrivals (filing, change);
CREATE INDEX arrivals_by_state ON arrivals (state);
CREATE INDEX arrivals_by_path ON arrivals (path_raw);
CREATE INDEX takings_by_path ON takings (path_raw);
CREATE INDEX takings_open ON takings (closed, at);
CREATE INDEX filings_by_status ON filings (status, updated_at, id, version);
CREATE INDEX decisions_by_filing ON decisions (filing, change);
COMMIT;
