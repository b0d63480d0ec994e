//! Versions of programs.

/// Numbers with dots between, compared one by one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Vec<u64>);

impl Version {
    /// A whole text such as `3.10`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let numbers: Result<_, _> = text.split('.').map(str::parse).collect();
        numbers.ok().map(Self)
    }

    /// The first version in what a program prints, such as that of `go version go1.26.8 linux/amd64`.
    #[must_use]
    pub fn find(text: &str) -> Option<(Self, &str)> {
        let is_part = |c: char| c.is_ascii_digit() || c == '.';
        let parts = || {
            text.split(|c| !is_part(c))
                .map(|part| part.trim_matches('.'))
        };
        // One with a dot is surely a version; `openjdk version "21"` has none.
        let with_dot = parts().filter(|part| part.contains('.'));
        with_dot
            .chain(parts())
            .find_map(|part| Some((Self::parse(part)?, part)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_version_in_what_programs_print() {
        for (printed, version) in [
            ("Python 3.11.7", "3.11.7"),
            ("go version go1.26.8 linux/amd64", "1.26.8"),
            ("v20.20.2\n", "20.20.2"),
            ("openjdk version \"17.0.15\" 2025-04-15", "17.0.15"),
            ("openjdk version \"21\" 2023-09-19 LTS", "21"),
            ("javac 25\n", "25"),
            (
                "ruby 3.1.2p20 (2022-04-12 revision 4491) [x86_64-linux]",
                "3.1.2",
            ),
        ] {
            assert_eq!(Version::find(printed).unwrap().1, version);
        }
        assert_eq!(Version::find("no version"), None);
    }

    #[test]
    fn compares_numbers_and_not_text() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("3.10") > version("3.9.9"));
        assert!(version("3.10.0") > version("3.10"));
        assert_eq!(Version::parse("3.x"), None);
    }
}
