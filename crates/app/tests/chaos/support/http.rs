//! A plain HTTP client: one connection a request, nothing hidden, no retries.

use std::io::{Error, ErrorKind, Read, Result, Write};
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
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(ANSWER_SECONDS)))?;
    let Ask { method, path, key, idempotency_key, body } = ask;
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
         Connection: close\r\n"
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
    stream.write_all(text.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    read(&String::from_utf8_lossy(&bytes))
}

fn read(text: &str) -> Result<Answer> {
    let broken = || Error::from(ErrorKind::UnexpectedEof);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(broken)?;
    let mut answer = Answer { status, head: head.to_owned(), body: body.to_owned() };
    if let Some(length) = answer.header("content-length") {
        if length.parse() != Ok(answer.body.len()) {
            return Err(broken());
        }
    } else if answer.header("transfer-encoding") == Some("chunked") {
        answer.body = unchunk(body).ok_or_else(broken)?;
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
