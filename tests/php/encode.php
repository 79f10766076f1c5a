<?php
// What a PHP value means, and how PHP's encoder and other senders write it.

declare(strict_types=1);

// Each body is in one combination of these.
const SPACES = ['plus' => PHP_QUERY_RFC1738, '%20' => PHP_QUERY_RFC3986];
const HEX = ['upper', 'lower'];
const BRACKETS = ['escaped', 'raw', 'mixed'];
const LISTS = ['[0]', '[]'];

function must(bool $true, string $what): void
{
    if (!$true) {
        throw new LogicException($what);
    }
}

// --- The grammar of names, as an assertion: no name may be in the corpus that has two readings.

function joined(array $path): string
{
    $root = array_shift($path);
    return $root . implode('', array_map(fn ($segment) => "[$segment]", $path));
}

/** What a reader makes of a decoded name: "]" closes a segment only before "[" and at the end. */
function split(string $name): array
{
    $open = strpos($name, '[', 1);
    if (!str_ends_with($name, ']') || $open === false) {
        return [$name];
    }
    return [substr($name, 0, $open), ...explode('][', substr($name, $open + 1, -1))];
}

function ambiguous(array $path): bool
{
    // An empty segment reads as "the next item", so it is no name although it survives the split.
    return in_array('', $path, true) || split(joined($path)) !== $path;
}

// --- What an event means.

/** A value as text, or null for what PHP's encoder leaves out: null, and arrays with nothing in them. */
function kept(mixed $value): string|array|null
{
    if (!is_array($value)) {
        return is_bool($value) ? ($value ? '1' : '0') : ($value === null ? null : (string) $value);
    }
    $left = array_filter(array_map(kept(...), $value), fn ($child) => $child !== null);
    return $left === [] ? null : $left;
}

/**
 * Writes JSON by hand, because json_encode makes a list of any array with the keys 0..n-1 and leaves out
 * properties of an object whose name starts with NUL.
 */
function json(string|array $value, bool $map): string
{
    $text = fn (string $text) => json_encode($text, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
    if (is_string($value)) {
        return $text($value);
    }
    if (!$map && array_is_list($value)) {
        return '[' . implode(',', array_map(fn ($item) => json($item, false), $value)) . ']';
    }
    $members = array_map(fn ($key, $child) => $text((string) $key) . ':' . json($child, false), array_keys($value), $value);
    return '{' . implode(',', $members) . '}';
}

// --- How it is encoded.

/** @return array{spaces: string, hex: string, brackets: string, lists: string}[] */
function styles(): array
{
    $styles = [];
    foreach (array_keys(SPACES) as $spaces) {
        foreach (HEX as $hex) {
            foreach (BRACKETS as $brackets) {
                foreach (LISTS as $lists) {
                    $styles[] = compact('spaces', 'hex', 'brackets', 'lists');
                }
            }
        }
    }
    return $styles;
}

function leaves(string|array $value): int
{
    return is_array($value) ? array_sum(array_map(leaves(...), $value)) : 1;
}

/** Whether "[]" can stand for the keys of this level: every "[]" begins a new item, so an item must be one pair. */
function isAppendable(array $level, array $path): bool
{
    $isMap = $path === [] || $path === ['parameters'] || $path === ['fields'];
    return !$isMap && array_is_list($level) && max(array_map(leaves(...), $level)) === 1;
}

/** The path of every pair, twice: with all its keys, and with '' for the keys that "[]" can stand for. */
function paths(array $level, array $keys = [], array $appended = []): array
{
    $paths = [];
    $isAppendable = isAppendable($level, $keys);
    foreach ($level as $key => $value) {
        $below = [...$keys, (string) $key];
        $belowAppended = [...$appended, $isAppendable ? '' : (string) $key];
        array_push($paths, ...(is_array($value) ? paths($value, $below, $belowAppended) : [[$below, $belowAppended]]));
    }
    return $paths;
}

function encodedName(array $path, array $style): string
{
    $encode = SPACES[$style['spaces']] === PHP_QUERY_RFC1738 ? urlencode(...) : rawurlencode(...);
    $path = array_map($encode, $path);
    return array_shift($path) . implode('', array_map(fn ($segment) => "%5B$segment%5D", $path));
}

function withBrackets(string $name, string $brackets): string
{
    $raw = fn (array $match) => $brackets === 'raw' || ($brackets === 'mixed' && chance(50)) ? urldecode($match[0]) : $match[0];
    return preg_replace_callback('/%5[BD]/', $raw, $name);
}

/** The pair as http_build_query wrote it, in another style. */
function restyled(string $pair, array $keys, array $appended, array $style): string
{
    [$name, $value] = explode('=', $pair, 2);
    must($name === encodedName($keys, $style), "http_build_query wrote another name: $name");
    must(!ambiguous($keys), "two readings: $name");
    if ($style['lists'] === '[]') {
        $name = encodedName($appended, $style);
        must(split(urldecode($name)) === $appended, "two readings: $name");
    }
    $pair = withBrackets($name, $style['brackets']) . '=' . $value;
    // A "%" of the text itself is "%25" by now, so this can't touch text.
    return $style['hex'] === 'upper' ? $pair : preg_replace_callback('/%[0-9A-F]{2}/', fn ($hex) => strtolower($hex[0]), $pair);
}

function pairs(array $event, array $style): array
{
    $pairs = explode('&', http_build_query($event, '', '&', SPACES[$style['spaces']]));
    $paths = paths(kept($event));
    must(count($pairs) === count($paths), 'http_build_query wrote another number of pairs');
    return array_map(fn ($pair, $path) => restyled($pair, $path[0], $path[1], $style), $pairs, $paths);
}

/** Empty pairs before, between and after the pairs, at least one. */
function withStrayAmpersands(array $pairs): string
{
    $before = mt_rand(0, 2);
    $body = str_repeat('&', $before) . array_shift($pairs);
    foreach ($pairs as $pair) {
        $body .= (chance(15) ? pick(['&&', '&&&']) : '&') . $pair;
    }
    return $body . str_repeat('&', mt_rand($before === 0 ? 1 : 0, 2));
}
