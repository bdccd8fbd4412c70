//! From text to records, in bounded memory: a 2 GB line costs no more than a short one.
//!
//! Knows nothing of what the columns mean. Quoting is that of RFC 4180 as csv-core reads it.

use std::io::{self, Read};

use csv_core::ReadRecordResult;

/// Longest record, in bytes of its unquoted fields. Ten times a row in which every column of a
/// wide export is filled with a long note; more is a quotation mark that was never closed.
pub const N_RECORD_BYTES_MAX: usize = 1024 * 1024;
/// Most columns of a record: ten times the widest export that we know.
pub const N_COLUMNS_MAX: usize = 1_024;
/// Size of the read buffer.
const N_BUFFER_BYTES: usize = 128 * 1024;
/// Size of the buffer into which the rest of an overlong record is thrown.
const N_SCRATCH_BYTES: usize = 16 * 1024;

/// One record; its buffers are used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Record {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    n_fields: usize,
    /// Line of the file on which it starts, from 1.
    pub(crate) line: u64,
}

impl Record {
    /// How many fields it has.
    pub(crate) fn len(&self) -> usize {
        self.n_fields
    }

    fn range(&self, index: usize) -> Option<std::ops::Range<usize>> {
        if index >= self.n_fields {
            return None;
        }
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Some(start..self.ends[index])
    }

    /// The field as it stands; empty behind the last.
    pub(crate) fn field(&self, index: usize) -> &[u8] {
        self.range(index).map_or(&[], |range| &self.bytes[range])
    }

    /// All fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.n_fields).map(|index| self.field(index))
    }

    /// The bytes of all fields without separators.
    pub(crate) fn joined(&self) -> &[u8] {
        &self.bytes[..self.ends[..self.n_fields].last().copied().unwrap_or(0)]
    }

    /// A fingerprint of all fields and their borders.
    pub(crate) fn hash(&self) -> u128 {
        let borders = self.ends[..self.n_fields].iter().fold(0u64, |hash, &end| {
            (hash.rotate_left(7) ^ end as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        xxhash_rust::xxh3::xxh3_128_with_seed(self.joined(), borders)
    }
}

/// What came next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// A whole record.
    Record,
    /// A record with more than [`N_RECORD_BYTES_MAX`] bytes; its start is given.
    TooLong,
    /// A record with more than [`N_COLUMNS_MAX`] columns; its start is given.
    TooWide,
    /// The end of the text.
    End,
}

/// Reads record after record.
pub(crate) struct Records {
    reader: Box<dyn Read + Send>,
    core: csv_core::Reader,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    at_end: bool,
    line: u64,
    scratch: Vec<u8>,
    scratch_ends: Vec<usize>,
}

impl Records {
    pub(crate) fn new(reader: Box<dyn Read + Send>, delimiter: u8) -> Self {
        Self {
            reader,
            core: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            buffer: vec![0; N_BUFFER_BYTES],
            start: 0,
            end: 0,
            at_end: false,
            line: 1,
            scratch: Vec::new(),
            scratch_ends: Vec::new(),
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        while self.start == self.end && !self.at_end {
            self.start = 0;
            self.end = 0;
            match self.reader.read(&mut self.buffer) {
                Ok(0) => self.at_end = true,
                Ok(n) => self.end = n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Skips line breaks between records, so that a record's line is where its text starts.
    fn skip_breaks(&mut self) -> io::Result<()> {
        loop {
            self.fill()?;
            while self.start < self.end {
                match self.buffer[self.start] {
                    b'\n' => self.line += 1,
                    b'\r' => {}
                    _ => return Ok(()),
                }
                self.start += 1;
            }
            if self.at_end {
                return Ok(());
            }
        }
    }

    /// Reads the next record over the given one.
    ///
    /// # Errors
    /// Only those of the reader.
    pub(crate) fn read(&mut self, record: &mut Record) -> io::Result<Next> {
        self.skip_breaks()?;
        record.n_fields = 0;
        record.line = self.line;
        if record.bytes.is_empty() {
            record.bytes.resize(1024, 0);
            record.ends.resize(32, 0);
        }
        if self.start == self.end {
            return Ok(Next::End);
        }
        let (mut n_bytes, mut n_fields, mut outcome) = (0, 0, Next::Record);
        loop {
            self.fill()?;
            let input = &self.buffer[self.start..self.end];
            let line = self.core.line();
            let (result, n_in, n_out, n_ends) = if outcome == Next::Record {
                let (output, ends) = (&mut record.bytes[n_bytes..], &mut record.ends[n_fields..]);
                self.core.read_record(input, output, ends)
            } else {
                self.core.read_record(input, &mut self.scratch, &mut self.scratch_ends)
            };
            self.line += self.core.line() - line;
            self.start += n_in;
            if outcome == Next::Record {
                n_bytes += n_out;
                n_fields += n_ends;
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if n_bytes >= N_RECORD_BYTES_MAX => {
                    self.give_up(&mut outcome, Next::TooLong);
                }
                ReadRecordResult::OutputFull if outcome == Next::Record => {
                    let size = (record.bytes.len() * 2).min(N_RECORD_BYTES_MAX);
                    record.bytes.resize(size, 0);
                }
                ReadRecordResult::OutputEndsFull if n_fields >= N_COLUMNS_MAX => {
                    self.give_up(&mut outcome, Next::TooWide);
                }
                ReadRecordResult::OutputEndsFull if outcome == Next::Record => {
                    let size = (record.ends.len() * 2).min(N_COLUMNS_MAX);
                    record.ends.resize(size, 0);
                }
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {}
                ReadRecordResult::Record => break,
                ReadRecordResult::End => {
                    return Ok(if outcome == Next::Record { Next::End } else { outcome });
                }
            }
        }
        record.n_fields = n_fields;
        Ok(outcome)
    }

    fn give_up(&mut self, outcome: &mut Next, why: Next) {
        if *outcome == Next::Record {
            *outcome = why;
            self.scratch.resize(N_SCRATCH_BYTES, 0);
            self.scratch_ends.resize(N_SCRATCH_BYTES, 0);
        }
    }
}

/// The separator of a header line: the one of comma, semicolon, tab and bar that it has most of
/// outside quotation marks.
pub(crate) fn delimiter_of(head: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for &byte in head.iter().skip_while(|byte| matches!(byte, b'\r' | b'\n')) {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            _ if !quoted => {
                counts.iter_mut().filter(|(of, _)| *of == byte).for_each(|(_, n)| *n += 1);
            }
            _ => {}
        }
    }
    let best = counts.iter().map(|(_, n)| *n).max().unwrap_or(0);
    counts.iter().find(|(_, n)| *n == best).map_or(b',', |(byte, _)| *byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<(Next, u64, Vec<String>)> {
        let mut records = Records::new(Box::new(io::Cursor::new(text.to_vec())), b',');
        let (mut record, mut out) = (Record::default(), Vec::new());
        loop {
            let next = records.read(&mut record).unwrap();
            if next == Next::End {
                return out;
            }
            let fields = record.fields().map(|f| String::from_utf8_lossy(f).into_owned()).collect();
            out.push((next, record.line, fields));
        }
    }

    #[test]
    fn each_record_knows_the_line_on_which_it_starts() {
        for text in ["a,b\r\n\r\n\"x\r\ny\",2\r\nz,3", "a,b\n\n\"x\ny\",2\nz,3\n\n"] {
            let lines: Vec<u64> = all(text.as_bytes()).into_iter().map(|(_, n, _)| n).collect();
            assert_eq!(lines, [1, 3, 5], "{text:?}");
        }
    }

    #[test]
    fn an_overlong_record_is_skipped_to_its_end_and_the_next_one_is_whole() {
        let mut text = b"a,b\n1,".to_vec();
        text.resize(text.len() + 3 * N_RECORD_BYTES_MAX, b'x');
        text.extend_from_slice(b"\n2,3\n");
        let read = all(&text);
        assert_eq!(
            read.iter().map(|(next, ..)| *next).collect::<Vec<_>>(),
            [Next::Record, Next::TooLong, Next::Record]
        );
        assert_eq!((read[2].1, &read[2].2), (3, &vec!["2".to_owned(), "3".to_owned()]));

        let wide = format!("a\n{}\nb", ",".repeat(5 * N_COLUMNS_MAX));
        let read = all(wide.as_bytes());
        assert_eq!((read[1].0, read[2].0, read[2].1), (Next::TooWide, Next::Record, 3));
    }

    #[test]
    fn the_separator_is_the_most_frequent_outside_quotes() {
        assert_eq!(delimiter_of(b"a;b;\"c,d,e,f\"\n1,2,3,4,5"), b';');
        assert_eq!(delimiter_of(b"a\tb"), b'\t');
        assert_eq!(delimiter_of(b"\r\na|b,c|d"), b'|');
        assert_eq!(delimiter_of(b"alone"), b',');
    }

    #[test]
    fn fingerprints_differ_where_only_the_borders_do() {
        let hash = |text: &str| {
            let mut records = Records::new(Box::new(io::Cursor::new(text.to_owned())), b',');
            let mut record = Record::default();
            records.read(&mut record).unwrap();
            record.hash()
        };
        assert_ne!(hash("ab,c"), hash("a,bc"));
        assert_eq!(hash("ab,c"), hash("\"ab\",c\n"));
    }
}
