-- Calls under a known key with another timestamp, whole: what they say is not handled, and not lost.
CREATE TABLE inbox_changed (
    key         text NOT NULL,
    -- Of the event in this call.
    stamp       text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    -- The id that the log has; of a proven call only.
    delivery    text,
    -- As it came; personal data.
    body        bytea NOT NULL
);
-- A body that comes again is kept once.
CREATE UNIQUE INDEX inbox_changed_once ON inbox_changed (key, sha256(body));
