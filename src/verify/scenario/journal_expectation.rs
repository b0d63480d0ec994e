use serde::{Deserialize, Deserializer};

use super::{
    checked::checked, count::Count, gap::Gap, party::Party, random_waits::RandomWaits,
    request_pattern::RequestPattern,
};
use crate::{
    sandbox::Exchange,
    verify::judgement::{Context, Finding, Observed},
};

/// What the servers have to have seen.
#[derive(Debug, Clone, PartialEq)]
pub enum JournalExpectation {
    /// Something about the requests to one of them.
    Of(Box<Requests>),
    /// Whom the requests were for, one after the other.
    Order(Vec<Party>, Option<String>),
}

/// Something about the requests to one server. What is given must all hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Requests {
    of: Party,
    rule: Option<String>,
    /// How many.
    count: Option<Count>,
    /// Those that `is` is about, counted from 1; all, if none is named.
    which: Vec<usize>,
    is: Option<RequestPattern>,
    gap: Option<Gap>,
    /// The waits between the tries.
    random_waits: Option<RandomWaits>,
    /// Only requests like this are meant.
    wanted: Option<RequestPattern>,
    /// At least so many at once.
    in_flight: Option<usize>,
    /// How many connections.
    connections: Option<Count>,
}

impl JournalExpectation {
    /// The rule that it is about, if it is about one of the scenario's alone.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::Of(requests) => requests.rule.as_deref(),
            Self::Order(_, rule) => rule.as_deref(),
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn findings(&self, observed: &Observed, context: &Context<'_>) -> Vec<Finding> {
        match self {
            Self::Of(requests) => requests.findings(observed, context),
            Self::Order(wanted, rule) => {
                let found: Vec<Party> = observed.exchanges.iter().map(Party::of).collect();
                if found == *wanted {
                    return Vec::new();
                }
                let shown = |parties: &[Party]| {
                    let names: Vec<String> = parties.iter().map(ToString::to_string).collect();
                    if names.is_empty() {
                        "none".to_owned()
                    } else {
                        names.join(", then ")
                    }
                };
                vec![Finding {
                    expected: format!("requests to {}", shown(wanted)),
                    found: shown(&found),
                    rule: rule.clone(),
                    exchanges: observed.exchanges.clone(),
                }]
            }
        }
    }
}

impl Requests {
    fn findings(&self, observed: &Observed, context: &Context<'_>) -> Vec<Finding> {
        let is_ours = |exchange: &&Exchange| {
            let is_meant = |wanted: &RequestPattern| wanted.mismatch(exchange, context).is_none();
            Party::of(exchange) == self.of && self.wanted.as_ref().is_none_or(is_meant)
        };
        let ours: Vec<&Exchange> = observed.exchanges.iter().filter(is_ours).collect();
        let mut findings = Vec::new();
        let mut find = |expected: String, found: String, shown: &[&Exchange]| {
            findings.push(Finding {
                expected,
                found,
                rule: self.rule.clone(),
                exchanges: shown.iter().map(|exchange| (*exchange).clone()).collect(),
            });
        };
        if let Some(count) = self.count
            && !count.fits(ours.len())
        {
            let expected = format!("{count} request{} to {}", count.plural(), self.of);
            find(expected, ours.len().to_string(), &ours);
        }
        if let Some(pattern) = &self.is {
            for (at, exchange) in ours.iter().enumerate() {
                let is_meant = self.which.is_empty() || self.which.contains(&(at + 1));
                if is_meant && let Some((expected, found)) = pattern.mismatch(exchange, context) {
                    let which = format!("request {} to {}", at + 1, self.of);
                    find(format!("{which} has {expected}"), found, &[exchange]);
                    break;
                }
            }
            if let Some(missing) = self.which.iter().find(|number| **number > ours.len()) {
                find(
                    format!("a request {missing} to {}", self.of),
                    format!("{} in all", ours.len()),
                    &ours,
                );
            }
        }
        if let Some(gap) = self.gap {
            self.check_gap(gap, &ours, &mut find);
        }
        if let Some(waits) = &self.random_waits {
            let times: Vec<_> = ours.iter().map(|exchange| exchange.at).collect();
            if let Some((expected, found)) = waits.problem(&times) {
                find(expected, found, &[]);
            }
        }
        if let Some(wanted) = self.in_flight {
            let most = most_in_flight(&ours);
            if most < wanted {
                let expected = format!("{wanted} requests to {} in flight together", self.of);
                find(expected, format!("at most {most}"), &ours);
            }
        }
        if let Some(count) = self.connections {
            let connections = observed.connections(self.of.place());
            if !count.fits(connections) {
                let expected = format!("{count} connection{} to {}", count.plural(), self.of);
                find(expected, connections.to_string(), &ours);
            }
        }
        findings
    }

    fn check_gap(
        &self,
        gap: Gap,
        ours: &[&Exchange],
        find: &mut impl FnMut(String, String, &[&Exchange]),
    ) {
        let which = format!(
            "between requests {} and {} to {}",
            gap.from, gap.to, self.of
        );
        let (Some(from), Some(to)) = (ours.get(gap.from - 1), ours.get(gap.to - 1)) else {
            find(
                format!("some time {which}"),
                format!("{} in all", ours.len()),
                ours,
            );
            return;
        };
        let time = to.at.saturating_sub(from.at);
        let found = format!("{:.3} s", time.as_secs_f64());
        if let Some(least) = gap.at_least
            && time < least
        {
            let expected = format!("at least {} s {which}", least.as_secs_f64());
            find(expected, found.clone(), &[from, to]);
        }
        if let Some(most) = gap.at_most
            && time > most
        {
            let expected = format!("at most {} s {which}", most.as_secs_f64());
            find(expected, found, &[from, to]);
        }
    }
}

fn most_in_flight(exchanges: &[&Exchange]) -> usize {
    let at_once = |one: &&Exchange| {
        let is_under_way = |other: &&&Exchange| {
            other.at <= one.at && other.ended_at.is_none_or(|ended| ended > one.at)
        };
        exchanges.iter().filter(is_under_way).count()
    };
    exchanges.iter().map(at_once).max().unwrap_or(0)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    of: Option<Party>,
    count: Option<Count>,
    #[serde(default)]
    which: super::one_or_many::OneOrMany<usize>,
    is: Option<RequestPattern>,
    gap: Option<Gap>,
    random_waits_s: Option<RandomWaits>,
    #[serde(rename = "where")]
    wanted: Option<RequestPattern>,
    in_flight: Option<usize>,
    connections: Option<Count>,
    order: Option<Vec<Party>>,
    rule: Option<String>,
}

impl TryFrom<Written> for JournalExpectation {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written {
            of,
            count,
            which,
            is,
            gap,
            random_waits_s: random_waits,
            wanted,
            in_flight,
            connections,
            order,
            rule,
        } = written;
        let says_nothing = count.is_none()
            && is.is_none()
            && gap.is_none()
            && random_waits.is_none()
            && in_flight.is_none()
            && connections.is_none();
        match (of, order) {
            (None, Some(order)) if says_nothing => Ok(Self::Order(order, rule)),
            (Some(_), None) if says_nothing => Err(
                "`of` needs one of `count`, `is`, `gap`, `random_waits_s`, `in_flight` and `connections`",
            ),
            (Some(of), None) => Ok(Self::Of(Box::new(Requests {
                of,
                rule,
                count,
                which: which.0,
                is,
                gap,
                random_waits,
                wanted,
                in_flight,
                connections,
            }))),
            _ => Err("an expectation has either `of` with what holds there, or `order` alone"),
        }
    }
}

impl<'de> Deserialize<'de> for JournalExpectation {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        checked::<_, Written, _>(source, "an expectation: a map")
    }
}
