//! Data files of a delivery that are still on their way to disk: whoever fetches them says which have arrived, and
//! readers wait for theirs. So an import counts the first files while later ones are being fetched.

use crate::cancel::CancelFlag;
use crate::error::ImportError;
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Between two looks at the cancel flag.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Shared between who fetches and who reads; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Arrivals(Arc<Arriving>);

#[derive(Debug, Default)]
struct Arriving {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    arrived: BTreeSet<usize>,
    broken_off: bool,
}

impl Arrivals {
    /// The shard lies in its place, whole, and has the length and the MD5 that the manifest gives.
    pub fn arrived(&self, shard: usize) {
        self.change(|state| {
            state.arrived.insert(shard);
        });
    }

    /// What has not arrived will not: readers that wait for it end with [`ImportError::Cancelled`].
    pub fn break_off(&self) {
        self.change(|state| state.broken_off = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.changed.notify_all();
    }

    pub(crate) fn wait(&self, shard: usize, cancel: &CancelFlag) -> Result<(), ImportError> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if state.arrived.contains(&shard) {
                return Ok(());
            }
            if state.broken_off {
                return Err(ImportError::Cancelled);
            }
            cancel.check()?;
            let waited = self.0.changed.wait_timeout(state, LOOK_EVERY);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
