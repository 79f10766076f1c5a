<?php
// Writes family.jsonl: every event of the sender's by PHP's own encoder, each with the event that it is.
//
//     php family.php [seed] > family.jsonl
//
// `meant` is written down next to what is sent, variable by variable. No decoder has a say in it.

declare(strict_types=1);

require __DIR__ . '/encode.php';
require __DIR__ . '/events.php';
require __DIR__ . '/triggers.php';

const DEFAULT_SEED = 20211208;
const BODIES = 2000;

/** JSON of an event: every leaf is text, and one that is not UTF-8 is its base64. */
function eventJson(string|array $value, bool $map): string
{
    if (is_string($value)) {
        $isUtf8 = preg_match('//u', $value) === 1;
        return json($isUtf8 ? $value : ['base64' => base64_encode($value), 'bytes' => (string) strlen($value)], true);
    }
    if (!$map && array_is_list($value)) {
        return '[' . implode(',', array_map(fn ($item) => eventJson($item, false), $value)) . ']';
    }
    $member = fn ($key, $child) => json((string) $key, false) . ':' . eventJson($child, false);
    return '{' . implode(',', array_map($member, array_keys($value), $value)) . '}';
}

function meantJson(Call $call): string
{
    $member = fn ($name, $value) => json((string) $name, false) . ':' . eventJson($value, in_array($name, $call->maps, true));
    return '{' . implode(',', array_map($member, array_keys($call->meant), $call->meant)) . '}';
}

function line(string $trigger, array $style, Source $source): string
{
    $call = call($source, $trigger);
    $sent = chance(40) ? inAnyOrder($call->sent) : $call->sent;
    $pairs = pairs($sent, $style);
    $stray = chance(12);
    $body = $stray ? withStrayAmpersands($pairs) : implode('&', $pairs);
    must(preg_match('/^[!-~]+$/D', $body) === 1, "not printable ASCII: $body");

    $names = [...$style, $trigger, ...($stray ? ['stray'] : [])];
    return '{"style":' . json(implode('/', $names), false) . ',"body":' . json($body, false)
        . ',"meant":' . meantJson($call) . "}\n";
}

function main(int $seed): void
{
    mt_srand($seed);
    ini_set('precision', '14');     // how floats become text, whatever php.ini says
    $header = ['generator' => basename(__FILE__), 'seed' => $seed, 'php' => PHP_VERSION, 'bodies' => BODIES];
    echo json_encode($header), "\n";
    $styles = styles();
    $sources = array_map(fn () => new Source(), $styles);
    for ($number = 0; $number < BODIES; $number++) {
        $at = $number % count($styles);
        // The numbers of triggers and of styles have no factor in common, so each style gets each trigger.
        echo line(TRIGGERS[$number % count(TRIGGERS)], $styles[$at], $sources[$at]);
    }
}

// A warning is a body that is not what it was meant to be.
set_error_handler(fn (int $level, string $message) => throw new ErrorException($message));
main((int) ($argv[1] ?? DEFAULT_SEED));
