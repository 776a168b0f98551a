-- What a mirror collection follows ("config", as people set it), and what is
-- known of the upstream since the last sync ("state").
CREATE TABLE mirror (
    collection_id BIGINT PRIMARY KEY REFERENCES collection (id),
    config        TEXT NOT NULL,
    state         TEXT NOT NULL
);
