use std::{fs, io, path::Path};

use crate::project::writer::WriteError;

/// The file of a project that many assistants read by themselves.
pub const AGENTS_FILE: &str = "AGENTS.md";

/// Codex reads no more of all `AGENTS.md` together, and says nothing about the rest.
pub const MOST_AGENTS_BYTES: usize = 32 * 1024;

/// The line before the block. Later versions may say something else behind the first words.
pub(super) const BEGIN_MARK: &str = "<!-- ssojet-gen: begin. `ssojet-gen prompt --format agents` replaces all up to the end mark. -->";
/// The line after it.
pub(super) const END_MARK: &str = "<!-- ssojet-gen: end -->";
const BEGIN: &[u8] = b"<!-- ssojet-gen: begin";

/// Why a block cannot be put into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// It is not known where the block ends.
    #[error(
        "has `<!-- ssojet-gen: begin` in line {line} and no `{END_MARK}` after it; put that line back, or remove both"
    )]
    NoEnd {
        /// The line of the begin mark, from 1.
        line: usize,
    },
    /// It is not known where the block begins.
    #[error("has `{END_MARK}` in line {line} and no begin mark before it; remove that line")]
    NoBegin {
        /// The line of the end mark, from 1.
        line: usize,
    },
    /// Only one of them would be replaced.
    #[error("has a second block in line {line}; remove one of the two")]
    Twice {
        /// The line of the second begin mark, from 1.
        line: usize,
    },
    /// UTF-16, or no text at all.
    #[error("is not UTF-8 text; save it as UTF-8 first")]
    NotText,
}

/// The content of the `AGENTS.md` in a folder, if there is one.
///
/// # Errors
/// When it is a link, which would be replaced by a file, or cannot be read.
pub fn existing_agents_file(folder: &Path) -> Result<Option<Vec<u8>>, WriteError> {
    let path = folder.join(AGENTS_FILE);
    match fs::symlink_metadata(&path) {
        Ok(found) if found.is_symlink() => Err(WriteError::Symlink { path }),
        Ok(found) if found.is_file() => match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(source) => Err(WriteError::Unreadable { path, source }),
        },
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(WriteError::Unreadable {
            path,
            source: error,
        }),
        // What is in the way is told by the writer.
        _ => Ok(None),
    }
}

/// A file's content with the block in it: in the place of the one that is there, else at the end. All else stays as it is,
/// to the byte, and the block gets the file's line ends.
///
/// # Errors
/// When the marks that are there do not fit together.
pub fn merge(existing: &[u8], block: &str) -> Result<Vec<u8>, MergeError> {
    if existing.contains(&0) || std::str::from_utf8(existing).is_err() {
        return Err(MergeError::NotText);
    }
    let first_line = existing.split_inclusive(|byte| *byte == b'\n').next();
    let line_end = match first_line {
        Some(line) if line.ends_with(b"\r\n") => "\r\n",
        _ => "\n",
    };
    let block = block.trim_end().replace('\n', line_end);
    let mut merged = Vec::with_capacity(existing.len() + block.len() + 4);
    if let Some((start, end)) = find_block(existing)? {
        merged.extend_from_slice(&existing[..start]);
        merged.extend_from_slice(block.as_bytes());
        merged.extend_from_slice(&existing[end..]);
        return Ok(merged);
    }
    merged.extend_from_slice(existing);
    let blank_line = line_end.repeat(2);
    while !merged.is_empty() && !merged.ends_with(blank_line.as_bytes()) {
        merged.extend_from_slice(line_end.as_bytes());
    }
    merged.extend_from_slice(block.as_bytes());
    merged.extend_from_slice(line_end.as_bytes());
    Ok(merged)
}

/// From the beginning of the begin mark to the end of the end mark, without its line end.
fn find_block(text: &[u8]) -> Result<Option<(usize, usize)>, MergeError> {
    let mut begin = None;
    let mut block = None;
    let mut offset = 0;
    for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let content = line.trim_ascii();
        let number = index + 1;
        if content.starts_with(BEGIN) {
            if begin.is_some() || block.is_some() {
                return Err(MergeError::Twice { line: number });
            }
            begin = Some((offset, number));
        } else if content == END_MARK.as_bytes() {
            let Some((start, _)) = begin.take() else {
                return Err(MergeError::NoBegin { line: number });
            };
            block = Some((start, offset + line.trim_ascii_end().len()));
        }
        offset += line.len();
    }
    match begin {
        Some((_, line)) => Err(MergeError::NoEnd { line }),
        None => Ok(block),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> String {
        format!("{BEGIN_MARK}\n\n{text}\n\n{END_MARK}\n")
    }

    fn merged(existing: &str, text: &str) -> String {
        String::from_utf8(merge(existing.as_bytes(), &block(text)).unwrap()).unwrap()
    }

    #[test]
    fn a_block_is_added_at_the_end_and_later_replaced_in_its_place() {
        for existing in [
            "",
            "# Mine\n",
            "# Mine",
            "# Mine\n\n",
            "\u{feff}# Mine\n\n\n",
        ] {
            let once = merged(existing, "one");
            assert!(once.starts_with(existing), "{once:?}");
            assert_eq!(merged(&once, "one"), once);
            let both = once.clone() + "\nBelow, without an end";
            assert_eq!(merged(&both, "two"), both.replace("one", "two"));
        }
        assert_eq!(merged("", "one"), block("one"));
        assert_eq!(
            merged("# Mine", "one"),
            format!("# Mine\n\n{}", block("one"))
        );
    }

    #[test]
    fn line_ends_are_those_of_the_file() {
        let once = merged("# Mine\r\nText\nodd\r\n", "one");
        let (mine, ours) = once.split_once("<!--").unwrap();
        assert_eq!(mine, "# Mine\r\nText\nodd\r\n\r\n");
        assert_eq!(ours.matches('\n').count(), ours.matches("\r\n").count());
        assert_eq!(merged(&once, "one"), once);
        let end = format!("{END_MARK}  \r\nBelow\r\n");
        let indented = once.replace(&format!("{END_MARK}\r\n"), &end);
        assert_eq!(merged(&indented, "one"), indented);
    }

    #[test]
    fn marks_that_do_not_fit_are_told_with_their_line() {
        let bad = |text: &str| merge(text.as_bytes(), &block("one"));
        let begin = "<!-- ssojet-gen: begin; an earlier version's words -->";
        assert_eq!(
            bad(&format!("a\n{begin}\nb")),
            Err(MergeError::NoEnd { line: 2 })
        );
        assert_eq!(
            bad(&format!("{END_MARK}\n")),
            Err(MergeError::NoBegin { line: 1 })
        );
        let twice = format!("{begin}\n{END_MARK}\n{begin}\n{END_MARK}\n");
        assert_eq!(bad(&twice), Err(MergeError::Twice { line: 3 }));
        assert_eq!(
            bad(&format!("{begin}\n{begin}\n")),
            Err(MergeError::Twice { line: 2 })
        );
        assert_eq!(
            merge(b"\xff\xfea\0", &block("one")),
            Err(MergeError::NotText)
        );
        let text = format!("The marks begin with `{begin}`.\n");
        assert!(bad(&text).is_ok(), "within a line it is no mark");
    }
}
