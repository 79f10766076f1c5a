<?php
// The events, as the PHP values that a sender would hand to its encoder.

declare(strict_types=1);

require_once __DIR__ . '/texts.php';

/** What is an object in the meaning of an event, even when it is empty or has the keys 0..n-1. */
const MAPS = ['parameters', 'fields', 'interests'];

/** Brackets a name may nest: parameters[1][2][3][4][5]. */
const MAX_DEPTH = 5;

/** Undocumented variables. A root name has no brackets around it, so what is not text in PHP (a leading "[") is left out. */
const EXTRA_NAMES = [
    'source', 'external_ref', 'utm.source', 'x-request-id', 'größe', '备注', 'two words', 'a[b', 'x]', '2024', '__proto__', 'Type',
    'FIELDS', 'field', 'fields2', 'profile_id', 'interest', 'a&b=c', '%41', '😀', 'times', 'types', 'parameter',
];

/** A value of parameters, fields or an undocumented variable; $nested is how often it is an array, in percent. */
function value(Source $source, array $path, int $nested): mixed
{
    // PHP's encoder does not send these two, so a list can get a hole and a level can vanish.
    if (chance(3)) {
        return pick([null, []]);
    }
    if (count($path) > MAX_DEPTH || !chance($nested)) {
        return scalar($source);
    }
    return match (mt_rand(1, 10)) {
        1 => digits($source),
        2, 3, 4, 5 => items($source, $path, $nested),
        default => map($source, $path, mt_rand(1, 4), $nested),
    };
}

function map(Source $source, array $path, int $size, int $nested): array
{
    $map = [];
    while ($size-- > 0) {
        $name = name($source, $path);
        $map[$name] = value($source, [...$path, $name], $nested);
    }
    return $map;
}

function items(Source $source, array $path, int $nested): array
{
    $list = [];
    for ($left = mt_rand(1, 4); $left > 0; $left--) {
        $list[] = value($source, [...$path, (string) count($list)], $nested);
    }
    return $list;
}

/** Keys that are digits, and a list only when they count from 0 in order. */
function digits(Source $source): array
{
    $keys = pick([[0], [1], [0, 1, 2], [1, 0], [0, 2], [1, 2, 3], ['00', '01'], [0, 1, 'x'], [2, 1, 0], ['0', '01'], range(0, 11)]);
    return array_combine($keys, array_map(fn () => scalar($source), $keys));
}

function id(): int|string
{
    return chance(90) ? mt_rand(1, 5000000) : pick([1, '4294967295', 2147483648, '9007199254740991']);
}

function fields(Source $source): array
{
    return match (mt_rand(1, 20)) {
        1 => [],
        // Three fields called 0, 1 and 2: looks like a list, and is not.
        2 => items($source, ['fields'], 0),
        default => map($source, ['fields'], mt_rand(1, 5), 4),
    };
}

function parameters(Source $source, array $fields): array
{
    return match (mt_rand(1, 20)) {
        1 => [],
        2 => items($source, ['parameters'], 25),
        // What a form was called with is often just what ended up in the fields.
        3, 4, 5 => $fields,
        default => map($source, ['parameters'], mt_rand(1, 3), 25),
    };
}

/** Names of interests; they must not be read as positions of a list, or as the 1 and 0 of a map. */
function interestNames(Source $source, string $shape): array
{
    $names = [];
    for ($left = chance(10) ? 0 : mt_rand(1, 4); $left > 0; $left--) {
        $name = chance(50) ? pick(INTERESTS) : name($source, ['interests']);
        $misread = $shape === 'map' ? preg_match('/^[0-9]+$/D', $name) === 1 : in_array($name, ['0', '1'], true);
        if (!$misread && !in_array($name, $names, true)) {
            $names[] = $name;
        }
    }
    return $names;
}

function interests(Source $source, string $shape): array
{
    $names = interestNames($source, $shape);
    return $shape === 'list' ? $names : array_combine($names, array_map(fn () => pick([1, 1, true, 0, false, '1', '0']), $names));
}

/** Variables that Copernica documents in one place but not in another, and variables that it documents nowhere. */
function optional(Source $source, int $timestamp): array
{
    $some = [];
    if (chance(40)) {
        $some['time'] = $timestamp;
    }
    if (chance(40)) {
        $some['id'] = id();
    }
    foreach (['created', 'modified'] as $date) {
        if (chance(60)) {
            $some[$date] = pick([gmdate('Y-m-d H:i:s', $timestamp), moment(), '0000-00-00 00:00:00', '']);
        }
    }
    for ($left = chance(20) ? mt_rand(1, 2) : 0; $left > 0; $left--) {
        $name = pick(EXTRA_NAMES);
        // "a[b" and "x]" are names only as long as no bracket of ours follows them.
        $some[$name] = value($source, [$name], strpbrk($name, '[]') === false ? 40 : 0);
    }
    return $some;
}

function inAnyOrder(array $event): array
{
    $names = array_keys($event);
    shuffle($names);
    return array_replace(array_flip($names), $event);
}

/** One event as the PHP value that a sender would hand to its encoder. $shape is null for a subprofile. */
function event(Source $source, ?string $shape, bool $big): array
{
    $timestamp = mt_rand(0, 2000000000);
    $event = [chance(90) ? 'type' : 'action' => 'create', 'profile' => id(), 'database' => id()];
    if ($shape === null) {
        $event += ['subprofile' => id(), 'collection' => id()];
    }
    $event['timestamp'] = gmdate('Y-m-d H:i:s', $timestamp);
    $fields = fields($source) + ($big ? ['newsletter body' => longText(mt_rand(5000, 20000))] : []);
    // A big field often arrives twice.
    $event += ['parameters' => $big && chance(50) ? $fields : parameters($source, $fields), 'fields' => $fields];
    if ($shape !== null) {
        $event['interests'] = interests($source, $shape);
    }
    $event += optional($source, $timestamp);
    return chance(40) ? inAnyOrder($event) : $event;
}
