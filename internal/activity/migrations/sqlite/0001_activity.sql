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
	blocked_by   BIGINT NOT NULL DEFAULT 0, -- the activity whose end it waits for, as far as was seen
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
-- The engine's own queries each find all their conditions in one index; the
-- finished ones, which are nearly all, then cost it nothing.
CREATE INDEX activity_queue    ON activity(status, blocked_by, inline, place, id, type, run_at);
CREATE INDEX activity_delayed  ON activity(status, inline, run_at) WHERE run_at > 0;
CREATE INDEX activity_path     ON activity(status, path);
CREATE INDEX activity_blocked  ON activity(blocked_by) WHERE blocked_by > 0;
CREATE INDEX activity_unique   ON activity(unique_key) WHERE status = 'waiting' AND unique_key <> '';
CREATE INDEX activity_lease    ON activity(lease_until) WHERE lease_until > 0;
-- For people.
CREATE INDEX activity_parent   ON activity(parent_id, id);
CREATE INDEX activity_status   ON activity(status, id);
CREATE INDEX activity_type     ON activity(type, id);
CREATE INDEX activity_subject  ON activity(subject, id);
CREATE INDEX activity_finished ON activity(finished_at) WHERE parent_id IS NULL;

-- The locks of activities that are not finished: wanted while these wait,
-- held while they run. In the key's order, the queues for each resource.
CREATE TABLE activity_lock (
	resource    TEXT NOT NULL,
	shared      INTEGER NOT NULL,
	place       BIGINT NOT NULL,
	activity_id BIGINT NOT NULL REFERENCES activity(id) ON DELETE CASCADE,
	held        INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (resource, shared, place, activity_id)
) WITHOUT ROWID;
CREATE INDEX activity_lock_activity ON activity_lock(activity_id);
CREATE INDEX activity_lock_held     ON activity_lock(resource) WHERE held = 1;

CREATE TABLE activity_log (
	activity_id BIGINT NOT NULL REFERENCES activity(id) ON DELETE CASCADE,
	number      BIGINT NOT NULL,
	at          BIGINT NOT NULL,
	line        TEXT NOT NULL,
	PRIMARY KEY (activity_id, number)
) WITHOUT ROWID;
