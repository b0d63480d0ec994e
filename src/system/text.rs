//! Text of somebody else's.

/// Somebody's text, fit for a terminal and for reports: control characters but tabs and line breaks are written as
/// escapes.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() && !matches!(character, '\n' | '\t') {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Whether the text has this shape, in which `*` stands for any text.
#[must_use]
pub fn is_like(text: &str, shape: &str) -> bool {
    let Some((first, rest)) = shape.split_once('*') else {
        return text == shape;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let (middle, last) = rest
        .rsplit_once('*')
        .map_or((None, rest), |(m, l)| (Some(m), l));
    for part in middle.into_iter().flat_map(|middle| middle.split('*')) {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (shape, text, fits) in [
            ("ssojet-m2m-*/*", "ssojet-m2m-python/1.0.0", true),
            ("ssojet-m2m-*/*", "ssojet-m2m-python", false),
            ("ssojet-m2m-*/*", "Python/3.11", false),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "a1c2b", false),
            ("a*", "a", true),
            ("*", "", true),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(is_like(text, shape), fits, "{shape} {text}");
        }
    }
}
