<?php
// Writes corpus.jsonl: bodies by PHP's own encoder, each with what the generator meant by it.
//
//     php generate.php [seed] > corpus.jsonl
//
// `meant` is computed from the PHP value before it is encoded. No decoder has a say in it, PHP's neither.

declare(strict_types=1);

require __DIR__ . '/encode.php';
require __DIR__ . '/events.php';

const DEFAULT_SEED = 19790212;
const BODIES = 2400;

// Each body is in one combination of styles; BODIES is a multiple of their number (24).

function meant(array $event, ?string $shape): array
{
    $meant = [];
    foreach ($event as $root => $value) {
        $value = kept($value) ?? (in_array($root, MAPS, true) ? [] : null);
        if ($root === 'interests' && $shape === 'list') {
            $value = array_fill_keys($value, '1');
        }
        if ($value !== null) {
            $meant[$root === 'action' ? 'type' : $root] = $value;
        }
    }
    return $meant;
}

/** Below the root it is the keys that tell a list from a map, except for the variables that are always a map. */
function meantJson(array $meant): string
{
    $member = fn ($root, $value) => json((string) $root, false) . ':' . json($value, in_array($root, MAPS, true));
    return '{' . implode(',', array_map($member, array_keys($meant), $meant)) . '}';
}

// --- The corpus.

function line(int $number, array $style, Source $source): string
{
    // 11 and the number of styles have no factor in common, so each style gets each kind of event.
    $shape = ['map', 'list', null, 'list', null, 'map', 'map', 'list', null, 'list', 'map'][$number % 11];
    $event = event($source, $shape, $number % 399 === 7);
    $pairs = pairs($event, $style);
    $stray = chance(12);
    $body = $stray ? withStrayAmpersands($pairs) : implode('&', $pairs);
    must(preg_match('/^[!-~]+$/D', $body) === 1, "not printable ASCII: $body");

    $names = [...$style, 'interests' => 'interests-' . ($shape ?? 'none'), ...($stray ? ['stray'] : [])];
    return '{"style":' . json(implode('/', $names), false) . ',"body":' . json($body, false)
        . ',"meant":' . meantJson(meant($event, $shape)) . "}\n";
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
        echo line($number, $styles[$at], $sources[$at]);
    }
}

// A warning is a body that is not what it was meant to be.
set_error_handler(fn (int $level, string $message) => throw new ErrorException($message));
main((int) ($argv[1] ?? DEFAULT_SEED));
