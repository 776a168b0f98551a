-- "secret" is sealed under the master key: a signature can be checked with the secret
-- itself only, so a hash of it would not do.
CREATE TABLE key_pair (
    id           BIGINT PRIMARY KEY,
    access_key   TEXT NOT NULL UNIQUE,
    person_id    BIGINT NOT NULL REFERENCES person (id),
    secret       BLOB NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    revoked_at   BIGINT NOT NULL
);
CREATE INDEX key_pair_person ON key_pair (person_id, id);

-- Signatures of changes that were made, until their time stamps are too old to be
-- taken anyway. They are kept here and not in memory, so that a restart does not let
-- them through again.
CREATE TABLE spent_signature (
    digest BLOB PRIMARY KEY,
    until  BIGINT NOT NULL
);
CREATE INDEX spent_signature_until ON spent_signature (until);

-- "hash" is the SHA-256 of the code, "code" the code sealed under the master key: no
-- mail is sent yet, so who invited must be able to look it up.
CREATE TABLE invitation (
    id         BIGINT PRIMARY KEY,
    email      TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    roles      TEXT NOT NULL,
    hash       BLOB NOT NULL UNIQUE,
    code       BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
