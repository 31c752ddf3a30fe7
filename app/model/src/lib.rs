//! Costs, quotas, plans and migration states of an SSE-S3 to SSE-KMS move, as pure functions of values.
//!
//! Used by the server and, compiled to wasm32, by the browser, so that a what-if answer is the same on both. There is no
//! I/O, clock, randomness or async here; money is integer nano-dollars and every quantity has a type with its unit.

pub mod alternatives;
pub mod assumptions;
pub mod basis;
pub mod classes;
pub mod comparison;
pub mod cost;
pub mod counted;
pub mod daily;
pub mod encryption;
pub mod estate;
pub mod forecast;
pub mod format;
pub mod headroom;
pub mod increases;
pub mod inventory;
pub mod inventory_offer;
pub mod jobs;
pub mod key_calls;
pub mod line_choices;
pub mod measured;
pub mod method;
pub mod migration;
pub mod money;
pub mod overview;
pub mod permissions;
pub mod plan;
pub mod planning;
pub mod policy;
pub mod preflight;
pub mod prices;
pub mod quantity;
pub mod quotas;
pub mod requests;
pub mod row;
pub mod scenario;
pub mod sensitivity;
pub mod time;
pub mod window;
pub mod workload;
