// Writes http-signature.jsonl: calls signed by npm's http-signature.
//
//     npm install http-signature@1.4.0 && node generate.mjs > http-signature.jsonl
//
// The same key and the same version give the same bytes: RSASSA-PKCS1-v1_5 has no randomness, and the
// clock is set by hand.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const signer = require('http-signature');
const { version } = require('http-signature/package.json');

const KEY = readFileSync(new URL('private.pem', import.meta.url), 'ascii');
const NOW = Date.UTC(2026, 0, 5, 21, 31, 40);
Date.now = () => NOW;

const REQUIRED = ['(request-target)', 'host', 'date', 'digest', 'x-copernica-id'];
const BODY = 'type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23&fields%5Bname%5D=Johny';

const hash = (name, body) => createHash(name).update(body).digest('base64');
const sha256 = body => `SHA-256=${hash('sha256', body)}`;
const sha512 = body => `sha-512=${hash('sha512', body)}`;

// What differs from the plain call, one aspect a line; the order of headers is the order of keys.
const variations = {
    plain: {},
    'covered names: the documented order': {
        nonce: 'fsd9f2',
        cover: ['(request-target)', 'Host', 'Date', 'Content-length', 'Content-type', 'X-Copernica-ID',
            'Digest', 'X-nonce'],
    },
    'covered names: reversed': { cover: [...REQUIRED].reverse() },
    'covered names: upper case': { cover: REQUIRED.map(name => name.toUpperCase()) },
    'covered names: as headers are written': {
        cover: ['(Request-Target)', 'Host', 'Date', 'Digest', 'X-Copernica-ID'],
    },
    'covered: content-length': { cover: [...REQUIRED, 'content-length'] },
    'covered: content-type': { cover: ['content-type', ...REQUIRED] },
    'covered: user-agent': { cover: [...REQUIRED, 'user-agent'], more: { 'User-Agent': 'Copernica (x; y)' } },
    'content-type: parameter': {
        cover: [...REQUIRED, 'content-type'],
        type: 'application/x-www-form-urlencoded; charset=UTF-8',
    },
    'content-type: json': {
        cover: [...REQUIRED, 'content-type', 'content-length'],
        type: 'application/json',
        body: '{"type":"create","profile":123,"database":1,"timestamp":"1979-02-12 12:49:23"}',
    },
    nonce: { nonce: 'a-nonce/with+signs=', cover: [...REQUIRED, 'x-nonce'] },
    'nonce: first': { nonce: '7', cover: ['x-nonce', ...REQUIRED] },
    'algorithm: hs2019': { algorithm: 'hs2019' },
    'algorithm: upper case': { algorithm: 'RSA-SHA256' },
    'algorithm: absent': { algorithm: null },
    'created and expires': { algorithm: 'hs2019', cover: ['(created)', ...REQUIRED, '(expires)'] },
    'created, no algorithm': { algorithm: null, cover: [...REQUIRED, '(created)'] },
    'query: value': { target: '/copernica?account=1' },
    'query: empty value': { target: '/copernica?account=' },
    'query: no value': { target: '/copernica?account' },
    'query: empty': { target: '/copernica?' },
    'query: escapes': { target: '/copernica/%7Eme/%2f?a=%20b+c&d[]=1&e=%C3%A9' },
    'query: question marks': { target: '/copernica?a?b=?' },
    'path: root': { target: '/' },
    'path: dots and slashes': { target: '//copernica/./../hook//' },
    'account: hyphen': { account: 'account-1234' },
    'account: upper case': { account: 'ACCOUNT_1234' },
    'environment: underscore': { account: 'environment_77' },
    'environment: hyphen': { account: 'Environment-77' },
    'digest: sha-512': { digest: sha512 },
    'digest: both': { digest: body => `${sha256(body)}, ${sha512(body)}` },
    'digest: weaker ones too': { digest: body => `md5=${hash('md5', body)},${sha256(body)}` },
    'host: port': { host: 'hooks.example.com:8443' },
    'host: default port': { host: 'hooks.example.com:443' },
    'host: upper case': { host: 'Hooks.Example.COM' },
    'date: RFC 5322': { date: 'Mon, 05 Jan 2026 21:31:40 +0000' },
    'date: RFC 5322, another zone': { date: 'Mon, 05 Jan 2026 22:31:40 +0100' },
    'key name: final dot': { key: 'one._domainkey.copernica.com.' },
    'key name: upper case': { key: 'X3-2026._DomainKey.Copernica.COM' },
    'body: empty': { body: '', cover: [...REQUIRED, 'content-length'] },
    'body: UTF-8': { body: `${BODY}&fields[city]=Zürich €` },
    'body: long': { body: BODY + '&fields[x]=' + 'x'.repeat(5000) },
};

for (const [name, change] of Object.entries(variations)) {
    const {
        target = '/copernica', host = 'hooks.example.com', date = new Date(NOW).toUTCString(),
        account = 'account_1234', digest = sha256, body = BODY, nonce, more = {}, cover = REQUIRED,
        type = 'application/x-www-form-urlencoded', key = 'one._domainkey.copernica.com',
        algorithm = 'rsa-sha256',
    } = change;
    const headers = Object.entries({
        Host: host,
        Date: date,
        'X-Copernica-ID': account,
        Digest: digest(body),
        'Content-Type': type,
        'Content-Length': String(Buffer.byteLength(body)),
        ...(nonce === undefined ? {} : { 'X-Nonce': nonce }),
        ...more,
    });
    const request = {
        method: 'POST',
        path: target,
        getHeader: wanted => headers.find(([name]) => name.toLowerCase() === wanted.toLowerCase())?.[1],
        setHeader: (name, value) => headers.push([name, value]),
    };
    signer.signRequest(request, {
        key: KEY, keyId: key, headers: cover, algorithm: 'rsa-sha256', authorizationHeaderName: 'Signature',
    });
    // The signer knows one name for the algorithm; nothing that is signed depends on the name.
    const signature = headers.at(-1);
    const named = algorithm === null ? '' : `,algorithm="${algorithm}"`;
    signature[1] = signature[1].replace(',algorithm="rsa-sha256"', named);
    console.log(JSON.stringify({
        signer: `http-signature ${version}`, name, now: NOW / 1000, method: 'POST', target, headers, body,
    }));
}
