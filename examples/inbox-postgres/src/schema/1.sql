-- One row a creation, for ever: the key is how a creation that is told again is known.
CREATE TABLE IF NOT EXISTS inbox (
    key         text PRIMARY KEY,
    -- What the event said when it happened: told again with another, it is counted as changed.
    stamp       text NOT NULL,
    -- The event as JSON, until it is done. Not jsonb: that can't hold U+0000, which a field can.
    payload     text,
    received_at timestamptz NOT NULL DEFAULT now(),
    attempts    integer NOT NULL DEFAULT 0,
    -- When the last attempt began that has not come back: it is under way, or ended its process.
    begun_at    timestamptz,
    -- Why the last attempt failed, in the effect's words: they may repeat what the event says.
    error       text,
    done_at     timestamptz,
    dead_at     timestamptz,
    duplicates  bigint NOT NULL DEFAULT 0,
    changed     bigint NOT NULL DEFAULT 0
);
