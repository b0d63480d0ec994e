use super::Scenario;

/// A scenario that can be run: one without a table, or one with a row of its table filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The scenario's id, and the row's name in brackets.
    pub id: String,
    /// The row's name.
    pub row: Option<String>,
    /// The scenario.
    pub scenario: Scenario,
}
