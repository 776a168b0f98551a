CREATE TABLE publication (
    id           BIGINT PRIMARY KEY,
    endpoint     TEXT NOT NULL,
    prefix       TEXT NOT NULL,
    distribution TEXT NOT NULL,
    options      TEXT NOT NULL,
    sources      TEXT NOT NULL,
    staged       TEXT,
    retention    TEXT NOT NULL DEFAULT '', -- which past releases are kept, as JSON; empty: all
    head         BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    lost_since   BIGINT, -- when the first release was made that is kept no more, if none before it is kept
    dropped_at   BIGINT
);
CREATE UNIQUE INDEX publication_place ON publication (endpoint, prefix, distribution) WHERE dropped_at IS NULL;
CREATE INDEX publication_prefix ON publication (endpoint, prefix);

-- One built generation. "sources" are the views it was built from; "modified"
-- is its Last-Modified, in seconds, growing with every release.
CREATE TABLE release (
    publication_id BIGINT NOT NULL REFERENCES publication (id),
    number         BIGINT NOT NULL,
    at             BIGINT NOT NULL,
    modified       BIGINT NOT NULL,
    options        TEXT NOT NULL,
    sources        TEXT NOT NULL,
    packages       BIGINT NOT NULL,
    removed        BLOB NOT NULL,
    activity_id    BIGINT,
    until          BIGINT,                    -- when the next one came, if that is kept no more
    pinned         BIGINT NOT NULL DEFAULT 0, -- 1: kept whatever the retention says
    PRIMARY KEY (publication_id, number)
);
CREATE INDEX release_at ON release (publication_id, at);

-- The dists half of every manifest: a file was at a path in the releases from
-- "since" up to, not including, "until". A file's bytes are one blob, or the
-- pieces of a chunk table in one format, joined.
CREATE TABLE release_file (
    publication_id BIGINT NOT NULL REFERENCES publication (id),
    path           TEXT NOT NULL,
    since          BIGINT NOT NULL,
    until          BIGINT NOT NULL,
    size           BIGINT NOT NULL,
    sha256         BLOB NOT NULL,
    sha512         TEXT NOT NULL,
    sums           TEXT NOT NULL,
    chunk_table    BIGINT,
    format         TEXT NOT NULL,
    PRIMARY KEY (publication_id, path, since)
);
CREATE INDEX release_file_sha256 ON release_file (publication_id, sha256);
CREATE INDEX release_file_sha512 ON release_file (publication_id, sha512) WHERE sha512 <> '';
CREATE INDEX release_file_until ON release_file (publication_id, until);
CREATE INDEX release_file_table ON release_file (chunk_table) WHERE chunk_table IS NOT NULL;

-- How an index is cut: a table is a list of nodes, a node a list of chunks.
-- Nodes are named by their content and shared by all the tables that have them.
CREATE TABLE chunk_table (
    id     BIGINT PRIMARY KEY,
    render TEXT NOT NULL,
    nodes  BLOB NOT NULL
);
CREATE TABLE chunk_node (
    sha256 BLOB PRIMARY KEY,
    chunks BLOB NOT NULL
);

-- The newest index at each place, as what the next ones can begin from: the
-- members that it lists, and where its sums stood at some of its chunks. A
-- cache: without it an index is built from nothing.
CREATE TABLE index_checkpoint (
    publication_id BIGINT NOT NULL REFERENCES publication (id),
    path           TEXT NOT NULL,
    chunk_table    BIGINT NOT NULL,
    render         TEXT NOT NULL,
    members        BLOB NOT NULL,
    checkpoints    BLOB NOT NULL,
    PRIMARY KEY (publication_id, path)
);
CREATE INDEX index_checkpoint_render ON index_checkpoint (render, chunk_table);

-- Paths of a prefix's pool at which a release put its own file, where another
-- publication of the prefix lists one with other bytes.
CREATE TABLE takeover (
    publication_id BIGINT NOT NULL REFERENCES publication (id),
    release        BIGINT NOT NULL,
    path           TEXT NOT NULL,
    at             BIGINT NOT NULL, -- when the release was made
    modified       BIGINT NOT NULL, -- and its Last-Modified
    PRIMARY KEY (publication_id, release, path)
) WITHOUT ROWID;

-- Which release the place of a publication has, where the program does not serve
-- it itself (0: none), and the newest one of which it may have something: a later
-- one whose deploying was begun and did not come to its end.
CREATE TABLE deployment (
    publication_id BIGINT PRIMARY KEY REFERENCES publication (id),
    release        BIGINT NOT NULL,
    begun          BIGINT NOT NULL
);

-- What a deployed release had and a later one has no more: files that stay for
-- clients that read the older one's indexes, until their grace is over. The path
-- is one below the prefix. Several publications may have left the same file, and
-- each grants its own grace.
CREATE TABLE leftover (
    endpoint       TEXT NOT NULL,
    prefix         TEXT NOT NULL,
    path           TEXT NOT NULL,
    publication_id BIGINT NOT NULL REFERENCES publication (id),
    release        BIGINT NOT NULL,
    at             BIGINT NOT NULL,
    sha256         BLOB, -- of the blob that it may be a link to
    PRIMARY KEY (endpoint, prefix, path, publication_id)
) WITHOUT ROWID;
CREATE INDEX leftover_at ON leftover (endpoint, prefix, at);
