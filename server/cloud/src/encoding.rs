//! Percent-encoding as S3 has it: in lists, copy sources, tags, and the manifests and reports of jobs.

use std::fmt::Write as _;

/// Percent-encodes everything but unreserved characters and, in keys, the slash.
pub(crate) fn encode(text: &str, keep_slash: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (keep_slash && byte == b'/') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Undoes the encoding that a listing was asked for; `+` stands for a space there. Text that is not encoded so is given
/// as it is.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut place = 0;
    while place < bytes.len() {
        let hex = text
            .get(place + 1..place + 3)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (bytes[place], hex) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                place += 3;
                continue;
            }
            (b'+', _) => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
        place += 1;
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_encoded_for_the_copy_source_and_decoded_from_lists() {
        for (key, encoded) in [
            ("a/b c", "a/b%20c"),
            ("50% + ü&🚚", "50%25%20%2B%20%C3%BC%26%F0%9F%9A%9A"),
            ("a//b?c#d\n", "a//b%3Fc%23d%0A"),
        ] {
            assert_eq!(encode(key, true), encoded);
            assert_eq!(decode(encoded), key);
        }
        assert_eq!(decode("a+b"), "a b");
        assert_eq!(decode("100%zz"), "100%zz");
        assert_eq!(encode("a/b=c", false), "a%2Fb%3Dc");
    }
}
