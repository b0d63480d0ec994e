use std::collections::BTreeMap;

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
    /// The verdict on a rule. `exceptions` are those of the manifest: for a rule, a scenario, or one
    /// case of it. Only when `is_whole`, when no case of it was left out, can one be called stale.
    #[must_use]
    pub fn new(
        rule: &Rule,
        cases: &[CaseReport],
        exceptions: &BTreeMap<String, String>,
        is_whole: bool,
    ) -> Self {
        let breaks = |case: &&CaseReport| {
            let mut rules = case.failures.iter().flat_map(|failure| &failure.rules);
            rules.any(|id| *id == rule.id)
        };
        let tests = |case: &&CaseReport| case.rules.contains(&rule.id);
        // A scenario's exception is for the rules that it tests: a leak that shows besides is none.
        let excused = |case: &&CaseReport| {
            tests(case)
                && [&case.id, &case.scenario]
                    .iter()
                    .any(|id| exceptions.contains_key(*id))
        };
        let of_scenarios = exceptions.iter().filter(|(id, _)| {
            let mut tested = cases.iter().filter(tests);
            tested.any(|case| **id == case.id || **id == case.scenario)
        });
        let of_scenarios: Vec<(&String, &String)> = of_scenarios.collect();
        let is_stale = |id: &String| {
            let meant = |case: &&CaseReport| case.id == *id || case.scenario == *id;
            let meant: Vec<&CaseReport> = cases.iter().filter(meant).collect();
            meant.iter().any(|case| case.outcome == Outcome::Passed)
                && meant.iter().all(|case| case.failures.is_empty())
        };
        let of_rule = exceptions.get(&rule.id);
        let count = |outcome: Outcome| {
            let cases = cases.iter().filter(tests);
            cases.filter(|case| case.outcome == outcome).count()
        };
        let failed = cases.iter().filter(breaks).count();
        let unexcused = cases.iter().filter(breaks).filter(|case| !excused(case));
        let unexcused = unexcused.count();
        let (passed, not_applicable, not_run) = (
            count(Outcome::Passed),
            count(Outcome::NotApplicable),
            count(Outcome::NotRun),
        );
        let has_stale = is_whole && of_scenarios.iter().any(|(id, _)| is_stale(id));
        let verdict = match (unexcused, not_run, passed, not_applicable) {
            (1.., ..) if of_rule.is_some() => Verdict::Excepted,
            (1.., ..) => Verdict::Failed,
            (0, 1.., ..) => Verdict::NotRun,
            _ if has_stale => Verdict::StaleException,
            _ if failed > 0 => Verdict::Excepted,
            (0, 0, 1.., _) if of_rule.is_some() && is_whole => Verdict::StaleException,
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
        let reasons = of_scenarios
            .into_iter()
            .map(|(id, reason)| format!("{id}: {reason}"));
        let reasons: Vec<String> = of_rule.cloned().into_iter().chain(reasons).collect();
        Self {
            id: rule.id.clone(),
            verdict,
            passed,
            failed,
            not_applicable,
            not_run,
            exception: (!reasons.is_empty()).then(|| reasons.join("; ")),
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
            errors: vec![],
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
            let report = RuleReport::new(&rule(&[Proof::S]), &cases, &BTreeMap::new(), true);
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
            let report = RuleReport::new(&rule(proof), &[], &BTreeMap::new(), true);
            assert_eq!(report.verdict, verdict, "{proof:?}");
        }
    }

    #[test]
    fn a_declared_exception_must_fail() {
        let exceptions = BTreeMap::from([("K1".to_owned(), "the library cannot".to_owned())]);
        let verdict = |case: CaseReport, is_whole| {
            RuleReport::new(&rule(&[Proof::S]), &[case], &exceptions, is_whole).verdict
        };
        let failed = case(Outcome::Failed, &["K1"]);
        assert_eq!(verdict(failed, true), Verdict::Excepted);
        let passed = case(Outcome::Passed, &[]);
        assert_eq!(verdict(passed.clone(), true), Verdict::StaleException);
        assert_eq!(verdict(passed, false), Verdict::Passed);
    }

    #[test]
    fn an_exception_may_name_a_scenario_and_excuses_nothing_else() {
        let exceptions = BTreeMap::from([("case".to_owned(), "the library cannot".to_owned())]);
        let verdict = |cases: &[CaseReport], is_whole| {
            RuleReport::new(&rule(&[Proof::S]), cases, &exceptions, is_whole).verdict
        };
        let (failed, passed) = (case(Outcome::Failed, &["K1"]), case(Outcome::Passed, &[]));
        let named = |scenario: &str, case: &CaseReport| CaseReport {
            id: format!("{scenario}[row]"),
            scenario: scenario.to_owned(),
            ..case.clone()
        };
        let (other, other_failed) = (named("other", &passed), named("other", &failed));
        assert_eq!(
            verdict(&[failed.clone(), other.clone()], true),
            Verdict::Excepted
        );
        assert_eq!(
            verdict(&[failed.clone(), other_failed], true),
            Verdict::Failed
        );
        assert_eq!(
            verdict(&[passed.clone(), other.clone()], true),
            Verdict::StaleException
        );
        assert_eq!(verdict(&[passed, other.clone()], false), Verdict::Passed);
        // One row of the scenario that fails is enough.
        let row = named("case", &failed);
        assert_eq!(
            verdict(&[row, named("case", &other)], true),
            Verdict::Excepted
        );
    }
}
