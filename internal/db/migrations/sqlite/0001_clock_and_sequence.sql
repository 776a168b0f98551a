-- The instant of the last commit that asked for one: always one row.
CREATE TABLE clock (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	at  BIGINT NOT NULL
);
INSERT INTO clock(one, at) VALUES (1, 0);

-- The next free id of each named sequence.
CREATE TABLE sequence (
	name TEXT PRIMARY KEY,
	next BIGINT NOT NULL
) WITHOUT ROWID;
