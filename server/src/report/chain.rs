//! The hash chain over a journal: each link binds an entry with its position and time to all before it, the first one
//! to the plan. Called by the report and by its check. A chain shows that a report was altered, not by whom: who could
//! rewrite all of it is found out only by a hash that was noted elsewhere, such as on paper.

use super::canonical;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// A SHA-256.
type Hash = [u8; 32];

/// An entry with its hash, as the document holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// Everything that is hashed: `seq`, `at` and `entry`.
    #[serde(flatten)]
    pub(crate) recorded: Map<String, Value>,
    /// Its hash.
    pub(crate) hash: String,
}

impl Link {
    /// Whether a person asked for it: the entry says by whom.
    pub(crate) fn is_command(&self) -> bool {
        self.recorded
            .get("entry")
            .and_then(|entry| entry.get("by"))
            .is_some()
    }
}

/// Where a chain begins and ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChainEnd {
    /// Hash of the opening.
    pub(crate) opening: String,
    /// Entries in the chain.
    pub(crate) entries: u64,
    /// Hash of the last entry; that of the opening where there is none.
    pub(crate) last: String,
    /// Hash over the last hash and the statement.
    pub(crate) seal: String,
}

/// A chain that grows.
#[derive(Debug)]
pub(crate) struct Chain {
    opening: Hash,
    last: Hash,
    entries: u64,
}

impl Chain {
    /// Begins with the opening.
    pub(crate) fn open(opening: &Value) -> Self {
        let opening = hash(&[], |out| canonical::write(opening, out));
        Self {
            opening,
            last: opening,
            entries: 0,
        }
    }

    /// Adds an entry.
    pub(crate) fn add(&mut self, seq: u64, at: UnixMillis, entry: Value) -> Link {
        let recorded = [
            ("seq", Value::from(seq)),
            ("at", Value::from(at.0)),
            ("entry", entry),
        ];
        let recorded = recorded.map(|(name, value)| (name.to_string(), value));
        self.add_recorded(recorded.into_iter().collect())
    }

    /// Adds an entry as a document holds it.
    pub(super) fn add_recorded(&mut self, recorded: Map<String, Value>) -> Link {
        self.last = hash(&self.last, |out| canonical::write_fields(&recorded, out));
        self.entries += 1;
        Link {
            recorded,
            hash: hex(&self.last),
        }
    }

    /// Its end, sealed under a statement.
    pub(crate) fn end(&self, statement: &Value) -> ChainEnd {
        ChainEnd {
            opening: hex(&self.opening),
            entries: self.entries,
            last: hex(&self.last),
            seal: hex(&hash(&self.last, |out| canonical::write(statement, out))),
        }
    }
}

/// Hash of what came before and a text.
fn hash(before: &[u8], write: impl FnOnce(&mut String)) -> Hash {
    let mut text = String::new();
    write(&mut text);
    let mut digest = Sha256::new();
    digest.update(before);
    digest.update(text.as_bytes());
    digest.finalize().into()
}

fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
