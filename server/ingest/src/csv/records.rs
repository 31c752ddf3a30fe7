//! Records of a stream of CSV text, one at a time from a buffer that grows no further than the longest row. Used by
//! [`super::CsvSource`].

use super::fields::{Fields, Scan, Span, any_doubled, scan, undouble};
use crate::error::RowProblem;
use crate::limits;
use std::io::Read;

/// Why there is no next record.
pub(super) enum Stop {
    /// The record is malformed.
    Problem(RowProblem),
    /// The stream is.
    Input(std::io::Error),
}

/// Reads records from a stream.
pub(super) struct Records<R> {
    input: R,
    buffer: Vec<u8>,
    /// What of the buffer is filled and not yet handed out.
    start: usize,
    end: usize,
    at_end: bool,
    spans: Vec<Span>,
    /// A record with its doubled quotes made single.
    undoubled: String,
}

impl<R: Read> Records<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            buffer: vec![0; limits::READ_BYTES],
            start: 0,
            end: 0,
            at_end: false,
            spans: Vec::new(),
            undoubled: String::new(),
        }
    }

    /// The next record; blank lines are passed over.
    pub(super) fn next_record(&mut self) -> Result<Option<Fields<'_>>, Stop> {
        let length = loop {
            if self.start == self.end && self.at_end {
                return Ok(None);
            }
            let bytes = &self.buffer[self.start..self.end];
            match scan(bytes, self.at_end, &mut self.spans).map_err(Stop::Problem)? {
                Scan::Record(length) => break length,
                Scan::Blank(length) => self.start += length,
                Scan::Incomplete => self.fill()?,
            }
        };
        let record = &self.buffer[self.start..self.start + length];
        self.start += length;
        let text = std::str::from_utf8(record).map_err(|_| Stop::Problem(RowProblem::NotText))?;
        if any_doubled(&self.spans) {
            undouble(text, &mut self.spans, &mut self.undoubled);
            return Ok(Some(Fields {
                text: &self.undoubled,
                spans: &self.spans,
            }));
        }
        Ok(Some(Fields {
            text,
            spans: &self.spans,
        }))
    }

    /// Moves the incomplete record to the front and reads on behind it.
    fn fill(&mut self) -> Result<(), Stop> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end > limits::ROW_BYTES_MAX {
            return Err(Stop::Problem(RowProblem::TooLong {
                limit: limits::ROW_BYTES_MAX,
            }));
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.end * 2, 0);
        }
        while !self.at_end && self.end < self.buffer.len() {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.at_end = true,
                Ok(length) => self.end += length,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Stop::Input(error)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, as a decompressor may.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = self.0.len().min(buffer.len()).min(1009);
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    /// Lengths of the first field of each record, or the problem.
    fn lengths(text: &str) -> Result<Vec<usize>, RowProblem> {
        let mut records = Records::new(Trickle(text.as_bytes()));
        let mut lengths = Vec::new();
        loop {
            match records.next_record() {
                Ok(Some(fields)) => lengths.push(fields.get(0).len()),
                Ok(None) => return Ok(lengths),
                Err(Stop::Problem(problem)) => return Err(problem),
                Err(Stop::Input(error)) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn records_of_any_length_join_up_over_buffers() {
        let expected: Vec<usize> = (0..5000)
            .map(|row| row * 7919 % 401)
            .chain([600_000, 3])
            .collect();
        let text: String = expected
            .iter()
            .map(|length| format!("\"{}\",\"b\"\n", "x".repeat(*length)))
            .collect();
        assert_eq!(lengths(&text), Ok(expected));
    }

    #[test]
    fn a_lost_quote_ends_at_the_limit_and_bytes_must_be_text() {
        let text = format!("a,b\n\"{}", "x".repeat(3 * limits::ROW_BYTES_MAX));
        assert_eq!(
            lengths(&text),
            Err(RowProblem::TooLong {
                limit: limits::ROW_BYTES_MAX
            })
        );
        let mut records = Records::new(&b"a,\xff\n"[..]);
        assert!(matches!(
            records.next_record(),
            Err(Stop::Problem(RowProblem::NotText))
        ));
    }
}
