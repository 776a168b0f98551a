-- The collections of garbage that have begun, counted.
CREATE TABLE hold_round (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL
);
INSERT INTO hold_round (one, number) VALUES (1, 0);

-- The processes that share this database. One whose row was deleted commits nothing any more.
CREATE TABLE hold_node (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    oldest      BIGINT NOT NULL, -- none of its work under way began before this instant of the database's clock
    passed      BIGINT NOT NULL  -- the newest round before which none of its work under way began
);
