//! Numbers that a run is held to, each with its reason. None is a setting: what an operator decides is in the plan.

use model::quantity::RequestsPerSecond;
use std::time::Duration;

/// How long a runner waits to be told whose credentials it has, before it begins without that: STS answers in a fraction of
/// a second, or its endpoint cannot be reached from here.
pub(crate) const CALLER_PATIENCE: Duration = Duration::from_secs(5);

/// KMS calls a second where the plan names no rate for a Region: slow enough for every Region's quota, so that a gap in
/// a plan costs time and not anybody's service.
pub(crate) const KMS_BUDGET_UNKNOWN: RequestsPerSecond = RequestsPerSecond::whole(100);

/// How far a lane may lag behind its pace and make up for it: timers are exact to a millisecond and threads wake late.
/// More than that is lost, so that a pause of the machine does not end in a burst.
pub(crate) const CATCH_UP: Duration = Duration::from_millis(100);

/// After a throttled answer the rate is halved, at most this often: all requests in flight meet the same event.
pub(crate) const CUT_EVERY: Duration = Duration::from_secs(1);

/// After a cut the rate grows by the budget over this many each second: back at the budget within twenty seconds.
pub(crate) const GROWTH_PARTS: u64 = 20;

/// A cut never goes below the budget over this many, so that a run recovers from an hour of throttling by itself.
pub(crate) const FLOOR_PARTS: u64 = 100;

/// An object that is throttled for so long fails; others may do better, and a retry brings it back.
pub(crate) const THROTTLED_AT_MOST: Duration = Duration::from_secs(15 * 60);

/// Attempts that may end in a passing fault or without an answer, of an object or of any other request: with the waits
/// between them about a minute.
pub(crate) const PASSING_FAULTS_MAX: u32 = 8;

/// How long what was seen of an object holds for an update, which has no condition.
pub(crate) const LOOK_HOLDS: Duration = Duration::from_secs(1);

/// How far the clocks of this machine and of AWS may be apart.
pub(crate) const CLOCKS_APART: Duration = Duration::from_secs(5 * 60);

/// Looks at an object that another writer changes each time.
pub(crate) const CHANGED_MAX: u32 = 5;

/// First wait after a fault; it doubles with each further one.
pub(crate) const BACKOFF_FIRST: Duration = Duration::from_millis(200);

/// Longest wait between two attempts.
pub(crate) const BACKOFF_MAX: Duration = Duration::from_secs(20);

/// Outcomes over which the share of failures is judged.
pub(crate) const FAILURES_WINDOW: usize = 1_000;

/// Failures in that window that a run bears: one object in a hundred. S3 Batch Operations fails a job at half (Amazon S3
/// User Guide, "Tracking job status", 2026-04), which is late for what stops and asks instead of failing.
pub(crate) const FAILURES_IN_WINDOW: usize = 10;

/// Failures that one runner may add: more need a person, and all of them are held in memory and shown.
pub(crate) const FAILURES_MAX: u64 = 10_000;

/// Requests in flight, whatever a plan says: each holds a connection.
pub(crate) const IN_FLIGHT_MAX: usize = 4_096;

/// Rows in one batch, whatever a plan says: its failures are one journal entry.
pub(crate) const BATCH_ROWS_MAX: u32 = 10_000;

/// Prefixes whose request rates are followed at once before idle ones are forgotten.
pub(crate) const PREFIXES_TRACKED: usize = 1_000;

/// Bytes of a canary's body that are compared: enough to see that it is the same object, little enough to hold twice.
pub(crate) const CANARY_BODY_MAX: usize = 8 << 20;

/// Bytes of a job's list that are handed to the upload at a time.
pub(crate) const MANIFEST_PIECE_BYTES: usize = 1 << 20;

/// What CloudWatch has had to count by then is taken to be whole. No delay is published.
pub(crate) const CLOUDWATCH_SETTLES: Duration = Duration::from_secs(3 * 60);

/// Minutes of which the busiest says what others use: their load comes in waves.
pub(crate) const MINUTES_MEASURED: usize = 15;

/// How long a bucket counts as being there once it was seen: objects that are found gone meanwhile are not asked after.
pub(crate) const BUCKET_SEEN: Duration = Duration::from_secs(10);

/// How often a closed window is looked at, at least: the clock of the machine may be set.
pub(crate) const WINDOW_LOOK: Duration = Duration::from_secs(30);

/// Rows that are begun of one batch before the next batch has its turn: few enough that all prefixes at hand are busy,
/// and enough that a small batch is through before others are begun.
pub(crate) const ROWS_IN_TURN: usize = 64;
