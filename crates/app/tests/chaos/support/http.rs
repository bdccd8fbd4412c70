//! A plain HTTP client: one connection a request, or one that is kept; nothing hidden, no retries.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// The longest that an answer may take: the server's patience with its database and some more.
const ANSWER_SECONDS: u64 = 90;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// A header by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// What to ask.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub key: &'a str,
    pub idempotency_key: Option<&'a str>,
    pub body: Option<&'a str>,
}

impl<'a> Ask<'a> {
    pub fn get(path: &'a str, key: &'a str) -> Self {
        Self { method: "GET", path, key, idempotency_key: None, body: None }
    }

    pub fn post(path: &'a str, key: &'a str, body: &'a str) -> Self {
        Self { method: "POST", path, key, idempotency_key: None, body: Some(body) }
    }
}

/// Asks, and reads the whole answer; an error when it did not come whole.
pub fn ask(address: &str, ask: Ask<'_>) -> Result<Answer> {
    let mut stream = connect(address)?;
    stream.write_all(text(address, ask, "close").as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    read(&String::from_utf8_lossy(&bytes))
}

/// A connection for many requests: one for each would use up the machine's ports under load.
pub struct Kept {
    address: String,
    stream: BufReader<TcpStream>,
}

impl Kept {
    /// Connects.
    pub fn open(address: &str) -> Result<Self> {
        Ok(Self { address: address.to_owned(), stream: BufReader::new(connect(address)?) })
    }

    /// Asks, and reads the whole answer; after an error the connection is of no use any more.
    pub fn ask(&mut self, ask: Ask<'_>) -> Result<Answer> {
        let text = text(&self.address, ask, "keep-alive");
        self.stream.get_mut().write_all(text.as_bytes())?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head)? == 0 {
                return Err(Error::from(ErrorKind::UnexpectedEof));
            }
        }
        let answer = head_of(&head)?;
        let length = answer.header("content-length").and_then(|length| length.parse().ok());
        let length = length.ok_or_else(|| Error::other(format!("no length: {head}")))?;
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { body: String::from_utf8_lossy(&body).into_owned(), ..answer })
    }
}

fn connect(address: &str) -> Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(ANSWER_SECONDS)))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn text(address: &str, ask: Ask<'_>, connection: &str) -> String {
    let Ask { method, path, key, idempotency_key, body } = ask;
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
         Connection: {connection}\r\n"
    );
    if let Some(key) = idempotency_key {
        text.push_str(&format!("Idempotency-Key: {key}\r\n"));
    }
    if let Some(body) = body {
        let length = body.len();
        text.push_str(&format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body.unwrap_or_default());
    text
}

fn broken() -> Error {
    Error::from(ErrorKind::UnexpectedEof)
}

/// An answer with as much of its body as is there.
fn head_of(text: &str) -> Result<Answer> {
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(broken)?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

fn read(text: &str) -> Result<Answer> {
    let mut answer = head_of(text)?;
    if let Some(length) = answer.header("content-length") {
        if length.parse() != Ok(answer.body.len()) {
            return Err(broken());
        }
    } else if answer.header("transfer-encoding") == Some("chunked") {
        answer.body = unchunk(&answer.body).ok_or_else(broken)?;
    }
    Ok(answer)
}

fn unchunk(mut rest: &str) -> Option<String> {
    let mut whole = String::new();
    loop {
        let (length, after) = rest.split_once("\r\n")?;
        let length = usize::from_str_radix(length, 16).ok()?;
        if length == 0 {
            return Some(whole);
        }
        whole.push_str(after.get(..length)?);
        rest = after.get(length..)?.strip_prefix("\r\n")?;
    }
}
