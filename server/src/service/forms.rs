//! Forms as pairs of names and values, decoded from a URL's query.

/// The pairs of a query, in order, decoded.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let query = query.strip_prefix('?').unwrap_or(query);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// A character of a text that cannot be shown, or that changes how others are shown.
pub(crate) fn unprintable(text: &str) -> Option<char> {
    // Of the invisible characters those that belong to a script or an emoji are taken.
    let hides = |one: &char| {
        one.is_control()
            || matches!(one, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().find(hides)
}

/// The pairs as string slices.
pub(crate) fn borrowed(pairs: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}
