//! Splits one CSV record into fields by RFC 4180, strictly: a quote that does not fit is a problem, not a guess. Pure;
//! used by [`super::records`] only.

use crate::error::RowProblem;

/// Where a field lies in its record, without its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    start: u32,
    end: u32,
    /// Whether it holds doubled quotes that stand for one.
    doubled: bool,
}

/// What lies at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// A record that takes so many bytes, its line end included.
    Record(usize),
    /// An empty line.
    Blank(usize),
    /// The beginning of a record whose end is not there yet.
    Incomplete,
}

/// The fields of one record.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    pub(super) text: &'a str,
    pub(super) spans: &'a [Span],
}

impl<'a> Fields<'a> {
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// The field at a position; empty beyond the last.
    pub(super) fn get(&self, position: usize) -> &'a str {
        let span = self.spans.get(position);
        span.and_then(|span| self.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }
}

/// Finds the first record in `bytes` and where its fields are. `at_end` says that nothing follows these bytes.
pub(super) fn scan(bytes: &[u8], at_end: bool, spans: &mut Vec<Span>) -> Result<Scan, RowProblem> {
    spans.clear();
    let mut at = 0;
    loop {
        let found = if bytes.get(at) == Some(&b'"') {
            quoted(bytes, at + 1)
        } else {
            unquoted(bytes, at)
        };
        let (field, after) = match found {
            Field::Whole(span, after) => (span, after),
            Field::Open if !at_end => return Ok(Scan::Incomplete),
            Field::Open | Field::StrayQuote => return Err(misplaced_quote(spans)),
        };
        let line_end = match &bytes[after..] {
            [b',', ..] => {
                spans.push(field);
                at = after + 1;
                continue;
            }
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            // A quote at the end may yet be doubled, and a carriage return may yet be followed.
            [] | [b'\r'] if !at_end => return Ok(Scan::Incomplete),
            rest @ ([] | [b'\r']) => rest.len(),
            _ => return Err(misplaced_quote(spans)),
        };
        if spans.is_empty() && after == 0 {
            return Ok(Scan::Blank(line_end));
        }
        spans.push(field);
        return Ok(Scan::Record(after + line_end));
    }
}

/// What is found where a field begins.
enum Field {
    /// The field, and where what follows it begins.
    Whole(Span, usize),
    /// A quote opens that does not close.
    Open,
    /// A quote in a field that did not begin with one.
    StrayQuote,
}

fn misplaced_quote(spans: &[Span]) -> RowProblem {
    RowProblem::Quote {
        field: spans.len() + 1,
    }
}

/// A field whose text begins at `start`, behind its opening quote.
fn quoted(bytes: &[u8], start: usize) -> Field {
    let mut doubled = false;
    let mut from = start;
    loop {
        let Some(length) = find_quote(&bytes[from..]) else {
            return Field::Open;
        };
        let end = from + length;
        if bytes.get(end + 1) != Some(&b'"') {
            return Field::Whole(span(start, end, doubled), end + 1);
        }
        doubled = true;
        from = end + 2;
    }
}

/// Where the first quote is. Eight bytes are looked at together: an inventory quotes every field, so this is where
/// most of the time of splitting goes.
fn find_quote(bytes: &[u8]) -> Option<usize> {
    const LOW_BITS: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH_BITS: u64 = u64::from_ne_bytes([0x80; 8]);
    const QUOTES: u64 = u64::from_ne_bytes([b'"'; 8]);
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        // A quote becomes a zero byte, and the lowest zero byte is the lowest that gets its high bit marked
        // (S. E. Anderson, "Bit Twiddling Hacks", "Determine if a word has a zero byte").
        let zeroed = u64::from_le_bytes(*word) ^ QUOTES;
        let marks = zeroed.wrapping_sub(LOW_BITS) & !zeroed & HIGH_BITS;
        if marks != 0 {
            return Some(index * 8 + (marks.trailing_zeros() / 8) as usize);
        }
    }
    let before = words.len() * 8;
    rest.iter().position(|byte| *byte == b'"').map(|at| before + at)
}

/// A field without quotes, up to a comma or line end.
fn unquoted(bytes: &[u8], start: usize) -> Field {
    let length = bytes[start..]
        .iter()
        .position(|byte| matches!(byte, b',' | b'\n' | b'"'));
    let mut end = length.map_or(bytes.len(), |length| start + length);
    if bytes.get(end) == Some(&b'"') {
        return Field::StrayQuote;
    }
    if end > start && bytes[end - 1] == b'\r' && bytes.get(end) != Some(&b',') {
        end -= 1;
    }
    Field::Whole(span(start, end, false), end)
}

/// Records are bounded far below 4 GiB ([`crate::limits::ROW_BYTES_MAX`]).
fn span(start: usize, end: usize, doubled: bool) -> Span {
    Span {
        start: u32::try_from(start).unwrap_or(u32::MAX),
        end: u32::try_from(end).unwrap_or(u32::MAX),
        doubled,
    }
}

/// Whether any field has quotes to be undoubled.
pub(super) fn any_doubled(spans: &[Span]) -> bool {
    spans.iter().any(|span| span.doubled)
}

/// Writes the record into `text` with its doubled quotes made single, and moves the spans to match.
pub(super) fn undouble(record: &str, spans: &mut [Span], text: &mut String) {
    text.clear();
    for place in spans {
        let field = record.get(place.start as usize..place.end as usize).unwrap_or("");
        let start = text.len();
        if place.doubled {
            text.push_str(&field.replace("\"\"", "\""));
        } else {
            text.push_str(field);
        }
        *place = span(start, text.len(), false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Result<Vec<Vec<String>>, RowProblem> {
        let mut rows = Vec::new();
        let (mut rest, mut spans, mut scratch) = (text, Vec::new(), String::new());
        while !rest.is_empty() {
            match scan(rest.as_bytes(), true, &mut spans)? {
                Scan::Record(length) => {
                    undouble(&rest[..length], &mut spans, &mut scratch);
                    let fields = Fields {
                        text: &scratch,
                        spans: &spans,
                    };
                    rows.push(
                        (0..fields.len())
                            .map(|position| fields.get(position).to_string())
                            .collect(),
                    );
                    rest = &rest[length..];
                }
                Scan::Blank(length) => rest = &rest[length..],
                Scan::Incomplete => panic!("incomplete at the end"),
            }
        }
        Ok(rows)
    }

    fn owned(rows: Vec<Vec<&str>>) -> Vec<Vec<String>> {
        rows.into_iter()
            .map(|row| row.into_iter().map(str::to_string).collect())
            .collect()
    }

    #[test]
    fn fields_follow_rfc_4180() {
        for (text, rows) in [
            ("a,b\n", vec![vec!["a", "b"]]),
            ("\"a\",\"b\"\r\nc,d", vec![vec!["a", "b"], vec!["c", "d"]]),
            ("\"a,\"\"b\"\"\nc\",\"\"\n", vec![vec!["a,\"b\"\nc", ""]]),
            ("\"\"\"\",x\n", vec![vec!["\"", "x"]]),
            (",\n", vec![vec!["", ""]]),
            ("a,\r\n", vec![vec!["a", ""]]),
            ("\n\r\na,b\n\n", vec![vec!["a", "b"]]),
            ("\"\"\n", vec![vec![""]]),
            ("\"a\",", vec![vec!["a", ""]]),
            ("a\rb,c\n", vec![vec!["a\rb", "c"]]),
        ] {
            assert_eq!(split(text), Ok(owned(rows)), "{text:?}");
        }
    }

    #[test]
    fn the_first_quote_is_found_wherever_it_is() {
        for length in 0..40 {
            for at in 0..length {
                let mut bytes = vec![b'#'; length];
                bytes[at] = b'"';
                bytes[length - 1] = b'"';
                assert_eq!(find_quote(&bytes), Some(at));
            }
            // Neighbours of the quote in value, and bytes with their high bit set.
            let others: Vec<u8> = [b'!', b'#', 0xa2, 0, 0xff]
                .into_iter()
                .cycle()
                .take(length)
                .collect();
            assert_eq!(find_quote(&others), None);
        }
    }

    #[test]
    fn misplaced_quotes_are_problems() {
        for (text, field) in [("a\"b\n", 1), ("a,\"b\"c\n", 2), ("\"a", 1), ("x,y,\"\"\"\n", 3)] {
            assert_eq!(split(text), Err(RowProblem::Quote { field }), "{text:?}");
        }
    }

    #[test]
    fn every_cut_is_incomplete_or_whole() {
        let text = "\"a\"\"b\",\"c\nd\",e\r\n";
        let mut spans = Vec::new();
        for cut in 0..text.len() {
            let found = scan(&text.as_bytes()[..cut], false, &mut spans);
            assert_eq!(found, Ok(Scan::Incomplete), "{cut}");
        }
        assert_eq!(
            scan(text.as_bytes(), false, &mut spans),
            Ok(Scan::Record(text.len()))
        );
    }
}
