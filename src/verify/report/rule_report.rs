use serde::Serialize;

use super::{CaseReport, Outcome, Verdict};
use crate::catalog::{Proof, Rule};

/// What came of one rule for one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleReport {
    /// The rule.
    pub id: String,
    /// What is known of it.
    pub verdict: Verdict,
    /// Cases that passed.
    pub passed: usize,
    /// Cases that found it broken.
    pub failed: usize,
    /// Cases that the driver cannot take part in.
    pub not_applicable: usize,
    /// Cases that were not run.
    pub not_run: usize,
    /// Why the manifest says that it does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
}

impl RuleReport {
    /// The verdict on a rule. Only when `is_whole`, when no case of it was left out, can an
    /// exception be called stale.
    #[must_use]
    pub fn new(
        rule: &Rule,
        cases: &[CaseReport],
        exception: Option<&String>,
        is_whole: bool,
    ) -> Self {
        let breaks = |case: &&CaseReport| {
            let mut rules = case.failures.iter().flat_map(|failure| &failure.rules);
            rules.any(|id| *id == rule.id)
        };
        let count = |outcome: Outcome| {
            let tests = |case: &&CaseReport| case.rules.contains(&rule.id);
            let cases = cases.iter().filter(tests);
            cases.filter(|case| case.outcome == outcome).count()
        };
        let failed = cases.iter().filter(breaks).count();
        let (passed, not_applicable, not_run) = (
            count(Outcome::Passed),
            count(Outcome::NotApplicable),
            count(Outcome::NotRun),
        );
        let verdict = match (failed, not_run, passed, not_applicable) {
            (1.., ..) if exception.is_some() => Verdict::Excepted,
            (1.., ..) => Verdict::Failed,
            (0, 1.., ..) => Verdict::NotRun,
            (0, 0, 1.., _) if exception.is_some() && is_whole => Verdict::StaleException,
            (0, 0, 1.., _) => Verdict::Passed,
            (0, 0, 0, 1..) => Verdict::NotApplicable,
            (0, 0, 0, 0) => match rule.proof[..] {
                _ if rule
                    .proof
                    .iter()
                    .any(|proof| matches!(proof, Proof::S | Proof::V)) =>
                {
                    Verdict::NotAskedFor
                }
                [Proof::G, ..] => Verdict::CatalogCheck,
                _ => Verdict::OwnTests,
            },
        };
        Self {
            id: rule.id.clone(),
            verdict,
            passed,
            failed,
            not_applicable,
            not_run,
            exception: exception.cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::judgement::Failure;

    fn rule(proof: &[Proof]) -> Rule {
        Rule {
            id: "K1".into(),
            title: String::new(),
            text: String::new(),
            proof: proof.to_vec(),
            reference: None,
        }
    }

    fn case(outcome: Outcome, broken: &[&str]) -> CaseReport {
        let failure = |rule: &&str| Failure {
            rules: vec![(*rule).to_owned()],
            expected: String::new(),
            found: String::new(),
            exchanges: vec![],
        };
        CaseReport {
            id: "case".into(),
            scenario: "case".into(),
            row: None,
            title: String::new(),
            rules: vec!["K1".into()],
            outcome,
            reason: None,
            failures: broken.iter().map(failure).collect(),
            exchanges: vec![],
            time_ms: 0,
        }
    }

    #[test]
    fn nothing_hides_a_failure_and_passed_is_said_of_what_was_run_alone() {
        use Outcome::{Failed, NotApplicable, NotRun, Passed};
        let failed = case(Failed, &["K1"]);
        let leaks = case(Failed, &["S1"]);
        let (passed, missing) = (case(Passed, &[]), case(NotRun, &[]));
        let inept = case(NotApplicable, &[]);
        for (cases, verdict) in [
            (vec![], Verdict::NotAskedFor),
            (vec![passed.clone()], Verdict::Passed),
            (vec![passed.clone(), inept.clone()], Verdict::Passed),
            (vec![passed.clone(), missing.clone()], Verdict::NotRun),
            (vec![passed.clone(), missing, failed], Verdict::Failed),
            (vec![inept], Verdict::NotApplicable),
            (vec![passed, leaks], Verdict::Passed),
        ] {
            let report = RuleReport::new(&rule(&[Proof::S]), &cases, None, true);
            assert_eq!(report.verdict, verdict, "{cases:?}");
        }
    }

    #[test]
    fn a_rule_without_scenarios_is_never_passed() {
        for (proof, verdict) in [
            (&[Proof::T][..], Verdict::OwnTests),
            (&[Proof::T, Proof::G], Verdict::OwnTests),
            (&[Proof::G], Verdict::CatalogCheck),
            (&[Proof::S, Proof::T], Verdict::NotAskedFor),
        ] {
            let report = RuleReport::new(&rule(proof), &[], None, true);
            assert_eq!(report.verdict, verdict, "{proof:?}");
        }
    }

    #[test]
    fn a_declared_exception_must_fail() {
        let reason = "the library cannot".to_owned();
        let verdict = |case: CaseReport, is_whole| {
            RuleReport::new(&rule(&[Proof::S]), &[case], Some(&reason), is_whole).verdict
        };
        let failed = case(Outcome::Failed, &["K1"]);
        assert_eq!(verdict(failed, true), Verdict::Excepted);
        let passed = case(Outcome::Passed, &[]);
        assert_eq!(verdict(passed.clone(), true), Verdict::StaleException);
        assert_eq!(verdict(passed, false), Verdict::Passed);
    }
}
