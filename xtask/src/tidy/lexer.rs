//! Splits Rust text into its code and its comments, line by line.
//!
//! Knows just enough of the grammar to tell comments, literals and the rest apart; it does not
//! parse. So a rule that looks for a macro does not stumble over the macro's name in a sentence.

/// The code with comments and the insides of literals blanked, and the comments with all else
/// blanked. Both keep every line where it was.
#[must_use]
pub fn split(text: &str) -> (String, String) {
    let chars: Vec<char> = text.chars().collect();
    let mut output = Output::default();
    let mut at = 0;
    while at < chars.len() {
        let next = end_of_token(&chars, at);
        let kind = kind_of(&chars, at);
        for (place, &c) in chars[at..next].iter().enumerate() {
            let is_edge = place == 0 || at + place + 1 == next;
            output.push(c, kind, is_edge);
        }
        at = next;
    }
    (output.code, output.comments)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Code,
    Comment,
    Literal,
}

#[derive(Default)]
struct Output {
    code: String,
    comments: String,
}

impl Output {
    fn push(&mut self, c: char, token: Token, is_edge: bool) {
        let blank = if c == '\n' { '\n' } else { ' ' };
        let (code, comment) = match token {
            Token::Code => (c, blank),
            Token::Comment => (blank, c),
            Token::Literal if is_edge => (c, blank),
            Token::Literal => (blank, blank),
        };
        self.code.push(code);
        self.comments.push(comment);
    }
}

fn kind_of(chars: &[char], at: usize) -> Token {
    match chars[at] {
        '/' if matches!(chars.get(at + 1), Some('/' | '*')) => Token::Comment,
        '"' => Token::Literal,
        'r' if raw_string_end(chars, at).is_some() => Token::Literal,
        '\'' if char_literal_end(chars, at).is_some() => Token::Literal,
        _ => Token::Code,
    }
}

/// Where the token that begins here ends: a comment, a literal, a word or a single character.
fn end_of_token(chars: &[char], at: usize) -> usize {
    let find = |from: usize, what: &[char]| {
        (from..chars.len()).find(|&i| chars[i..].starts_with(what)).unwrap_or(chars.len())
    };
    match chars[at] {
        '/' if chars.get(at + 1) == Some(&'/') => find(at, &['\n']),
        '/' if chars.get(at + 1) == Some(&'*') => block_comment_end(chars, at),
        '"' => string_end(chars, at),
        'r' if raw_string_end(chars, at).is_some() => {
            raw_string_end(chars, at).unwrap_or(chars.len())
        }
        '\'' => char_literal_end(chars, at).unwrap_or(at + 1),
        c if is_word(c) => {
            let mut end = at + 1;
            // A prefix such as the b of b"…" ends before its literal; a raw one keeps its r.
            while end < chars.len() && is_word(chars[end]) && !starts_raw(chars, end) {
                end += 1;
            }
            end
        }
        _ => at + 1,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether `br"…"` has its `r` here: the only place where a raw string begins inside a word.
fn starts_raw(chars: &[char], at: usize) -> bool {
    let is_after_lone_b =
        chars[at - 1] == 'b' && (at < 2 || !is_word(chars[at - 2])) && chars[at] == 'r';
    is_after_lone_b && raw_string_end(chars, at).is_some()
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let (mut depth, mut i) = (0, at);
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i.min(chars.len());
        }
    }
    chars.len()
}

fn string_end(chars: &[char], at: usize) -> usize {
    let mut i = at + 1;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

/// The end of `r"…"` or `r#"…"#` beginning here, if one does.
fn raw_string_end(chars: &[char], at: usize) -> Option<usize> {
    if chars[at] != 'r' {
        return None;
    }
    let n_hashes = chars[at + 1..].iter().take_while(|&&c| c == '#').count();
    let open = at + 1 + n_hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let mut close = vec!['"'];
    close.extend(std::iter::repeat_n('#', n_hashes));
    let end = (open + 1..chars.len()).find(|&i| chars[i..].starts_with(&close));
    Some(end.map_or(chars.len(), |i| i + close.len()))
}

/// The end of `'x'` or `'\n'` beginning here; none for a lifetime.
fn char_literal_end(chars: &[char], at: usize) -> Option<usize> {
    match (chars.get(at + 1)?, chars.get(at + 2)?) {
        ('\\', _) => {
            let rest = chars.get(at + 3..)?;
            rest.iter().position(|&c| c == '\'').map(|i| at + 3 + i + 1)
        }
        (_, '\'') => Some(at + 3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_keeps_no_comment_and_no_inside_of_a_literal() {
        let (code, comments) = split("let a = \"// b\"; // c \"d\"\nlet e = 'f'; /* g */ h");
        assert_eq!(code, "let a = \"    \";         \nlet e = ' ';         h");
        assert_eq!(comments.trim_end(), "                // c \"d\"\n             /* g */");
    }

    #[test]
    fn raw_strings_lifetimes_escapes_and_nested_comments_end_where_they_should() {
        let keeps = |text: &str, wanted: &str| {
            let (code, _) = split(text);
            assert!(code.contains(wanted), "{text} gave {code}");
            assert_eq!(code.lines().count(), text.lines().count());
        };
        keeps("r#\"a \" todo!()\"# ; rest", "; rest");
        keeps("br\"a\\\" ; rest", "; rest");
        keeps("fn a<'a>(b: &'a str) { rest }", "'a str) { rest }");
        keeps("'\\'' ; rest", "; rest");
        keeps("'\"' ; rest", "; rest");
        keeps("\"\\\"\" ; rest", "; rest");
        keeps("/* a /* b */ c */ ; rest", "; rest");
        keeps("bar\"x\"; rest", "; rest");
    }
}
