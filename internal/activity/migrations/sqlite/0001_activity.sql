CREATE TABLE activity (
	id           INTEGER PRIMARY KEY,
	parent_id    BIGINT REFERENCES activity(id) ON DELETE CASCADE,
	path         TEXT NOT NULL,             -- ids from the root to here: /1/5/9/
	type         TEXT NOT NULL,
	status       TEXT NOT NULL CHECK (status IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
	subject      TEXT NOT NULL,
	summary      TEXT NOT NULL,
	payload      TEXT NOT NULL,             -- JSON, like the next three
	progress     TEXT NOT NULL DEFAULT '',
	result       TEXT NOT NULL DEFAULT '',
	error        TEXT NOT NULL DEFAULT '',
	created_by   TEXT NOT NULL,
	created_at   BIGINT NOT NULL,
	run_at       BIGINT NOT NULL,           -- 0: at once
	place        BIGINT NOT NULL,           -- its tree's place in the queues for locks
	every        BIGINT NOT NULL DEFAULT 0, -- microseconds
	started_at   BIGINT NOT NULL DEFAULT 0,
	finished_at  BIGINT NOT NULL DEFAULT 0,
	inline       INTEGER NOT NULL,          -- 1: its submitter runs it, not a worker
	lease_owner  TEXT NOT NULL DEFAULT '',
	lease_until  BIGINT NOT NULL DEFAULT 0,
	fence        BIGINT NOT NULL DEFAULT 0, -- counts claims, so that a stale one is told apart
	attempt      BIGINT NOT NULL DEFAULT 0,
	max_attempts BIGINT NOT NULL,
	cancelled_by TEXT NOT NULL DEFAULT '',
	unique_key   TEXT NOT NULL DEFAULT '',
	version      BIGINT NOT NULL
);
CREATE INDEX activity_queue    ON activity(place, id) WHERE status = 'waiting';
CREATE INDEX activity_unique   ON activity(unique_key) WHERE status = 'waiting' AND unique_key <> '';
CREATE INDEX activity_lease    ON activity(lease_until) WHERE lease_until > 0;
CREATE INDEX activity_parent   ON activity(parent_id);
CREATE INDEX activity_path     ON activity(path);
CREATE INDEX activity_status   ON activity(status, id);
CREATE INDEX activity_type     ON activity(type, id);
CREATE INDEX activity_subject  ON activity(subject, id);
CREATE INDEX activity_finished ON activity(finished_at) WHERE parent_id IS NULL;

-- The locks of activities that are not finished: wanted while these wait,
-- held while they run.
CREATE TABLE activity_lock (
	resource    TEXT NOT NULL,
	activity_id BIGINT NOT NULL REFERENCES activity(id) ON DELETE CASCADE,
	shared      INTEGER NOT NULL,
	held        INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (resource, activity_id)
) WITHOUT ROWID;
CREATE INDEX activity_lock_activity ON activity_lock(activity_id);

CREATE TABLE activity_log (
	activity_id BIGINT NOT NULL REFERENCES activity(id) ON DELETE CASCADE,
	number      BIGINT NOT NULL,
	at          BIGINT NOT NULL,
	line        TEXT NOT NULL,
	PRIMARY KEY (activity_id, number)
) WITHOUT ROWID;
