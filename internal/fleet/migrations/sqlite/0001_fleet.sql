-- Which sources machines get. "name" is made from the title, once; "all_computers"
-- outdoes the tags while it is set.
CREATE TABLE repository_profile (
    id            BIGINT PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    title         TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    access_group  TEXT    NOT NULL,
    all_computers BOOLEAN NOT NULL,
    created_at    BIGINT  NOT NULL
);
CREATE INDEX repository_profile_by_group ON repository_profile (access_group);

-- The tags of the machines that a profile reaches.
CREATE TABLE repository_profile_tag (
    profile_id BIGINT NOT NULL REFERENCES repository_profile (id) ON DELETE CASCADE,
    tag        TEXT   NOT NULL,
    PRIMARY KEY (profile_id, tag)
);
CREATE INDEX repository_profile_tag_by_tag ON repository_profile_tag (tag);

-- The pockets that its machines get, by their numbers.
CREATE TABLE repository_profile_pocket (
    profile_id BIGINT NOT NULL REFERENCES repository_profile (id) ON DELETE CASCADE,
    pocket_id  BIGINT NOT NULL,
    PRIMARY KEY (profile_id, pocket_id)
);
CREATE INDEX repository_profile_pocket_by_pocket ON repository_profile_pocket (pocket_id);

-- Archives that are not ours: "line" is in the one form that we write, "key" the
-- fingerprint of the key that signs them, or empty.
CREATE TABLE apt_source (
    id           BIGINT PRIMARY KEY,
    name         TEXT   NOT NULL UNIQUE,
    line         TEXT   NOT NULL,
    signing_key  TEXT   NOT NULL,
    access_group TEXT   NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX apt_source_by_key ON apt_source (signing_key);
CREATE INDEX apt_source_by_group ON apt_source (access_group);

-- The APT sources that the machines of a profile get.
CREATE TABLE repository_profile_source (
    profile_id BIGINT NOT NULL REFERENCES repository_profile (id) ON DELETE CASCADE,
    source_id  BIGINT NOT NULL REFERENCES apt_source (id),
    PRIMARY KEY (profile_id, source_id)
);
CREATE INDEX repository_profile_source_by_source ON repository_profile_source (source_id);

-- Queries for machines that have a name.
CREATE TABLE saved_search (
    id         BIGINT PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    title      TEXT   NOT NULL,
    search     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
