//! From a file's bytes to UTF-8 text: decompression by magic number, byte order marks,
//! transcoding.
//!
//! Streams: holds a few fixed buffers whatever the file's size. Does not look into archives.

use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use mercer_connect::source::SourceError;

use crate::options::EncodingChoice;

/// Bytes looked at to tell what a file is: a header line of the widest export fits in.
pub(crate) const N_SNIFF_BYTES: usize = 16 * 1024;
/// Size of each read and transcoding buffer: large enough that calls do not show in a profile.
const N_BUFFER_BYTES: usize = 64 * 1024;

/// What is learnt about a file while it is read.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Bytes taken from the file, as they stand.
    pub(crate) n_bytes: AtomicU64,
    /// Whether UTF-16 had halves of pairs, which became U+FFFD.
    pub(crate) is_malformed: AtomicBool,
}

/// A file as UTF-8 text.
pub(crate) struct Input {
    /// The text, without byte order mark. Not checked to be UTF-8 unless transcoded.
    pub(crate) reader: Box<dyn Read + Send>,
    /// The first bytes of `reader`, which it gives again.
    pub(crate) head: Vec<u8>,
    /// Name of the compression, if any.
    pub(crate) compression: Option<&'static str>,
}

/// Opens bytes of any accepted kind. `file` is the name for messages.
pub(crate) fn open(
    raw: Box<dyn Read + Send>,
    file: &str,
    encoding: EncodingChoice,
    seen: &Arc<Seen>,
) -> Result<Input, SourceError> {
    let counted = Counted { inner: raw, seen: Arc::clone(seen) };
    let mut packed: Box<dyn Read + Send> = Box::new(counted);
    let start = read_up_to(&mut packed, N_SNIFF_BYTES).map_err(|e| failed(e, file, None))?;
    if start.is_empty() {
        return Err(unusable(format!("`{file}` is empty; export the orders again")));
    }
    let compression = compression_of(&start);
    let whole = io::Cursor::new(start).chain(packed);
    let buffered = BufReader::with_capacity(N_BUFFER_BYTES, whole);
    let mut text: Box<dyn Read + Send> = match compression {
        Some("gzip") => Box::new(MultiGzDecoder::new(buffered)),
        Some(_) => Box::new(
            zstd::stream::read::Decoder::with_buffer(buffered)
                .map_err(|e| failed(e, file, compression))?,
        ),
        None => Box::new(buffered),
    };
    let head = read_up_to(&mut text, N_SNIFF_BYTES).map_err(|e| failed(e, file, compression))?;
    if head.is_empty() {
        return Err(unusable(format!("`{file}` is empty inside its compression; export again")));
    }
    let (encoding, n_mark) = encoding_of(&head, encoding);
    refuse_other_kinds(&head, file, encoding)?;
    let rest = io::Cursor::new(head[n_mark..].to_vec()).chain(text);
    let mut reader: Box<dyn Read + Send> = match encoding {
        None => Box::new(rest),
        Some(encoding) => Box::new(Transcoded::new(Box::new(rest), encoding, Arc::clone(seen))),
    };
    let head = read_up_to(&mut reader, N_SNIFF_BYTES).map_err(|e| failed(e, file, compression))?;
    let reader = Box::new(io::Cursor::new(head.clone()).chain(reader));
    Ok(Input { reader, head, compression })
}

/// What a failed read means to the merchant.
pub(crate) fn failed(error: io::Error, file: &str, compression: Option<&str>) -> SourceError {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    match (compression, error.kind()) {
        (Some(name), UnexpectedEof) => unusable(format!(
            "`{file}` is cut off: its {name} data ends too early; nothing of it was kept; copy or \
             download the file again"
        )),
        (Some(name), InvalidData | InvalidInput | Other) => unusable(format!(
            "`{file}` is damaged or cut off: its {name} data cannot be unpacked; nothing of it was \
             kept; copy or download the file again"
        )),
        _ => SourceError::Io { what: file.to_owned(), source: error },
    }
}

pub(crate) fn unusable(message: String) -> SourceError {
    SourceError::Unusable { message }
}

fn read_up_to(reader: &mut dyn Read, n_bytes: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(n_bytes);
    match reader.take(n_bytes as u64).read_to_end(&mut bytes) {
        // A file cut off behind its first rows is reported when the reader gets there.
        Err(_) if !bytes.is_empty() => Ok(bytes),
        other => other.map(|_| bytes),
    }
}

fn compression_of(start: &[u8]) -> Option<&'static str> {
    if start.starts_with(&[0x1f, 0x8b]) {
        Some("gzip")
    } else if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Some("zstd")
    } else {
        None
    }
}

/// The encoding to decode from, none for UTF-8, and the length of the byte order mark.
fn encoding_of(
    head: &[u8],
    choice: EncodingChoice,
) -> (Option<&'static encoding_rs::Encoding>, usize) {
    let mark = encoding_rs::Encoding::for_bom(head);
    let chosen = match choice {
        EncodingChoice::Auto => mark.map_or(encoding_rs::UTF_8, |(encoding, _)| encoding),
        EncodingChoice::Utf8 => encoding_rs::UTF_8,
        EncodingChoice::Windows1252 => encoding_rs::WINDOWS_1252,
        EncodingChoice::Utf16le => encoding_rs::UTF_16LE,
        EncodingChoice::Utf16be => encoding_rs::UTF_16BE,
    };
    let n_mark = mark.map_or(0, |(of, n)| if of == chosen { n } else { 0 });
    ((chosen != encoding_rs::UTF_8).then_some(chosen), n_mark)
}

fn refuse_other_kinds(
    head: &[u8],
    file: &str,
    encoding: Option<&'static encoding_rs::Encoding>,
) -> Result<(), SourceError> {
    let has = |needle: &[u8]| head.windows(needle.len()).any(|window| window == needle);
    let starts = |magic: &[u8]| head.starts_with(magic);
    let workbook = "is an Excel workbook; open it there and save it as CSV";
    let what = if starts(b"PK\x03\x04") {
        if has(b"[Content_Types].xml") || has(b"xl/") || has(b"_rels/") {
            workbook
        } else if has(b"opendocument") {
            "is an OpenDocument spreadsheet; open it and save it as CSV"
        } else {
            "is a zip archive; unpack it and give the CSV file inside"
        }
    } else if starts(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
        workbook
    } else if starts(b"%PDF-") {
        "is a PDF document; export the orders as CSV"
    } else if starts(b"BZh") || starts(&[0xfd, b'7', b'z', b'X', b'Z', 0]) || starts(b"7z\xbc\xaf")
    {
        "is compressed in a way that is not read here; unpack it, or pack it with gzip or zstd"
    } else if compression_of(head).is_some() {
        "is compressed twice; unpack it once"
    } else if head.contains(&0) && !encoding.is_some_and(|e| e.name().starts_with("UTF-16")) {
        "is a binary file, not CSV text; if it is UTF-16 without a byte order mark, give \
         --encoding utf-16le"
    } else {
        return Ok(());
    };
    Err(unusable(format!("`{file}` {what}")))
}

struct Counted {
    inner: Box<dyn Read + Send>,
    seen: Arc<Seen>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.seen.n_bytes.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

struct Transcoded {
    inner: Box<dyn Read + Send>,
    decoder: encoding_rs::Decoder,
    raw: Vec<u8>,
    raw_start: usize,
    raw_end: usize,
    text: Vec<u8>,
    text_start: usize,
    text_end: usize,
    at_end: bool,
    finished: bool,
    seen: Arc<Seen>,
}

impl Transcoded {
    fn new(
        inner: Box<dyn Read + Send>,
        encoding: &'static encoding_rs::Encoding,
        seen: Arc<Seen>,
    ) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder_without_bom_handling(),
            raw: vec![0; N_BUFFER_BYTES],
            raw_start: 0,
            raw_end: 0,
            text: vec![0; N_BUFFER_BYTES],
            text_start: 0,
            text_end: 0,
            at_end: false,
            finished: false,
            seen,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        while self.text_start == self.text_end && !self.finished {
            if self.raw_start == self.raw_end && !self.at_end {
                self.raw_start = 0;
                self.raw_end = self.inner.read(&mut self.raw)?;
                self.at_end = self.raw_end == 0;
            }
            let (result, n_read, n_written, had_errors) = self.decoder.decode_to_utf8(
                &self.raw[self.raw_start..self.raw_end],
                &mut self.text,
                self.at_end,
            );
            self.raw_start += n_read;
            (self.text_start, self.text_end) = (0, n_written);
            if had_errors {
                self.seen.is_malformed.store(true, Ordering::Relaxed);
            }
            self.finished = self.at_end && result == encoding_rs::CoderResult::InputEmpty;
        }
        Ok(())
    }
}

impl Read for Transcoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.refill()?;
        let n = buffer.len().min(self.text_end - self.text_start);
        buffer[..n].copy_from_slice(&self.text[self.text_start..self.text_start + n]);
        self.text_start += n;
        Ok(n)
    }
}
