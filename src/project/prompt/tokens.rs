//! How long a prompt is to a model.

/// The most tokens of one prompt.
pub(super) const MOST_TOKENS: usize = 6000;

/// How many tokens a text has at most.
///
/// Every model counts otherwise; tokenizers in wide use make a token of some four characters of such a text. So this is
/// an upper bound: two tokens for seven characters. A test compares it with two of them.
#[must_use]
pub fn estimate(text: &str) -> usize {
    (text.chars().count() * 2).div_ceil(7)
}
