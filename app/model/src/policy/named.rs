//! Whom a policy lets do something, as far as it names them. The checks before a migration look for readers here.

use super::condition::Truth;
use super::evaluate::{acts, names_account};
use super::statement::{Effect, Policy, Statement};
use std::collections::BTreeSet;

/// Whom the statements that allow an action name, whatever they are about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// ARNs of users and roles.
    pub principals: BTreeSet<String>,
    /// Numbers of accounts: all whom their own policies let.
    pub accounts: BTreeSet<String>,
    /// Canonical and federated users and sessions, whose own policies cannot be asked for.
    pub others: BTreeSet<String>,
    /// Statements that name nobody: everybody who fulfils their conditions, or everybody but some.
    pub open: BTreeSet<String>,
}

impl Policy {
    /// Whom it lets do this.
    #[must_use]
    pub fn named_for(&self, action: &str) -> Named {
        let mut named = Named::default();
        let about = |one: &&Statement| one.effect == Effect::Allow && acts(&one.actions, action) != Truth::No;
        for statement in self.statements.iter().filter(about) {
            named.take(statement);
        }
        named
    }
}

impl Named {
    fn take(&mut self, statement: &Statement) {
        let Some(principals) = &statement.principals else {
            return;
        };
        if principals.negated || (principals.everybody && !statement.conditions.is_empty()) {
            self.open.insert(statement.name.clone());
            return;
        }
        self.others.extend(principals.others.iter().cloned());
        for name in &principals.aws {
            if let Some(account) = names_account(name) {
                self.accounts.insert(account.to_string());
            } else if name.contains(":role/") || name.contains(":user/") {
                self.principals.insert(name.clone());
            } else if name.starts_with("arn:") {
                // What is left is the id of a principal that was deleted, which nobody has.
                self.others.insert(name.clone());
            }
        }
    }
}
