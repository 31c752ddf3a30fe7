//! The query of a URL as pairs of texts, for the pages that keep their state there. The pages' server functions take
//! the query whole; what its fields mean is `model`'s part.

pub use model::overview::encode;

/// Fields of a query (with or without its question mark), decoded, in order; a field without `=` has an empty value.
#[must_use]
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let fields = query
        .trim_start_matches('?')
        .split('&')
        .filter(|field| !field.is_empty());
    let pair = |field: &str| {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        (decode(name), decode(value))
    };
    fields.map(pair).collect()
}

/// The pairs as the model's `from_pairs` functions take them.
pub fn borrowed(pairs: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Undoes percent-encoding and `+`; what is not well encoded stays as it is.
#[must_use]
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = (*byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        let hex = hex.filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(if *byte == b'+' { b' ' } else { *byte });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_read_back() {
        for text in [
            "",
            "logs",
            "a b+c",
            "100 % & more = better",
            "Größe/é",
            "%zz",
            "%",
            "%+a",
        ] {
            assert_eq!(decode(&encode(text)), text);
        }
        assert_eq!(decode("a+b%2"), "a b%2");
    }

    #[test]
    fn fields_keep_their_order_and_repeat() {
        let found = pairs("?bucket=a&bucket=b%2Fc&flag&=x");
        let expected = [("bucket", "a"), ("bucket", "b/c"), ("flag", ""), ("", "x")];
        assert_eq!(borrowed(&found).collect::<Vec<_>>(), expected);
    }
}
