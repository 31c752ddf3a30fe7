//! In whose name something is done. Journals, plans and records name this person.

use std::fmt;
use std::sync::Arc;

/// A person, as the proxy in front of the server names them; whoever can reach the server where no proxy tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Who(Arc<str>);

impl Who {
    /// A person by name.
    pub(crate) fn new(name: &str) -> Self {
        Self(name.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Who {
    fn default() -> Self {
        Self::new("operator")
    }
}

impl fmt::Display for Who {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
