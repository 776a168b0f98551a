-- What a mirror collection follows ("config", as people set it), and what is
-- known of the upstream since the last sync ("state").
CREATE TABLE mirror (
    collection_id BIGINT PRIMARY KEY REFERENCES collection (id),
    config        TEXT NOT NULL,
    state         TEXT NOT NULL
);

-- Package files that a mirror left upstream, and where below the archive's root
-- they are. The pool may have got one otherwise meanwhile. "listed" is 1 while the
-- newest revision of the mirror lists a package with the file, 0 when past ones do.
CREATE TABLE deferred (
    sha256        BLOB NOT NULL,
    collection_id BIGINT NOT NULL REFERENCES collection (id),
    size          BIGINT NOT NULL,
    path          TEXT NOT NULL,
    listed        BIGINT NOT NULL,
    PRIMARY KEY (sha256, collection_id)
) WITHOUT ROWID;
-- By path, and with all that counting needs.
CREATE INDEX deferred_path ON deferred (collection_id, path, listed, size);
