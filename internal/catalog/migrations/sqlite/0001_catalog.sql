-- A package never changes; "key" is the SHA-256 of what it is (see Package.Key).
CREATE TABLE package (
    id             INTEGER PRIMARY KEY,
    type           TEXT NOT NULL,
    name           TEXT NOT NULL,
    version        TEXT NOT NULL,
    version_key    BLOB NOT NULL,
    architecture   TEXT NOT NULL,
    source         TEXT NOT NULL,
    source_version TEXT NOT NULL,
    key            BLOB NOT NULL UNIQUE,
    stanza         BLOB NOT NULL,
    provides       TEXT NOT NULL,   -- the field of the stanza
    files_hash     BIGINT NOT NULL, -- see FilesHash; the bits of an unsigned number
    created_at     BIGINT NOT NULL
);
-- The order of an index: chunks of one are ranges of this.
CREATE INDEX package_order ON package (type, name, version_key, architecture);
CREATE INDEX package_source ON package (source, id);

CREATE TABLE package_file (
    package_id BIGINT NOT NULL REFERENCES package (id),
    position   BIGINT NOT NULL,
    name       TEXT NOT NULL,
    size       BIGINT NOT NULL,
    md5        TEXT NOT NULL,
    sha1       TEXT NOT NULL,
    sha256     BLOB NOT NULL,
    sha512     TEXT NOT NULL,
    PRIMARY KEY (package_id, position)
);
CREATE INDEX package_file_name ON package_file (name);

-- What a binary package installs: its paths, sorted, joined by newlines, as one
-- zstd frame; NULL when its file cannot be read. A row comes when an index first
-- wants it.
CREATE TABLE package_contents (
    package_id INTEGER PRIMARY KEY REFERENCES package (id),
    paths      BLOB
);

-- A member is a package as a suite lists it. Ids are dense: sets hold them.
CREATE TABLE member (
    id         INTEGER PRIMARY KEY,
    package_id BIGINT NOT NULL REFERENCES package (id),
    component  TEXT NOT NULL,
    section    TEXT NOT NULL,
    priority   TEXT NOT NULL,
    UNIQUE (package_id, component, section, priority)
);

-- Which members have a value ("component" main, "architecture" arm64, "type" deb),
-- as one bitmap for every 65,536 ids.
CREATE TABLE facet (
    kind    TEXT NOT NULL,
    value   TEXT NOT NULL,
    block   BIGINT NOT NULL,
    members BLOB NOT NULL,
    PRIMARY KEY (kind, value, block)
);

CREATE TABLE collection (
    id          BIGINT PRIMARY KEY,
    kind        TEXT NOT NULL,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    component   TEXT NOT NULL,
    distribution           TEXT NOT NULL,
    origin                 TEXT NOT NULL,
    not_automatic          BIGINT NOT NULL,
    but_automatic_upgrades BIGINT NOT NULL,
    head        BIGINT NOT NULL,
    retention   TEXT NOT NULL DEFAULT '', -- which past states are kept, as JSON; empty: all
    created_at  BIGINT NOT NULL,
    lost_since  BIGINT, -- when the first revision was made that is kept no more, if none before it is kept
    dropped_at  BIGINT
);
CREATE UNIQUE INDEX collection_name ON collection (kind, name) WHERE dropped_at IS NULL;

-- What a collection was made from.
CREATE TABLE collection_source (
    collection_id BIGINT NOT NULL REFERENCES collection (id),
    position      BIGINT NOT NULL,
    source_id     BIGINT NOT NULL REFERENCES collection (id),
    PRIMARY KEY (collection_id, position)
);
CREATE INDEX collection_source_of ON collection_source (source_id);

-- One change of a collection. "full_set" holds every member, every so often;
-- base_* make a revision the same as another collection's, at no cost.
CREATE TABLE revision (
    collection_id   BIGINT NOT NULL REFERENCES collection (id),
    number          BIGINT NOT NULL,
    at              BIGINT NOT NULL,
    added           BLOB NOT NULL,
    removed         BLOB NOT NULL,
    full_set        BLOB,
    base_collection BIGINT,
    base_revision   BIGINT,
    members         BIGINT NOT NULL,
    activity_id     BIGINT,
    until           BIGINT, -- when the next one came, if that is kept no more
    PRIMARY KEY (collection_id, number)
);
CREATE INDEX revision_at ON revision (collection_id, at);
CREATE INDEX revision_base ON revision (base_collection, base_revision) WHERE base_collection IS NOT NULL;
