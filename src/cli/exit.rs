//! The exit codes, and which goes with what.

use std::io::ErrorKind;

use super::error::Error;
use crate::{
    catalog::CatalogError,
    project::{scaffold::ScaffoldError, seen_errors::SeenErrorsError, writer::WriteError},
    system::process::ProcessError,
    verify::{
        prepare::PrepareError,
        report::{Outcome, Report, TargetReport},
    },
};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: it looked and found something: drift, a failed rule, a lint, a step that failed.
    Findings,
    /// 2: wrong usage or bad input.
    Usage,
    /// 3: files are in the way.
    Conflict,
    /// 4: a toolchain is missing.
    MissingToolchain,
    /// 5: input or output failed.
    InputOutput,
    /// 130: interrupted by Ctrl-C, as shells report it.
    Interrupted,
    /// The exit code of the command that `sandbox -- CMD` ran; 127 when there is none, 126 when it cannot be run.
    Command(u8),
}

impl From<Exit> for u8 {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Conflict => 3,
            Exit::MissingToolchain => 4,
            Exit::InputOutput => 5,
            Exit::Interrupted => 130,
            Exit::Command(code) => code,
        }
    }
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error {
            Error::Catalog(error) | Error::Scaffold(ScaffoldError::Catalog(error)) => error.into(),
            Error::Write(WriteError::Interrupted)
            | Error::Process(ProcessError::Interrupted)
            | Error::Interrupted => Self::Interrupted,
            Error::Conflict { .. }
            | Error::Merge { .. }
            | Error::Write(
                WriteError::Conflict { .. }
                | WriteError::Symlink { .. }
                | WriteError::InTheWay { .. },
            ) => Self::Conflict,
            Error::Write(WriteError::Unnamed { .. })
            | Error::Scaffold(ScaffoldError::Path { .. } | ScaffoldError::NameTaken { .. })
            | Error::Option(_)
            | Error::Subject(_)
            | Error::SeenErrors(SeenErrorsError::NoReport { .. })
            | Error::Usage(_)
            | Error::Library(_) => Self::Usage,
            Error::Write(_)
            | Error::Output(_)
            | Error::Sandbox(_)
            | Error::Port { .. }
            | Error::Report { .. }
            | Error::SeenErrors(SeenErrorsError::Unreadable { .. })
            | Error::Process(ProcessError::NotStarted { .. } | ProcessError::Temporary { .. }) => {
                Self::InputOutput
            }
            Error::Command(error) => error.into(),
            Error::Step { .. } | Error::Process(ProcessError::Failed { .. }) => Self::Findings,
            Error::Prepare(error) => error.into(),
            Error::Toolchain(_) => Self::MissingToolchain,
        }
    }
}

impl From<&ProcessError> for Exit {
    /// For the command of `sandbox -- CMD`, as shells have it.
    fn from(error: &ProcessError) -> Self {
        match error {
            ProcessError::NotStarted { source, .. } if source.kind() == ErrorKind::NotFound => {
                Self::Command(127)
            }
            _ => Self::Command(126),
        }
    }
}

impl From<&CatalogError> for Exit {
    fn from(error: &CatalogError) -> Self {
        match error {
            CatalogError::Unreadable { .. } => Self::InputOutput,
            _ => Self::Usage,
        }
    }
}

impl From<&PrepareError> for Exit {
    fn from(error: &PrepareError) -> Self {
        match error {
            PrepareError::Toolchain(_) => Self::MissingToolchain,
            PrepareError::Process(ProcessError::Interrupted)
            | PrepareError::Write(WriteError::Interrupted) => Self::Interrupted,
            PrepareError::NotEmpty { .. }
            | PrepareError::Write(WriteError::Symlink { .. } | WriteError::InTheWay { .. }) => {
                Self::Conflict
            }
            PrepareError::Write(_)
            | PrepareError::Process(_)
            | PrepareError::Cache { .. }
            | PrepareError::Copy { .. }
            | PrepareError::Unreadable { .. } => Self::InputOutput,
            PrepareError::Catalog(_)
            | PrepareError::Scaffold(_)
            | PrepareError::Plan(_)
            | PrepareError::NoDriver { .. }
            | PrepareError::NoFolder { .. }
            | PrepareError::NoProvenance { .. }
            | PrepareError::Provenance { .. } => Self::Usage,
        }
    }
}

impl Exit {
    /// That of a run of `verify`: a failure is hidden by nothing; what the machine did not let run is no success; a missing
    /// toolchain counts where it is required.
    #[must_use]
    pub fn of_report(report: &Report, is_required: bool) -> Self {
        let has = |outcome| {
            report
                .targets
                .iter()
                .any(|target| target.outcome == outcome)
        };
        let was_hindered =
            |target: &TargetReport| target.outcome == Outcome::NotRun && !target.lacks_toolchain;
        if has(Outcome::Failed) {
            Self::Findings
        } else if report.targets.iter().any(was_hindered) {
            Self::InputOutput
        } else if has(Outcome::NotRun) && is_required {
            Self::MissingToolchain
        } else {
            Self::Done
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn the_exit_code_of_a_report_hides_nothing() {
        let catalog = Catalog::load(None).unwrap();
        let exit = |outcomes: &[(Outcome, bool)], is_required| {
            let target = |(outcome, lacks_toolchain): &(Outcome, bool)| TargetReport {
                lacks_toolchain: *lacks_toolchain,
                ..TargetReport::without_cases(String::new(), *outcome, String::new())
            };
            let targets = outcomes.iter().map(target).collect();
            let report = Report::new(catalog.contract().unwrap(), "1", 0, targets);
            Exit::of_report(&report, is_required)
        };
        let (passed, failed) = ((Outcome::Passed, false), (Outcome::Failed, false));
        let (not_run, hindered) = ((Outcome::NotRun, true), (Outcome::NotRun, false));
        assert_eq!(exit(&[hindered, failed], true), Exit::Findings);
        assert_eq!(exit(&[hindered, not_run], true), Exit::InputOutput);
        assert_eq!(exit(&[passed, hindered], false), Exit::InputOutput);
        assert_eq!(exit(&[passed, not_run, failed], true), Exit::Findings);
        assert_eq!(exit(&[failed, passed], false), Exit::Findings);
        assert_eq!(exit(&[not_run, passed], true), Exit::MissingToolchain);
        assert_eq!(exit(&[not_run, passed], false), Exit::Done);
        assert_eq!(exit(&[passed], true), Exit::Done);
    }
}
