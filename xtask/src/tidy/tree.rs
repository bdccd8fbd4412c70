//! The files that tidy looks at: what git tracks or would track, read once.
//!
//! Rules see a [`Tree`] and nothing else, so that their tests need no disk.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

/// Largest file that is read: more is data, and data belongs elsewhere.
pub const N_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A text file of the repository.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Path from the root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Text without comments and without what stands in literals; same lines. Rust only.
    pub code: String,
    /// Comments only; same lines. Rust only.
    pub comments: String,
}

impl SourceFile {
    fn new(path: String, text: String) -> Self {
        let (code, comments) = if path.ends_with(".rs") {
            super::lexer::split(&text)
        } else {
            (String::new(), String::new())
        };
        Self { path, text, code, comments }
    }

    /// The last part of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether the path ends in one of these.
    #[must_use]
    pub fn has_extension(&self, extensions: &[&str]) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, ending)| extensions.contains(&ending))
    }

    /// Whether it is a test, an example or a bench by its place.
    #[must_use]
    pub fn is_beside_product(&self) -> bool {
        let folders = ["/tests/", "/examples/", "/benches/", "/test/", "/mock/"];
        folders.iter().any(|folder| self.path.contains(folder))
            || self.path.starts_with("bench/")
            || self.path.ends_with("/tests.rs")
            || self.path.contains(".test.")
    }
}

/// The repository's files.
#[derive(Debug, Clone)]
pub struct Tree {
    files: Vec<SourceFile>,
    /// Paths of files that are not text; they exist and are not read.
    others: Vec<String>,
}

impl Tree {
    /// Reads what git tracks or would track below the root.
    ///
    /// # Errors
    /// git cannot list the files, or one cannot be read.
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        let output = Command::new("git")
            // Listing runs nothing of the repository, so it may belong to another user.
            .args(["-c", "safe.directory=*"])
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .context("tidy lists the files by git, which did not start: install git")?;
        if !output.status.success() {
            bail!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let listed = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
        let (mut files, mut others) = (Vec::new(), Vec::new());
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            let full = root.join(path);
            // A file that was deleted but not yet committed, or a link.
            let Ok(metadata) = std::fs::symlink_metadata(&full) else { continue };
            if !metadata.is_file() || metadata.len() > N_FILE_BYTES_MAX {
                others.push(path.to_owned());
                continue;
            }
            let bytes = std::fs::read(&full).with_context(|| format!("cannot read {path}"))?;
            match String::from_utf8(bytes) {
                Ok(text) if !text.contains('\0') => {
                    files.push(SourceFile::new(path.to_owned(), text));
                }
                _ => others.push(path.to_owned()),
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files, others })
    }

    /// All text files, by path.
    #[must_use]
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The file at this path.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether a file or folder stands at this path.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let mut paths = self.files.iter().map(|file| &file.path).chain(&self.others);
        paths.any(|other| {
            other.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// A tree from paths and texts, for tests.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let files =
            files.iter().map(|(path, text)| SourceFile::new((*path).into(), (*text).into()));
        Self { files: files.collect(), others: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_tracks_or_would_track_is_read_and_what_it_ignores_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, bytes: &[u8]| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        write(".gitignore", b"/target\n");
        write("crates/a/src/lib.rs", b"//! A.\n");
        write("target/debug/a.rs", b"fn a() {}\n");
        write("docs/picture.png", &[0xff, 0xfe, 0]);
        let git = Command::new("git").arg("init").current_dir(folder.path()).output().unwrap();
        assert!(git.status.success());

        let tree = Tree::read(folder.path()).unwrap();
        let paths: Vec<&str> = tree.files().iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, [".gitignore", "crates/a/src/lib.rs"]);
        assert!(tree.has("docs/picture.png") && tree.has("crates/a"));
        assert!(!tree.has("target/debug/a.rs") && !tree.has("crates/a/src/li"));
    }

    #[test]
    fn a_folder_without_git_is_refused_with_what_git_says() {
        let folder = tempfile::tempdir().unwrap();
        let error = Tree::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("git ls-files"), "{error}");
    }
}
