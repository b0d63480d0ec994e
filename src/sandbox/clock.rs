use std::time::{Duration, Instant, SystemTime};

/// One reading gives the time since the start and the time of day, so that the two always agree.
pub(crate) struct Clock {
    started: Instant,
    started_at: SystemTime,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
            started_at: SystemTime::now(),
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn time_of_day(&self, elapsed: Duration) -> SystemTime {
        self.started_at + elapsed
    }
}
