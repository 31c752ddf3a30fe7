//! Object keys: URL-decoding as S3 Inventory encodes them in CSV files, and the first prefix segment. ORC and Parquet
//! hold keys as they are.

use std::borrow::Cow;

/// A key as a data file holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawKey<'a> {
    pub(crate) text: &'a str,
    /// Whether it is URL-encoded.
    pub(crate) encoded: bool,
}

/// Decoded text, and whether bytes that are no UTF-8 had to be replaced.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) replaced: bool,
}

impl<'a> RawKey<'a> {
    /// The whole key, decoded.
    pub(crate) fn decode(self) -> Decoded<'a> {
        if self.encoded {
            decode(self.text)
        } else {
            Decoded {
                text: Cow::Borrowed(self.text),
                replaced: false,
            }
        }
    }

    /// The first segment with its slash, still as the file holds it; empty for a key without a slash.
    pub(crate) fn first_segment(self) -> Self {
        let bytes = self.text.as_bytes();
        let mut from = 0;
        let end = loop {
            let found = bytes[from..]
                .iter()
                .position(|byte| matches!(byte, b'/' | b'%'))
                .map(|at| from + at);
            match found {
                None => break 0,
                Some(at) if bytes[at] == b'/' => break at + 1,
                Some(at) if self.encoded && is_encoded_slash(&bytes[at..]) => break at + 3,
                Some(at) => from = at + 1,
            }
        };
        Self {
            text: &self.text[..end],
            encoded: self.encoded,
        }
    }
}

fn is_encoded_slash(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%2F") || bytes.starts_with(b"%2f")
}

/// `+` is a space and `%XX` a byte; a `%` without two hex digits stands for itself.
fn decode(text: &str) -> Decoded<'_> {
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return Decoded {
            text: Cow::Borrowed(text),
            replaced: false,
        };
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = || Some((hex_digit(*bytes.get(at + 1)?)? << 4) | hex_digit(*bytes.get(at + 2)?)?);
        match (byte, (byte == b'%').then(escaped).flatten()) {
            (_, Some(value)) => {
                decoded.push(value);
                at += 2;
            }
            (b'+', None) => decoded.push(b' '),
            (other, None) => decoded.push(other),
        }
        at += 1;
    }
    match String::from_utf8(decoded) {
        Ok(text) => Decoded {
            text: Cow::Owned(text),
            replaced: false,
        },
        Err(error) => Decoded {
            text: Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
            replaced: true,
        },
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Encodes a key as S3 Inventory does in CSV files: slashes stay, a space becomes `+`.
pub(crate) fn encode(key: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            other => {
                encoded.push('%');
                encoded.push(char::from(DIGITS[usize::from(other >> 4)]));
                encoded.push(char::from(DIGITS[usize::from(other & 15)]));
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_encoding() {
        for key in [
            "",
            "plain.bin",
            "a b/c+d&e%25",
            "été/☃\n\"q\",",
            "100%/x%2Fy",
            "~tilde=1",
        ] {
            let encoded = encode(key);
            assert!(encoded.is_ascii(), "{encoded}");
            assert_eq!(
                RawKey {
                    text: &encoded,
                    encoded: true
                }
                .decode(),
                Decoded {
                    text: key.into(),
                    replaced: false
                }
            );
        }
    }

    #[test]
    fn stray_percent_signs_stand_for_themselves_and_bad_text_is_marked() {
        for (encoded, decoded, replaced) in [
            ("100%", "100%", false),
            ("%zz/%4", "%zz/%4", false),
            ("%+1", "% 1", false),
            ("a%ff/b", "a\u{fffd}/b", true),
            ("%C3%A9", "é", false),
        ] {
            let key = RawKey {
                text: encoded,
                encoded: true,
            };
            assert_eq!(
                key.decode(),
                Decoded {
                    text: decoded.into(),
                    replaced
                },
                "{encoded}"
            );
        }
    }

    #[test]
    fn first_segments_end_with_their_slash() {
        for (text, encoded, segment) in [
            ("logs/2026/x", true, "logs/"),
            ("x", true, ""),
            ("/x", true, "/"),
            ("a%20b%2Fc/d", true, "a%20b%2F"),
            ("a%2Fb/c", false, "a%2Fb/"),
            ("a%", true, ""),
        ] {
            assert_eq!(RawKey { text, encoded }.first_segment().text, segment, "{text}");
        }
    }
}
