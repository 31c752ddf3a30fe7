//! Step 3: how objects are converted, which ones, and how fast at most.

use super::wrong;
use crate::backend::Draft;
use crate::parts::{Field, FieldError};
use leptos::prelude::*;
use model::scenario;

/// A value of a choice with its words.
type Choice = (&'static str, &'static str);

const METHODS: [Choice; 3] = [
    ("automatic", "Update where S3 takes it, copy the rest"),
    ("update-only", "UpdateObjectEncryption alone"),
    ("copy-only", "CopyObject alone"),
];
const BUCKET_KEY: [Choice; 2] = [
    ("on", "On: fewer KMS requests"),
    ("off", "Off: a KMS request per object request"),
];
const NONCURRENT: [Choice; 2] = [("on", "Convert them too"), ("off", "Leave them as they are")];
const CANARY_ASKS: [Choice; 2] = [("off", "Go on by itself"), ("on", "Pause and wait for a word")];
const LOOKS: [Choice; 3] = [
    ("standard", "Look where something could be lost"),
    ("each", "Look at every object"),
    ("fewest", "No look where a copy can lose nothing"),
];
const READERS: [Choice; 2] = [
    ("off", "In bucket policies, and those named"),
    ("on", "All users and roles of the account"),
];
const REKEY: [Choice; 2] = [
    ("off", "Leave them under their key"),
    ("on", "Put them under this plan’s key"),
];

const EXECUTORS: [Choice; 2] = [
    ("here", "This server"),
    ("jobs", "S3 Batch Operations, a job a bucket"),
];
const MANIFESTS: [Choice; 3] = [
    ("written", "A list that Rekey writes"),
    ("inventory", "The inventory as S3 delivered it"),
    ("generated", "A list that S3 makes"),
];

/// The fields.
#[component]
pub(super) fn Limits(draft: Draft, errors: Vec<scenario::FieldError>) -> impl IntoView {
    let on_off = |on: bool| if on { "on" } else { "off" };
    let pick = |name, label, hint, choices, value: &str| {
        let (value, error) = (value.to_string(), wrong(&errors, name));
        view! { <Pick name label hint choices value error/> }
    };
    let entry = |name, label, hint, value: &str| {
        let (value, error) = (value.to_string(), wrong(&errors, name));
        view! { <Entry name label hint value error/> }
    };
    view! {
        <section class="panel" id="limits" role="group" aria-labelledby="limits-title">
            <h2 id="limits-title">"3. Method and limits"</h2>
            <div class="fields">
                {pick("method", "Method", "The update moves no data and keeps dates, tags and versions.", &METHODS, &draft.method)}
                {pick("bk", "S3 Bucket Key", "For the objects and for the default encryption of their buckets.", &BUCKET_KEY, on_off(draft.bucket_key))}
                {pick("noncurrent", "Noncurrent versions", "Only an update can convert them.", &NONCURRENT, on_off(draft.noncurrent))}
                {pick("rekey", "Objects already under SSE-KMS", "The inventory does not say under which key they are.", &REKEY, on_off(draft.rekey))}
                {entry("share", "Share of KMS headroom, %", "Of what the quota leaves; it can be changed while the migration runs.", &draft.share)}
                {entry("calls", "KMS calls per object", "An assumption: AWS publishes no figure.", &draft.calls)}
                {entry("in_flight", "Requests in flight", "To S3 at once.", &draft.in_flight)}
                {entry("s3_writes", "S3 writes a second, per prefix", "S3 promises 3,500 at least; a busy prefix may be given more.", &draft.s3_writes)}
                {entry("verify", "Objects read back per bucket", "“every”, or at most so many of each bucket.", &draft.verify)}
                {entry("canary", "Canaries of each kind", "Converted and compared in full before the rest of their bucket; 0 for none.", &draft.canary)}
                {pick("canary_asks", "After the canaries", "The first objects can be looked at before the rest.", &CANARY_ASKS, on_off(draft.canary_asks))}
                {pick("looks", "Before an object is converted", "The inventory is hours old. An update has no condition in S3: without a look, what came under another key since is put under this one.", &LOOKS, &draft.looks)}
                {entry("hours", "Hours of the day, UTC", "As 22-6; empty for any time.", &draft.hours)}
                {entry("freeze", "Days without changes", "As 2026-11-27, 2026-12-24..2027-01-02; empty for none.", &draft.freeze)}
                {pick("executor", "Who makes the updates", "Jobs are for millions of objects: S3 works by itself, without a throttle or a pause. Copies stay here.", &EXECUTORS, &draft.executor)}
                {pick("manifest", "List of a job", "Of the objects that it updates.", &MANIFESTS, &draft.manifest)}
                {entry("job_role", "Role of the jobs", "Its ARN; it trusts batchoperations.s3.amazonaws.com.", &draft.job_role)}
                {entry("job_place", "Place for lists and reports", "As s3://bucket/prefix; one for each Region, separated by blanks.", &draft.job_place)}
                {pick("all_readers", "Readers to look at", "Who could not read any more; IAM is asked about each.", &READERS, on_off(draft.all_readers))}
                {entry("readers", "Further readers", "ARNs of users and roles, separated by blanks.", &draft.readers)}
                {entry("name", "Name of the migration", "Typed to confirm it. One bucket: its own name if this is empty.", &draft.name)}
            </div>
        </section>
    }
}

#[component]
fn Pick(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    choices: &'static [Choice],
    value: String,
    error: Option<String>,
) -> impl IntoView {
    let id = format!("field-{name}");
    let described = format!("{id}-hint {id}-error");
    let option = move |(word, title): &Choice| {
        let (word, title) = (*word, *title);
        view! { <option value=word selected=word == value>{title}</option> }
    };
    view! {
        <Field id=id.clone() label hint>
            <select id=id.clone() name=name aria-describedby=described>{choices.iter().map(option).collect_view()}</select>
            <FieldError id=id.clone() message=error/>
        </Field>
    }
}

#[component]
fn Entry(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    value: String,
    error: Option<String>,
) -> impl IntoView {
    let id = format!("field-{name}");
    let described = format!("{id}-hint {id}-error");
    let invalid = error.is_some().then_some("true");
    view! {
        <Field id=id.clone() label hint>
            <input id=id.clone() name=name value=value autocomplete="off" aria-describedby=described aria-invalid=invalid/>
            <FieldError id=id.clone() message=error/>
        </Field>
    }
}
