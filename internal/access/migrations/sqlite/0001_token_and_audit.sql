-- "hash" is the SHA-256 of the token: who reads the database cannot use it.
CREATE TABLE token (
    id           BIGINT PRIMARY KEY,
    name         TEXT NOT NULL,
    hash         BLOB NOT NULL UNIQUE,
    role         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    revoked_at   BIGINT NOT NULL
);
-- A name is free again once its token is revoked.
CREATE UNIQUE INDEX token_name ON token (name) WHERE revoked_at = 0;

-- "person" is the id of the person that "who" names, and 0 when that is a token.
CREATE TABLE audit (
    id      BIGINT PRIMARY KEY,
    at      BIGINT NOT NULL,
    who     TEXT NOT NULL,
    person  BIGINT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL
);
CREATE INDEX audit_subject ON audit (subject, id);
CREATE INDEX audit_who ON audit (who, id);
