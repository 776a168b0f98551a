-- "source" is the program that it came from; "subject" names it there for ever.
-- "local_id" is our collection's, or our publication's. "revision" is the one
-- that the last import made, and "members" a bitmap of all that imports brought.
CREATE TABLE imported (
    source   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    local_id BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    members  BLOB NOT NULL,
    PRIMARY KEY (source, subject)
);
