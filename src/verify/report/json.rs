use super::Report;

/// The report as it is.
pub(super) fn json(report: &Report) -> String {
    // Strings, numbers and lists: nothing in it can fail.
    serde_json::to_string_pretty(report).unwrap_or_default() + "\n"
}
