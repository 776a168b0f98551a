CREATE TABLE distribution (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    access_group TEXT NOT NULL,
    created_at   BIGINT NOT NULL
);

CREATE TABLE series (
    id              INTEGER PRIMARY KEY,
    distribution_id INTEGER NOT NULL REFERENCES distribution (id),
    name            TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (distribution_id, name)
);

-- "collection_id" is what the pocket lists and "publication_id" where that is shown.
-- "settings" is the rest, as JSON: see Settings.
CREATE TABLE pocket (
    id             INTEGER PRIMARY KEY,
    series_id      INTEGER NOT NULL REFERENCES series (id),
    name           TEXT NOT NULL,
    mode           TEXT NOT NULL,
    collection_id  BIGINT NOT NULL UNIQUE,
    publication_id BIGINT NOT NULL UNIQUE,
    settings       TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    UNIQUE (series_id, name)
);
