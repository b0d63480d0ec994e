//! Finds what is shaped like a credential. A prompt has names of variables alone, so nothing real is ever refused.

use std::collections::BTreeMap;

use super::Finding;

/// From how many characters on a word may be a random one.
const LONG: usize = 24;
/// How many bits a character of a random word has at least.
const RANDOM_BITS: f64 = 3.6;

/// Every line that holds something of the kind.
pub fn search(text: &str) -> Vec<Finding> {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(index, line)| {
            Some(Finding::Secret {
                line: index + 1,
                what: shape(line)?,
            })
        })
        .collect()
}

fn shape(line: &str) -> Option<&'static str> {
    if line.contains("-----BEGIN") {
        return Some("a private key or a certificate");
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+/=_-.".contains(c);
    line.split(|c| !is_part(c)).find_map(|word| {
        let run = |text: &str| text.chars().take_while(char::is_ascii_alphanumeric).count();
        if word.starts_with("eyJ") && word.len() >= LONG && word.contains('.') {
            return Some("a JWT");
        }
        if word.strip_prefix("cli_").is_some_and(|rest| run(rest) >= 8) {
            return Some("a client id");
        }
        is_random(word).then_some("a secret")
    })
}

fn is_random(word: &str) -> bool {
    // A path or a name of several parts is judged by its longest.
    let parts = word.split(['.', '/', '-', '_']);
    let Some(word) = parts.max_by_key(|part| part.len()) else {
        return false;
    };
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let has_letters = word.chars().any(|c| c.is_ascii_alphabetic());
    // Names such as `BuilderExtensions2` are made of words.
    let mut runs = word.split(|c: char| !c.is_ascii_lowercase());
    let has_words = digits < 3 && runs.any(|run| run.len() >= 6);
    let is_mixed = digits > 0 && has_letters && !has_words;
    word.len() >= LONG && is_mixed && bits_a_character(word) >= RANDOM_BITS
}

/// Shannon's entropy.
fn bits_a_character(word: &str) -> f64 {
    let mut counts: BTreeMap<char, f64> = BTreeMap::new();
    for c in word.chars() {
        *counts.entry(c).or_default() += 1.0;
    }
    let all: f64 = counts.values().sum();
    counts
        .values()
        .map(|count| count / all)
        .map(|share| -share * share.log2())
        .sum()
}
