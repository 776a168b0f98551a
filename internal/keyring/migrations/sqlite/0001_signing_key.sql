-- "public" is the OpenPGP certificate; "secret" the sealed secret key, NULL for
-- a key that is only known, not owned.
CREATE TABLE signing_key (
    id          BIGINT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL UNIQUE,
    key_id      TEXT NOT NULL,
    public      BLOB NOT NULL,
    secret      BLOB,
    is_default  BIGINT NOT NULL CHECK (is_default IN (0, 1)),
    added_at    BIGINT NOT NULL
);
CREATE INDEX signing_key_key_id ON signing_key (key_id);
CREATE UNIQUE INDEX signing_key_default ON signing_key (is_default) WHERE is_default = 1;
