use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

/// Waits between tries that have to be random: `[0.5, 1]` says that requests come three and three, the
/// first wait of each three a random part of 0.5 s and the second of 1 s, from nothing up (full jitter).
///
/// It is judged so that neither a busy machine nor chance makes a good client fail: with 30 times three
/// requests and 0.1 s of delay in each, one run in some thousands.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomWaits(Vec<f64>);

impl RandomWaits {
    /// What is wrong with the times of the requests: what was expected, and what was found.
    pub fn problem(&self, times: &[Duration]) -> Option<(String, String)> {
        let rounds: Vec<&[Duration]> = times.chunks_exact(self.0.len() + 1).collect();
        let mut waits = Vec::new();
        for (at, longest) in self.0.iter().enumerate() {
            let parts = rounds.iter().map(|round| {
                let wait = round[at + 1].saturating_sub(round[at]);
                wait.as_secs_f64() / longest
            });
            let parts: Vec<f64> = parts.collect();
            let has = |is_such: &dyn Fn(f64) -> bool| parts.iter().filter(|p| is_such(**p)).count();
            if has(&|part| part < 0.45) == 0 {
                let expected = format!(
                    "some waits of {} of less than half of it",
                    seconds(*longest)
                );
                return Some((expected, described(&parts, *longest)));
            }
            if has(&|part| part > 0.6) * 10 < parts.len() {
                let expected = format!(
                    "some waits of {} of more than half of it",
                    seconds(*longest)
                );
                return Some((expected, described(&parts, *longest)));
            }
            waits.extend(parts);
        }
        let too_long = waits.iter().filter(|part| **part > 1.3).count();
        (too_long * 20 > waits.len() * 3).then(|| {
            let longest: Vec<String> = self.0.iter().map(|longest| seconds(*longest)).collect();
            let expected = format!("waits of at most {}", longest.join(" and "));
            (
                expected,
                format!("{too_long} of {} are longer", waits.len()),
            )
        })
    }
}

fn seconds(number: f64) -> String {
    format!("{number} s")
}

fn described(parts: &[f64], longest: f64) -> String {
    let shortest = parts.iter().copied().fold(f64::INFINITY, f64::min);
    let most = parts.iter().copied().fold(0.0, f64::max);
    format!(
        "{} waits from {:.2} s to {:.2} s",
        parts.len(),
        shortest * longest,
        most * longest
    )
}

impl<'de> Deserialize<'de> for RandomWaits {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let longest = Vec::<f64>::deserialize(source)?;
        if longest.is_empty() || longest.iter().any(|longest| *longest <= 0.0) {
            return Err(D::Error::custom(
                "`random_waits_s` is a list of longest waits",
            ));
        }
        Ok(Self(longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits that are evenly spread from `from` to `to` parts of the longest, each `late_s` late.
    fn times(from: f64, to: f64, late_s: f64) -> Vec<Duration> {
        let mut now = 0.0;
        let mut times = Vec::new();
        for round in 0..30_u8 {
            times.push(now);
            for longest in [0.5, 1.0] {
                let part = from + (to - from) * f64::from(round) / 29.0;
                now += part * longest + late_s;
                times.push(now);
            }
            now += 0.01;
        }
        times.into_iter().map(Duration::from_secs_f64).collect()
    }

    #[test]
    fn only_the_whole_range_is_random() {
        let waits = RandomWaits(vec![0.5, 1.0]);
        for (from, to, late_s, is_good) in [
            (0.0, 1.0, 0.0, true),
            (0.0, 1.0, 0.15, true),
            (1.0, 1.0, 0.0, false),
            (0.5, 1.0, 0.0, false),
            (0.0, 2.0, 0.0, false),
            (0.0, 0.0, 0.02, false),
            (0.0, 0.5, 0.0, false),
        ] {
            let problem = waits.problem(&times(from, to, late_s));
            assert_eq!(problem.is_none(), is_good, "{from} {to}: {problem:?}");
        }
    }
}
