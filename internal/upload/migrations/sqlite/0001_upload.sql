-- Whose .changes files a repo takes, as JSON; without a row, everybody's whose
-- signature is good. "collection_id" is the repo.
CREATE TABLE repo_uploaders (
    collection_id INTEGER PRIMARY KEY,
    rules         TEXT NOT NULL
);

-- Files that came on their way into a repo, and that no .changes file has claimed
-- yet. Their bytes are in the pool. One name may have several contents, so nobody
-- can put a file in the place of another's.
CREATE TABLE queued_file (
    collection_id BIGINT NOT NULL,
    name          TEXT NOT NULL,
    sha256        BLOB NOT NULL,
    size          BIGINT NOT NULL,
    md5           TEXT NOT NULL,
    sha1          TEXT NOT NULL,
    sha512        TEXT NOT NULL,
    sender        TEXT NOT NULL,   -- who sent it first
    stranger      BIGINT NOT NULL, -- 1 if that was nobody known
    expires_at    BIGINT NOT NULL,
    PRIMARY KEY (collection_id, name, sha256)
);
CREATE INDEX queued_file_expiry ON queued_file (expires_at);

-- The signatures of the .changes files that were taken into a repo, and the keys of
-- their packages (SHA-256, one after the other).
CREATE TABLE taken_upload (
    collection_id BIGINT NOT NULL,
    signature     BLOB NOT NULL,
    packages      BLOB NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (collection_id, signature)
);
