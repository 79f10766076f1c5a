-- A row is a call as it came, whatever is in it. Programs of the version before go on with the view
-- below, which has the name and the columns that they know.
ALTER TABLE inbox RENAME TO inbox_call;
ALTER TABLE inbox_call RENAME COLUMN key TO event_key;
ALTER TABLE inbox_call RENAME COLUMN stamp TO timestamp;
ALTER TABLE inbox_call DROP CONSTRAINT inbox_pkey;
ALTER TABLE inbox_call
    -- The call's key, which exact copies share; null where a version before this stored it. Stays.
    ADD COLUMN delivery     text,
    -- The event's key: null where it has none, or could not be decoded yet. Stays.
    ALTER COLUMN event_key  DROP NOT NULL,
    -- Of the event, as it was reported first.
    ALTER COLUMN timestamp  DROP NOT NULL,
    -- Whose call it was; without a proof null.
    ADD COLUMN account      text,
    ADD COLUMN host         text,
    ADD COLUMN media_type   text,
    -- Path and query that were called; goes with the body.
    ADD COLUMN target       text,
    -- As it came; personal data, so it is pruned.
    ADD COLUMN body         bytea,
    -- When it turned out that this program can do nothing with it; `error` says why.
    ADD COLUMN set_aside_at timestamptz;

-- What rows that are there get, in one pass: receivers wait for it. The JSON of an event that is not
-- done is a body that can be decoded. In a key, the account stands between `copernica:v1:` and the next
-- colon.
ALTER TABLE inbox_call
    -- The runner's job has it, and nothing else.
    ADD COLUMN id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ALTER COLUMN account    TYPE text USING CASE WHEN event_key LIKE 'copernica:v1:%'
        THEN nullif(split_part(event_key, ':', 3), 'unverified') END,
    ALTER COLUMN body       TYPE bytea USING convert_to(payload, 'UTF8'),
    ALTER COLUMN media_type TYPE text USING CASE WHEN payload IS NOT NULL
        THEN 'application/json' END,
    ADD UNIQUE (delivery),
    ADD UNIQUE (event_key);
-- A body is stored once and read once or twice: compressing one of 32 MB takes longer than a sender waits.
ALTER TABLE inbox_call ALTER COLUMN body SET STORAGE EXTERNAL;

-- The payload stays where it is for workers of the version before, and becomes a body where receivers
-- of that version store it.
CREATE FUNCTION inbox_call_of_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.body = convert_to(NEW.payload, 'UTF8');
    NEW.media_type = 'application/json';
    NEW.account = nullif(split_part(NEW.event_key, ':', 3), 'unverified');
    RETURN NEW;
END $$;
CREATE TRIGGER inbox_call_of_event BEFORE INSERT ON inbox_call
    FOR EACH ROW WHEN (NEW.payload IS NOT NULL) EXECUTE FUNCTION inbox_call_of_event();
CREATE VIEW inbox AS
    SELECT event_key AS key, timestamp AS stamp, payload, received_at, attempts, begun_at, error,
        done_at, dead_at, duplicates, changed
    FROM inbox_call;

ALTER TABLE inbox_changed
    ALTER COLUMN stamp DROP NOT NULL,
    ADD COLUMN media_type text,
    ADD COLUMN target     text,
    ADD COLUMN host       text;
