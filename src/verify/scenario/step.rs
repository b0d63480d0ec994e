use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::{
    ReplyPattern,
    action::{Action, Call, WhichToken},
    checked::checked,
};
use crate::verify::driver::Repeat;

/// One step of a scenario: what is done, by which driver, and what has to come of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The driver's name within the scenario.
    pub on: String,
    /// What is done.
    pub action: Action,
    /// What has to come of it.
    pub expect: Option<ReplyPattern>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    on: Option<String>,
    token: Option<Repeat>,
    call: Option<Call>,
    invalidate: Option<WhichToken>,
    describe: Option<Nothing>,
    wait_ms: Option<u64>,
    start: Option<Start>,
    together: Option<Vec<Step>>,
    garble_store: Option<Nothing>,
    expect: Option<ReplyPattern>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    #[serde(default)]
    environment: BTreeMap<String, Option<String>>,
}

impl TryFrom<Written> for Step {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let actions = [
            written.token.map(Action::Token),
            written.call.map(Action::Call),
            written.invalidate.map(Action::Invalidate),
            written.describe.map(|_| Action::Describe),
            written.wait_ms.map(Action::Wait),
            written.start.map(|start| Action::Start(start.environment)),
            written.together.map(Action::Together),
            written.garble_store.map(|_| Action::GarbleStore),
        ];
        let mut actions = actions.into_iter().flatten();
        let (Some(action), None) = (actions.next(), actions.next()) else {
            return Err(
                "a step has just one of `token`, `call`, `invalidate`, `describe`, `wait_ms`, \
                 `start`, `together` and `garble_store`",
            );
        };
        if written.expect.is_some() && !matches!(action, Action::Token(_) | Action::Call(_)) {
            return Err("only `token` and `call` have results to `expect` something of");
        }
        if let Action::Together(steps) = &action
            && !steps.iter().all(Step::is_operation)
        {
            return Err("`together` holds operations of drivers alone");
        }
        Ok(Self {
            on: written.on.unwrap_or_else(|| "a".to_owned()),
            action,
            expect: written.expect,
        })
    }
}

impl Step {
    fn is_operation(&self) -> bool {
        matches!(
            self.action,
            Action::Token(_) | Action::Call(_) | Action::Invalidate(_) | Action::Describe
        )
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        checked::<_, Written, _>(source, "a step: a map")
    }
}
