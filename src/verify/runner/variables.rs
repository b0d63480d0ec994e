//! The environment of a driver.

use std::{collections::BTreeMap, ffi::OsString};

use crate::sandbox::Sandbox;

/// The variables of the sandbox, with the changes that a scenario makes; without a value, one is not set.
pub fn of(
    sandbox: &Sandbox,
    changes: impl Iterator<Item = (String, Option<String>)>,
) -> BTreeMap<String, OsString> {
    let usual = sandbox.environment().into_iter();
    let mut variables: BTreeMap<String, OsString> = usual
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    for (name, value) in changes {
        match value {
            Some(value) => variables.insert(name, with_bytes(&value)),
            None => variables.remove(&name),
        };
    }
    variables
}

/// A text in which `{byte+ff}` stands for that byte, so that it need not be Unicode.
#[cfg(unix)]
fn with_bytes(text: &str) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    let mut parts = text.split("{byte+");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (number, rest) = part.split_once('}').unwrap_or_default();
        bytes.extend(u8::from_str_radix(number, 16).ok());
        bytes.extend_from_slice(rest.as_bytes());
    }
    OsString::from_vec(bytes)
}

#[cfg(not(unix))]
fn with_bytes(text: &str) -> OsString {
    text.into()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use super::with_bytes;

    #[test]
    fn a_variable_may_hold_any_byte() {
        assert_eq!(with_bytes("plain {x}").as_bytes(), b"plain {x}");
        assert_eq!(with_bytes("a{byte+ff}b{byte+c3}").as_bytes(), b"a\xffb\xc3");
    }
}
