<?php
// The texts: what a customer could have called a field, and what could be in it.

declare(strict_types=1);

const PLAIN_NAMES = [
    'name', 'mail', 'email', 'firstname', 'lastname', 'First name', 'Last name', 'Zip code', 'City', 'birthdate',
    'newsletter', 'score', 'language', 'opt_in', 'customer-id', 'e.mail', 'Straße', 'Größe', 'année', '姓名', 'город',
];

const NASTY_NAMES = [
    ' ', '  ', ' leading', 'trailing ', ' both ', 'two  spaces', "\ttab", "line\nbreak", "cr\r\nlf", "\n",
    '.', '..', 'a.b', '.a', 'a.', 'a.b.c', '0', '1', '7', '2024', '05', '00', '-1', '-0', '+1', '1e3', '0x1F', '1.5',
    '9223372036854775807', '9223372036854775808', '-9223372036854775808', '123456789012345678901234567890',
    'a[b', 'a]b', 'a[b]', '[a', 'a]', '[', ']', '[x]y', '[a]', '[[', ']]', '[[a]]', 'a[b]c', 'a[[b', 'a]]b', '[]',
    'a[]', '[]a', 'a [b] c', 'a[b[c]]', ']a[', 'fields[a]', '[0]', 'a[0]', '.[', '] ', ' [',
    'café', "cafe\u{301}", '日本語', '𠜎', '😀', '👩‍👩‍👧‍👦', '🇳🇱', "\u{301}", "\u{1ab0}a", 'עברית', 'العربية', "\u{202e}rtl\u{202c}",
    "\u{feff}bom", "\u{200b}", "\u{a0}", "\u{85}", "\u{2028}", "\u{fffd}", "\u{ffff}", "\u{d7ff}\u{e000}", "\u{10ffff}",
    '"', "'", '"quoted"', "it's", '`', '%', '%%', '%4', '%41', '%zz', '%5B', '%5d', 'a%5Bb%5D', '100%', '%E9', '%00', '%2525',
    '+', 'a+b', '&', 'a&b', '&amp;', '=', 'a=b', '==', ';', 'a;b', '#', '#a', '?', '?a=b', '/', '//', ':', ',', '|',
    "\0", "a\0b", "\0a", "a\0", "\x01", "\x1b[0m", "\x7f", "\x08", '\\', 'a\\b', '\\n', '\\u0041', '\\[', '$a', '{a}', '<a>',
    '~', '*', '(a)', '!', '@', '-', '_', '^', '__proto__', 'constructor', 'toString', 'fields', 'parameters', 'interests',
    'type', 'action', 'profile', 'id', 'timestamp', 'null', 'true', 'GLOBALS', '_POST', 'this', "' OR 1=1 --",
];

/** Values: whatever is hard in a name, and what no name may have ("" and "]["). */
const NASTY_VALUES = [
    '', '', '0', '00', 'null', 'false', '][', 'a][b', '[]', 'fields[a]=1', 'a=1&b=2', '&', '&&', '=', '+', ' ', "\0", "\0\0",
    '50%', '%', '%zz', '%E9', 'caf%E9', '%C3%A9', '%25', '%u00e9', 'a;b', '+31 20 123 45 67', 'C++', '1 + 1 = 2', 'R&D',
    'https://example.com/?a[]=1&b=%20#top', '{"a":[1,2,{"b":null}]}', '<p class="x">Tom &amp; Jerry</p>', "<br/>\r\n&nbsp;",
    '<script>alert("x")</script>', "line one\nline two\r\nline three\n", "\ttabbed\tout\t", "\\\\server\\share", 'O\'Neil "Jr."',
    'naïve café', "e\u{301}", '日本語テキスト', '𝔘𝔫𝔦𝔠𝔬𝔡𝔢', '😀👍🏽', "\u{202e}abc", 'שלום עולם', "\u{feff}", "\u{2028}\u{2029}", "\u{10ffff}",
    "\u{fffd}", "\x01\x02\x1f\x7f", "\u{80}", ' padded ', '0000-00-00', '0000-00-00 00:00:00', '1979-02-12', '~!@#$%^&*()_+`-={}|[]\\:";\'<>?,./',
];

/** What names and values are put together from when none of the above is dealt. */
const FRAGMENTS = [
    'a', 'b', 'Z', '0', '9', ' ', '.', '[', ']', '%', '%5B', '%41', '+', '&', '=', ';', '#', '?', '"', "'", '\\', "\0", "\n",
    '-', '_', 'é', 'ß', '語', "\u{301}", 'ע', '😀', '<b>', '/', '~',
];

const INTERESTS = ['blue', 'red', 'green', 'Ice cream', 'R&D', 'wine/beer', 'café', '猫', 'rock+roll', 'a.b'];

/** A pack of cards that is shuffled again when it is empty: everything in it turns up equally often. */
final class Deck
{
    private array $left = [];

    public function __construct(private readonly array $cards)
    {
    }

    public function deal(): string
    {
        if ($this->left === []) {
            $this->left = $this->cards;
            shuffle($this->left);
        }
        return array_pop($this->left);
    }
}

/** Where names and values come from. One for each style, so that the nasty ones are spread evenly over the styles. */
final class Source
{
    public readonly Deck $names;
    public readonly Deck $values;

    public function __construct()
    {
        $this->names = new Deck(NASTY_NAMES);
        $this->values = new Deck(NASTY_VALUES);
    }
}

function chance(int $percent): bool
{
    return mt_rand(1, 100) <= $percent;
}

function pick(array $from): mixed
{
    return $from[mt_rand(0, count($from) - 1)];
}

function fragments(int $least, int $most): string
{
    $text = '';
    for ($left = mt_rand($least, $most); $left > 0; $left--) {
        $text .= pick(FRAGMENTS);
    }
    return $text;
}

/** More than 200 bytes. */
function longName(): string
{
    $part = pick(['x', 'long name ', 'é', '[a', 'b]', '%41']);
    return str_repeat($part, intdiv(mt_rand(200, 260), strlen($part)) + 1) . fragments(0, 3);
}

/** A name that can be told from its neighbours at this place. */
function name(Source $source, array $parent): string
{
    do {
        $roll = mt_rand(1, 1000);
        $name = match (true) {
            $roll <= 260 => pick(PLAIN_NAMES),
            $roll <= 870 => $source->names->deal(),
            $roll <= 996 => fragments(1, 7),
            default => longName(),
        };
    } while (ambiguous([...$parent, $name]));
    return $name;
}

function scalar(Source $source): string|int|float|bool
{
    $roll = mt_rand(1, 100);
    return match (true) {
        $roll <= 12 => pick(['Johny', 'johny@example.com', 'Jane Doe', 'Amsterdam', '1012 AB', 'nl_NL']),
        $roll <= 18 => mt_rand(-100, 100000),
        $roll <= 22 => pick([1.5, -0.25, 1e25, 1.5e-7, -0.0, 100.0, 0.1 + 0.2, 1 / 3, 19.99]),
        $roll <= 28 => chance(50),
        $roll <= 32 => moment(),
        $roll <= 82 => $source->values->deal(),
        default => fragments(1, 12),
    };
}

function moment(): string
{
    return gmdate('Y-m-d H:i:s', mt_rand(0, 2000000000));
}

/** The long text of a "big" field: a newsletter of the given number of bytes or slightly more. */
function longText(int $size): string
{
    $text = '';
    while (strlen($text) < $size) {
        $text .= '<p>Lorem ipsum dolor sit amet, 100% consectetur + adipiscing elit ' . mt_rand() . pick(["</p>\n", "\r\n", ' é', ' 語', "\n\n"]);
    }
    return $text;
}
