use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use super::{Action, ErrorPattern, JournalExpectation, Step, each::Each};
use crate::{catalog::Capability, sandbox::Script};

/// One scenario of the files in `scenarios/`. A text in it may hold the placeholders of a [`Script`],
/// `{folder}` for the scenario's own temporary folder, `{port}` for the origin's port, and with `each`
/// `{row.NAME}`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub struct Scenario {
    /// Its name: lower case, words joined by hyphens.
    pub id: String,
    /// What holds if it passes, as a sentence.
    pub title: String,
    /// The rules that it tests.
    pub rules: Vec<String>,
    /// What a driver has to be able to do.
    #[serde(default)]
    pub requires: Vec<Capability>,
    /// It needs a folder where `verify` may lay a `.env` file: a prepared one, not the user's own.
    #[serde(default)]
    pub dotenv: bool,
    /// A table: the scenario is run once for each of its rows.
    pub each: Option<Each>,
    /// Its rows are played one after the other by one driver, each with its own script: a process is
    /// expensive. They must differ in script, steps and expectations alone, and leave no token behind.
    #[serde(default)]
    pub shared: bool,
    /// Its rows may be played by one driver that builds its client anew for each, where it can: they
    /// need no variables but `SSOJET_*`, and leave nothing behind but their client.
    #[serde(default)]
    pub rebuilt: bool,
    /// What the sandbox is set to.
    #[serde(default)]
    pub server: Server,
    /// What its endpoints do.
    #[serde(default)]
    pub script: Script,
    /// Variables of the drivers on top of the usual ones; `~` takes one away.
    #[serde(default)]
    pub environment: BTreeMap<String, Option<String>>,
    /// Files in the scenario's own temporary folder.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// The client must refuse to be built, with this error.
    pub refusal: Option<ErrorPattern>,
    /// It may be built all the same: then the steps are played.
    #[serde(default)]
    pub may_be_built: bool,
    /// What is done, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What the servers have to have seen in the end.
    #[serde(default)]
    pub journal: Vec<JournalExpectation>,
    /// Texts that a driver must not print, on either stream.
    #[serde(default)]
    pub never: Vec<String>,
    /// The token store has to be private: folder 0700, files 0600.
    #[serde(default)]
    pub private_store: bool,
    /// How long after the end of its input a driver may take to end.
    pub ends_within_s: Option<u64>,
    /// About how long it takes beyond its waits, in seconds: the long ones are begun first.
    #[serde(default)]
    pub takes_s: f64,
}

impl Scenario {
    /// About how long it takes.
    #[must_use]
    pub fn length(&self) -> Duration {
        let steps = self.steps.iter().flat_map(Step::all);
        let waits = steps.map(|step| match step.action {
            Action::Wait(milliseconds) => Duration::from_millis(milliseconds),
            _ => Duration::ZERO,
        });
        waits.sum::<Duration>() + Duration::from_secs_f64(self.takes_s.max(0.0))
    }
}

/// What a sandbox is set to besides its script.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// The client's id, instead of one made up.
    pub client_id: Option<String>,
    /// The client's secret, instead of one made up.
    pub client_secret: Option<String>,
    /// Audiences besides the API's own.
    pub other_audiences: Vec<String>,
}

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
