use std::sync::{Condvar, Mutex, PoisonError};

/// A number of slots, each for one worker at a time.
#[derive(Debug)]
pub struct Slots {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A slot that is taken; dropping it gives it back.
#[derive(Debug)]
pub struct Slot<'a>(&'a Slots);

impl Slots {
    /// So many, at least one.
    #[must_use]
    pub fn new(number: usize) -> Self {
        Self {
            free: Mutex::new(number.max(1)),
            freed: Condvar::new(),
        }
    }

    /// Waits for a slot and takes it.
    pub fn take(&self) -> Slot<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.freed.wait_while(free, |free| *free == 0);
        *waited.unwrap_or_else(PoisonError::into_inner) -= 1;
        Slot(self)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
