-- A place in which other servers' trees appear. "settings" say where and how.
CREATE TABLE endpoint (
    name       TEXT PRIMARY KEY,
    settings   TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
