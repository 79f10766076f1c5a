//! Any `Signature` header: never a panic, and written out plainly it says the same.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use webhook_core::signature::fuzzing;

/// Checks a `Signature` header.
pub fn signature_header(data: &[u8]) {
    let Some(header) = fuzzing::signature_header(data) else { return };
    let parameter = |name: &str, value: &Option<String>| match value {
        Some(value) => format!("{name}=\"{value}\","),
        None => String::new(),
    };
    let plain = format!(
        "{}{}{}keyId=\"{}\",headers=\"{}\",signature=\"{}\"",
        parameter("algorithm", &header.algorithm),
        parameter("created", &header.created),
        parameter("expires", &header.expires),
        header.key_id,
        header.headers,
        STANDARD.encode(&header.signature),
    );
    assert_eq!(fuzzing::signature_header(plain.as_bytes()).as_ref(), Some(&header), "{plain}");
    if let Some(covered) = header.covered {
        assert!(covered.iter().all(|name| !name.bytes().any(|byte| byte.is_ascii_uppercase())));
        let mut sorted = covered.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), covered.len());
        for required in ["(request-target)", "host", "date", "digest", "x-copernica-id"] {
            assert!(covered.iter().any(|name| name == required));
        }
    }
}
