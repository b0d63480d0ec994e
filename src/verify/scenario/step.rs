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
    /// What is done between the request to the driver and its reply.
    pub meanwhile: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    on: Option<String>,
    processes: Option<usize>,
    token: Option<Repeat>,
    call: Option<Call>,
    invalidate: Option<WhichToken>,
    describe: Option<Nothing>,
    wait_ms: Option<u64>,
    start: Option<Start>,
    together: Option<Vec<Step>>,
    garble_store: Option<Nothing>,
    stop: Option<Nothing>,
    #[serde(rename = "continue")]
    go_on: Option<Nothing>,
    #[serde(default)]
    meanwhile: Vec<Step>,
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
            written.stop.map(|_| Action::Stop),
            written.go_on.map(|_| Action::Continue),
        ];
        let mut actions = actions.into_iter().flatten();
        let (Some(action), None) = (actions.next(), actions.next()) else {
            return Err(
                "a step has just one of `token`, `call`, `invalidate`, `describe`, `wait_ms`, \
                 `start`, `together`, `garble_store`, `stop` and `continue`",
            );
        };
        if written.expect.is_some() && !matches!(action, Action::Token(_) | Action::Call(_)) {
            return Err("only `token` and `call` have results to `expect` something of");
        }
        let step = Self {
            on: written.on.unwrap_or_else(|| "a".to_owned()),
            action,
            expect: written.expect,
            meanwhile: written.meanwhile,
        };
        if !step.meanwhile.is_empty() && !step.is_operation() {
            return Err("only what a driver is asked for has a `meanwhile`");
        }
        let step = match written.processes {
            None => step,
            Some(processes) => step.by(processes)?,
        };
        if let Action::Together(steps) = &step.action
            && !steps
                .iter()
                .all(|step| step.is_operation() && step.meanwhile.is_empty())
        {
            return Err("`together` holds operations of drivers alone");
        }
        Ok(step)
    }
}

impl Step {
    /// This step and those within it.
    pub fn all(&self) -> Vec<&Self> {
        let inner: &[Self] = match &self.action {
            Action::Together(steps) => steps,
            _ => &self.meanwhile,
        };
        let inner = inner.iter().flat_map(Self::all);
        std::iter::once(self).chain(inner).collect()
    }

    /// The same operation by so many drivers at once.
    fn by(self, processes: usize) -> Result<Self, &'static str> {
        if !self.is_operation() {
            return Err("`processes` is for what drivers are asked for");
        }
        let each = |number: usize| Self {
            on: format!("p{number}"),
            ..self.clone()
        };
        Ok(Self {
            on: "a".to_owned(),
            action: Action::Together((1..=processes).map(each).collect()),
            expect: None,
            meanwhile: Vec::new(),
        })
    }

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
