//! Links between the repository's documents lead somewhere.
//!
//! Looks at relative links only: whether a page elsewhere still stands is not for a check that
//! must work without a network.

use super::tree::{SourceFile, Tree};
use super::{Finding, line_of};

/// Checks all Markdown files.
pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in tree.files().iter().filter(|file| file.has_extension(&["md"])) {
        for (place, target) in links(&file.text) {
            if !leads_somewhere(tree, file, target) {
                let message = format!("the link to `{target}` leads nowhere");
                findings.push(Finding::new(&file.path, line_of(&file.text, place), message));
            }
        }
    }
}

/// Places and targets of `[text](target)` outside code.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    let (mut start, mut is_code) = (0, false);
    for line in text.split_inclusive('\n') {
        is_code ^= line.trim_start().starts_with("```");
        if !is_code {
            for (place, _) in line.match_indices("](") {
                let n_ticks = line[..place].matches('`').count();
                if n_ticks % 2 == 0
                    && let Some((target, _)) = line[place + 2..].split_once(')')
                {
                    links.push((start + place, target));
                }
            }
        }
        start += line.len();
    }
    links
}

fn leads_somewhere(tree: &Tree, file: &SourceFile, target: &str) -> bool {
    let path = target.split(['#', ' ']).next().unwrap_or_default();
    if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
        return true;
    }
    let mut parts: Vec<&str> = file.path.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return false;
                }
            }
            part => parts.push(part),
        }
    }
    parts.is_empty() || tree.has(&parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_found, assert_tidy, found};

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        assert_found(("docs/a.md", "# A\n\nSee [b](b.md).\n"), "docs/a.md:3: the link to `b.md`");
        assert_found(("a.md", "[up](../b.md)\n"), "a.md:1: the link to `../b.md`");
        let files = [("docs/a.md", "[b](../crates/b/#top) [c](#here) [d](https://example.org)\n")];
        assert_eq!(found(&[files[0], ("crates/b/README.md", "# B\n")]), "");
        assert_tidy(("a.md", "```\n[b](b.md)\n```\n`[c](c.md)`\n"));
    }
}
