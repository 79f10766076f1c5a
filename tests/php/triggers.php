<?php
// The sender's events, as the PHP values that it would hand to its encoder, and what they mean.

declare(strict_types=1);

require_once __DIR__ . '/events.php';

/** A number of them that has no factor in common with that of the styles. */
const TRIGGERS = [
    'create-profile', 'update-profile', 'click', 'delete-profile', 'bounce', 'update-subprofile', 'open', 'other',
    'create-subprofile', 'failure', 'unsubscribe', 'update-profile', 'abuse', 'delete-subprofile', 'delivery', 'other',
    'create-profile',
];

/** A call: what is sent, and what is meant by it. */
final class Call
{
    public array $sent = [];
    public array $meant = [];
    /** Variables that are objects even where they are empty or have the keys 0..n-1. */
    public array $maps = [];

    /** A variable that means what is sent. What PHP's encoder leaves out means nothing. */
    public function same(string $name, mixed $value): void
    {
        $this->means($name, $value, $name, kept($value));
    }

    /** A variable that means something else, under another name perhaps; null for nothing. */
    public function means(string $name, mixed $value, string $as, string|array|null $meant): void
    {
        $this->sent[$name] = $value;
        unset($this->meant[$as]);
        if ($meant !== null) {
            $this->meant[$as] = $meant;
        }
    }

    /** A variable that is always an object. */
    public function map(string $name, array $value): void
    {
        $this->means($name, $value, $name, kept($value) ?? []);
        $this->maps[] = $name;
    }
}

/** One call. */
function call(Source $source, string $trigger): Call
{
    $call = new Call();
    [$type, $entity] = [...explode('-', $trigger), null];
    if ($type === 'other') {
        other($call, $source);
        return $call;
    }
    // A failure has an action of its own.
    $byAction = $type !== 'failure' && chance(10);
    $call->means($byAction ? 'action' : 'type', $type, 'type', $type);
    match ($type) {
        'create', 'update' => changed($call, $source, $type, $entity),
        'delete' => deleted($call, $source, $entity),
        'unsubscribe' => unsubscribed($call),
        default => mailed($call, $source, $type),
    };
    undocumented($call, $source);
    return $call;
}

function undocumented(Call $call, Source $source): void
{
    for ($left = chance(20) ? mt_rand(1, 2) : 0; $left > 0; $left--) {
        $name = pick(EXTRA_NAMES);
        // "a[b" and "x]" are names only as long as no bracket of ours follows them.
        $call->same($name, value($source, [$name], strpbrk($name, '[]') === false ? 40 : 0));
    }
}

// --- Variables, one rule for each type of variable.

/** A whole number that may be unset, or may be no number. */
function maybeId(Call $call, string $name, ?string $as = null): void
{
    match (mt_rand(1, 12)) {
        1 => $call->means($name, pick(['', 0, '0', '00']), $as ?? $name, null),
        2 => $call->same($name, pick(['x', '-1', '1.5', '18446744073709551616', ['a' => '1']])),
        default => $call->means($name, $id = id(), $as ?? $name, (string) $id),
    };
}

function optionalDate(string $name, Call $call): void
{
    match (mt_rand(1, 12)) {
        1 => $call->means($name, pick(['', '0000-00-00 00:00:00', '0000-00-00']), $name, null),
        2 => $call->same($name, pick(['yesterday', '2024-02-30 10:00:00', '2024-01-01T10:00:00Z', ['2024-01-01 10:00:00']])),
        default => $call->same($name, moment()),
    };
}

function unixTime(Call $call): void
{
    match (mt_rand(1, 12)) {
        1 => $call->means('time', '', 'time', null),
        2 => $call->same('time', pick(['now', '1.5', moment(), '9223372036854775808', [1]])),
        default => $call->same('time', mt_rand(-1000, 2000000000)),
    };
}

/** Text that may be any bytes. */
function bytes(Source $source): string
{
    $text = pick([$source->values->deal(), fragments(1, 8), 'Johny <johny@example.com>']);
    return match (mt_rand(1, 4)) {
        1 => $text . pick(["\xe9", "\xff\xfe", "\xc3", "\xed\xa0\x80", "\xc0\x80", "\xf5"]) . fragments(0, 3),
        default => $text,
    };
}

/** A mail as it came: headers, 8-bit text, base64. */
function mime(): string
{
    $mail = "From: <>\r\nSubject: =?iso-8859-1?Q?caf=E9?=\r\nContent-Type: text/plain\r\n\r\n";
    for ($left = mt_rand(0, 8); $left > 0; $left--) {
        $mail .= pick(["Ik ben op caf\xe9.\r\n", "naïve 語 + 100%\r\n", '--=_' . mt_rand() . "\r\n", base64_encode((string) mt_rand()) . "\r\n", "a=b&c[d]=e;\r\n"]);
    }
    return $mail . (chance(10) ? implode('', array_map(chr(...), range(0, 255))) : '');
}

function tags(Call $call, Source $source): void
{
    $tag = fn () => pick(['spring', 'news', 'Customer Name', $source->values->deal()]);
    match (mt_rand(1, 7)) {
        1 => $call->means('tags', '', 'tags', null),
        2 => $call->same('tags', implode(';', ['a', $tag(), 'b'])),
        3 => $call->same('tags', ['7' => $tag(), 'spring' => 1, 'off' => 0]),
        4 => $call->same('tags', [['nested'], 'b']),
        default => $call->same('tags', array_map($tag, range(1, mt_rand(1, 4)))),
    };
}

function address(Call $call): void
{
    // inet_ntop writes the one form of RFC 5952.
    $groups = array_map(fn () => chance(40) ? 0 : mt_rand(1, 65535), range(1, 8));
    match (mt_rand(1, 6)) {
        1 => $call->means('ip', '', 'ip', null),
        2 => $call->same('ip', pick(['unknown', '1.2.3', '1.2.3.4.5', ['::1']])),
        3, 4 => $call->same('ip', inet_ntop(pack('n*', 0x2a03, ...array_slice($groups, 1)))),
        default => $call->same('ip', implode('.', array_map(fn () => mt_rand(0, 255), range(1, 4)))),
    };
}

/** Interests, in each of the shapes that the documentation allows, and one that it doesn't. */
function anyInterests(Call $call): void
{
    $names = INTERESTS;
    shuffle($names);
    $names = array_slice($names, 0, mt_rand(1, 4));
    $groups = ['Sport', 'Food & drink', 'Música'];
    $on = fn () => pick([1, 0, true, false]);
    $byGroup = function (callable $members) use ($names, $groups): array {
        $grouped = [];
        foreach ($names as $name) {
            $grouped[pick($groups)][] = $name;
        }
        return array_map($members, $grouped);
    };
    match (mt_rand(1, 9)) {
        1, 2 => [$call->means('interests', $names, 'interests', array_fill_keys($names, '1')), $call->maps[] = 'interests'],
        3, 4 => $call->map('interests', array_combine($names, array_map($on, $names))),
        5 => $call->same('interests', $byGroup(fn ($names) => $names)),
        6 => $call->same('interests', $byGroup(fn ($names) => array_combine($names, array_map($on, $names)))),
        7 => $call->same('interests', array_combine($names, array_map(fn () => pick($groups), $names))),
        8 => $call->same('interests', array_map(fn ($name) => (chance(50) ? ['ID' => id()] : []) + ['name' => $name, 'group' => pick($groups)], $names)),
        9 => $call->same('interests', pick(['blue', '0', ['Sport' => ['ball' => ['foot' => 1]]]])),
    };
}

// --- Triggers.

function changed(Call $call, Source $source, string $type, string $entity): void
{
    $call->same('profile', id());
    $call->same('timestamp', moment());
    if ($entity === 'subprofile') {
        $call->same('subprofile', id());
    } elseif (chance(10)) {
        $call->means('subprofile', pick(['', 0]), 'subprofile', null);
    }
    if ($type === 'create') {
        $call->same('database', id());
        if ($entity === 'subprofile') {
            $call->same('collection', id());
        }
    } else {
        maybeId($call, 'database');
        if ($entity === 'subprofile') {
            maybeId($call, 'collection');
        }
    }
    $fields = fields($source);
    $call->map('fields', $fields);
    $call->map('parameters', parameters($source, $fields));
    if (chance(4)) {
        // Not a map: it stays as it was sent.
        $name = pick(['fields', 'parameters']);
        $call->same($name, 'text');
    }
    if ($entity === 'subprofile') {
        // Not documented, so they stay as they were sent.
        chance(10) ? $call->same('interests', ['blue' => 1, 'red' => 0]) : null;
    } elseif (chance(80)) {
        anyInterests($call);
    } else {
        $call->map('interests', []);
    }
    chance(50) ? unixTime($call) : null;
    chance(50) ? optionalDate('created', $call) : null;
    chance(50) ? optionalDate('modified', $call) : null;
    if (chance(50)) {
        $id = pick([id(), 'b4icbaqjswyrb7tc', '']);
        $call->means('id', $id, 'id', $id === '' ? null : (string) $id);
    }
}

function deleted(Call $call, Source $source, string $entity): void
{
    if ($entity === 'subprofile') {
        $call->same('subprofile', id());
        chance(80) ? maybeId($call, 'profile') : null;
        chance(80) ? maybeId($call, 'collection') : null;
    } else {
        $call->same('profile', id());
        chance(10) ? $call->means('subprofile', '', 'subprofile', null) : null;
    }
    chance(60) ? maybeId($call, 'database') : null;
    chance(80) ? optionalDate('timestamp', $call) : null;
    chance(50) ? unixTime($call) : null;
    if (chance(60)) {
        $fields = fields($source);
        // What PHP's encoder leaves out was not sent, which is not the same as empty.
        kept($fields) === null ? $call->same('fields', $fields) : $call->map('fields', $fields);
    }
    if (chance(30) && $entity === 'profile') {
        anyInterests($call);
    }
    chance(20) ? $call->same('field_name', scalar($source)) : null;
}

function unsubscribed(Call $call): void
{
    $call->same('id', pick([id(), 'b4icbaqjswyrb7tc', 'a/b:c%']));
    chance(90) ? maybeId($call, pick(['profile', 'profileid']), 'profile') : null;
    chance(80) ? maybeId($call, pick(['mailing', 'mailingid']), 'mailing') : null;
    foreach (['database', 'subprofile', 'collection'] as $name) {
        chance(40) ? maybeId($call, $name) : null;
    }
    chance(80) ? optionalDate('timestamp', $call) : null;
    chance(80) ? unixTime($call) : null;
}

function mailed(Call $call, Source $source, string $type): void
{
    $call->same('id', pick(['b4icbaqjswyrb7tc', '56ed14bf71f7bc4e200e712e646ed32f', 783919, 'é[0]']));
    chance(70) ? optionalDate('timestamp', $call) : null;
    chance(70) ? unixTime($call) : null;
    chance(80) ? tags($call, $source) : null;
    if (chance(50)) {
        maybeId($call, pick(['profile', 'profileid']), 'profile');
        maybeId($call, pick(['mailing', 'mailingid']), 'mailing');
        chance(30) ? maybeId($call, 'subprofile') : null;
        chance(30) ? maybeId($call, 'database') : null;
    }
    $bytes = match ($type) {
        'click' => ['recipient', 'original', 'url', 'useragent', 'referer'],
        'open' => ['recipient', 'url', 'useragent', 'referer'],
        'delivery', 'failure' => ['recipient', 'description'],
        'bounce' => ['recipient', 'envelope', 'mailfrom', 'rcptto'],
        'abuse' => ['recipient'],
    };
    foreach ($bytes as $name) {
        // A list where one text is expected stays as it was sent.
        chance(70) ? $call->same($name, chance(4) ? [bytes($source)] : bytes($source)) : null;
    }
    match ($type) {
        'click', 'open' => chance(80) ? address($call) : null,
        'bounce' => $call->means(pick(['mime', 'data']), $mime = mime(), 'mime', $mime),
        'abuse' => [
            $call->means('mime', $mime = mime(), 'mime', $mime),
            $call->means(pick(['emailfrom', 'mailfrom']), $from = bytes($source), 'emailfrom', $from),
        ],
        'delivery', 'failure' => result($call),
    };
    if ($type === 'failure') {
        failed($call);
    }
}

function result(Call $call): void
{
    chance(80) ? $call->same('code', pick([550, 250, 0, '', '5.1.2', [550]])) : null;
    chance(80) ? $call->same('extended', pick(['5.1.1', '2.0.0', '', '4.2'])) : null;
}

/** Its own action says failure or failed, and may name the trigger where there is no type. */
function failed(Call $call): void
{
    chance(80) ? $call->same('state', pick(['bounce', 'rcptto', 'data', 'unknown'])) : null;
    if (chance(70)) {
        $call->same('action', pick(['failure', 'failed']));
        if (chance(30)) {
            unset($call->sent['type']);
        }
    }
}

/** What is not known yet: every text of it may be any bytes. */
function other(Call $call, Source $source): void
{
    match (mt_rand(1, 4)) {
        1 => null,
        2 => $call->same('action', pick(['new', 'all', 'CREATE'])),
        default => $call->same('type', pick(['purchase', 'Click', 'create ', '', ['click'], "caf\xe9"])),
    };
    foreach (['id', 'profile', 'time', 'tags', 'useragent'] as $name) {
        chance(50) ? $call->same($name, pick([bytes($source), [bytes($source), bytes($source)], ['a' => ['b' => bytes($source)]], id()])) : null;
    }
    undocumented($call, $source);
    $call->same('note', bytes($source));
}
