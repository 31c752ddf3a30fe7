//! Policies from outside: how they are read, who loses access by the move, and what the checks of a plan find in policies,
//! grants, ACLs and settings.

mod evaluation;
mod evidence;
mod jobs;
mod logs;
mod named;
mod readers;
mod replication;
mod rules;
mod settings;
