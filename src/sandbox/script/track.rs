use super::super::Request;
use super::Step;

/// How far an endpoint's steps have been played.
#[derive(Debug, Default)]
pub(crate) struct Track {
    requests: usize,
    /// The requests that took their turn, not a step with `when`.
    turns: usize,
    /// How often each step with `when` was used, by its place.
    used: Vec<usize>,
}

impl Track {
    /// The step for the next request, which bears token `bears`.
    pub(crate) fn next<'a>(
        &mut self,
        steps: &'a [Step],
        request: &Request,
        bears: Option<usize>,
    ) -> Option<&'a Step> {
        self.requests += 1;
        self.used.resize(steps.len(), 0);
        let conditional = steps.iter().zip(&mut self.used).find(|(step, used)| {
            let fits = |when: &super::When| when.fits(request, self.requests, bears);
            step.when.as_ref().is_some_and(fits) && step.times.is_none_or(|times| **used < times)
        });
        if let Some((step, used)) = conditional {
            *used += 1;
            return Some(step);
        }
        self.turns += 1;
        let mut turns = steps.iter().filter(|step| step.when.is_none());
        let mut left = self.turns;
        let due = turns.clone().find(|step| {
            let times = step.times.unwrap_or(1);
            let is_due = left <= times;
            left = left.saturating_sub(times);
            is_due
        });
        due.or_else(|| turns.next_back())
    }
}
