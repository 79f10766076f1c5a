<?php
// Writes counts.jsonl: what PHP's own form parser makes of numbers in brackets and of `[]` after them.
//
//     php counts.php [seed] > counts.jsonl

declare(strict_types=1);

const DEFAULT_SEED = 19790212;
const BODIES = 600;

// Around each place where a number stops being one, or a parser stops counting.
const NUMBERS = [
    '0', '1', '2', '-0', '-1', '-2', '-5', '-10', '-05', '07', '-', '--1', '+1', '1.5', 'a',
    '2147483646', '2147483647', '2147483648', '4294967293', '4294967294', '4294967295', '4294967296',
    '5000000000', '9223372036854775000', '9223372036854775808', '99999999999999999999',
    '-2147483648', '-4294967296', '-9223372036854775807', '-9223372036854775808', '-9223372036854775809',
];

function main(int $seed): void
{
    mt_srand($seed);
    echo json_encode(['generator' => basename(__FILE__), 'seed' => $seed, 'php' => PHP_VERSION, 'bodies' => BODIES]), "\n";
    for ($number = 0; $number < BODIES; $number++) {
        // Every fifth is long, so that a decoder which searches many keys in another way is seen too.
        $length = $number % 5 === 0 ? mt_rand(60, 150) : mt_rand(2, 8);
        $pairs = [];
        for ($at = 0; $at < $length; $at++) {
            $any = NUMBERS[mt_rand(0, count(NUMBERS) - 1)];
            $near = $length > 50 && mt_rand(0, 1) ? (string) mt_rand(-40, 40) : $any;
            $pairs[] = 'x[' . (mt_rand(0, 2) ? $near : '') . "]=$at";
        }
        $body = implode('&', $pairs);
        parse_str($body, $read);
        echo json_encode(['body' => $body, 'read' => $read['x']], JSON_FORCE_OBJECT), "\n";
    }
}

main((int) ($argv[1] ?? DEFAULT_SEED));
