//! What a bucket's job of S3 Batch Operations is and did, in a sentence of the migration's page.

use model::format::{counted, grouped};
use model::jobs::{JobProgress, JobResult};
use model::migration::State;

/// A bucket's job in a sentence, in a migration that stands there.
pub(super) fn told(job: &JobProgress, state: State) -> String {
    let result = match (&job.result, &job.id) {
        (Some(result), None) => {
            return format!(
                "S3 Batch Operations: nothing was left for a job ({})",
                result.status.word()
            );
        }
        (result, _) => result.as_ref(),
    };
    let id = job.id.as_ref().map_or_else(String::new, |id| format!(" ({id})"));
    let stands = result.map_or_else(|| open(job, state).to_string(), ended);
    format!("S3 Batch Operations job {}{id}: {stands}", job.number)
}

/// How a job ended, and what it did.
pub(super) fn ended(result: &JobResult) -> String {
    format!(
        "{}, {} of {} updated, {} failed",
        result.status.word(),
        grouped(result.succeeded),
        counted(result.total, "object"),
        grouped(result.failed)
    )
}

/// How far one is that is not known to have ended.
fn open(job: &JobProgress, state: State) -> &'static str {
    match (&job.token, &job.id) {
        (None, _) => unasked(state),
        (Some(_), None) => unanswered(state),
        (Some(_), Some(_)) => made(state),
    }
}

/// S3 was not asked for it.
const fn unasked(state: State) -> &'static str {
    match state {
        State::Planned | State::Confirmed | State::Running => "its list is being written",
        State::Pausing | State::Paused | State::Stopped => {
            "not made yet; it is once the migration is resumed"
        }
        State::Cancelling | State::Cancelled => "not made, since the migration was cancelled before",
        State::Verifying | State::Succeeded | State::SucceededWithExceptions => "not made",
    }
}

/// S3 was asked for it, and no answer is known.
const fn unanswered(state: State) -> &'static str {
    match state {
        State::Planned | State::Confirmed | State::Running => "S3 is being asked for it",
        State::Pausing | State::Cancelling => "S3 was asked for it; it is being looked for, to be ended",
        State::Paused | State::Stopped => {
            "S3 was asked for it and has not answered; it is asked again once the migration is resumed or cancelled"
        }
        State::Cancelled | State::Verifying | State::Succeeded | State::SucceededWithExceptions => {
            "S3 was asked for it and has not answered: look in the S3 console whether it is there"
        }
    }
}

/// S3 made it.
const fn made(state: State) -> &'static str {
    match state {
        State::Planned | State::Confirmed | State::Running => "under way",
        State::Pausing | State::Cancelling => "being ended",
        State::Paused | State::Stopped => {
            "not known to have ended, so that S3 may be working on it; it is followed once the migration is resumed, and ended once it is cancelled"
        }
        State::Cancelled | State::Verifying | State::Succeeded | State::SucceededWithExceptions => {
            "not known to have ended: look at it in the S3 console"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::jobs::JobStatus;

    fn job(token: Option<&str>, id: Option<&str>) -> JobProgress {
        JobProgress {
            token: token.map(ToString::to_string),
            id: id.map(ToString::to_string),
            ..JobProgress::announced(1)
        }
    }

    #[test]
    fn each_stage_of_a_job_is_told_as_the_migration_stands() {
        use State as S;
        let again = "once the migration is resumed";
        // Unasked, unanswered, made.
        let table: [(&[State], [&str; 3]); 7] = [
            (
                &[S::Planned, S::Confirmed, S::Running],
                ["list is being written", "being asked", "under way"],
            ),
            (&[S::Pausing], [again, "to be ended", "being ended"]),
            (&[S::Paused], [again, again, again]),
            (&[S::Stopped], [again, again, again]),
            (
                &[S::Cancelling],
                ["was cancelled before", "to be ended", "being ended"],
            ),
            (
                &[S::Cancelled],
                [
                    "was cancelled before",
                    "look in the S3 console",
                    "look at it in the S3 console",
                ],
            ),
            (
                &[S::Verifying, S::Succeeded, S::SucceededWithExceptions],
                [
                    "not made",
                    "look in the S3 console",
                    "look at it in the S3 console",
                ],
            ),
        ];
        let mut told_of = 0;
        for (states, words) in table {
            for state in states {
                told_of += 1;
                let jobs = [
                    job(None, None),
                    job(Some("t"), None),
                    job(Some("t"), Some("00e1")),
                ];
                for (job, words) in jobs.iter().zip(words) {
                    let text = told(job, *state);
                    assert!(text.contains(words), "{state}: {text}");
                    assert_eq!(text.contains("(00e1)"), job.id.is_some(), "{state}: {text}");
                    let may_be_there = job.token.is_some() && *state == S::Stopped;
                    assert!(!may_be_there || text.contains("cancelled"), "{state}: {text}");
                    assert!(
                        !state.is_ended() || !text.contains("under way"),
                        "{state}: {text}"
                    );
                }
            }
        }
        assert_eq!(told_of, State::ALL.len());
    }

    #[test]
    fn what_has_ended_is_told_alike_wherever_the_migration_stands() {
        let result = JobResult {
            status: JobStatus::Cancelled,
            total: 4_000,
            succeeded: 1_000,
            failed: 2,
            reasons: Vec::new(),
        };
        let ended = JobProgress {
            result: Some(result),
            ..job(Some("t"), Some("00e1"))
        };
        let nothing_left = JobProgress {
            id: None,
            ..ended.clone()
        };
        for state in State::ALL {
            let text =
                "S3 Batch Operations job 1 (00e1): Cancelled, 1,000 of 4,000 objects updated, 2 failed";
            assert_eq!(told(&ended, state), text);
            assert!(told(&nothing_left, state).contains("nothing was left"), "{state}");
        }
    }
}
