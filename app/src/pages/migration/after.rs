//! What comes after the run, each by a decision of its own: uploads held to the key by the bucket policy, that taken back,
//! the default encryption put back. Plain forms: the answer is the page anew.

use crate::api::Act;
use crate::backend::{Action, BucketRow, MigrationPage};
use crate::parts::{Callout, Tone};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use model::encryption::KeyArn;
use model::migration::{Setting, State};
use model::policy::enforced;

/// The section; nothing before the run has ended.
#[component]
pub(super) fn After(page: MigrationPage) -> impl IntoView {
    if !page.live.state.is_ended() {
        return None;
    }
    let id = page.plan.id.0.clone();
    let may = |action| page.actions.contains(&action);
    let forms = [
        may(Action::Enforce).then(|| enforce(&id, page.live.state, &page.buckets)),
        may(Action::Release).then(|| release(&id)),
        may(Action::RestoreDefault).then(|| restore(&id, &page.buckets)),
        may(Action::DeleteKey).then(|| delete_key(&id, &page.plan.name)),
        may(Action::KeepKey).then(|| keep_key(&id)),
    ];
    let any = forms.iter().any(Option::is_some);
    let held = page.buckets.iter().map(held).collect_view();
    let open = page.buckets.iter().filter(|row| row.setting_open.is_some());
    let open: Vec<String> = open.map(|row| row.bucket.clone()).collect();
    let cut_short = (!open.is_empty()).then(|| {
        view! {
            <Callout tone=Tone::Watch title="A change was begun and not seen to its end">
                <p class="break">{open.join(", ")} ": ask for it again, and it goes on from there."</p>
            </Callout>
        }
    });
    let elsewhere = page.buckets.iter().filter_map(elsewhere).collect_view();
    let settled = (!any && page.buckets.iter().all(|row| row.settings.is_empty()))
        .then(|| view! { <p class="quiet">"Nothing is left to decide here."</p> });
    Some(view! {
        <section class="panel" id="after" aria-labelledby="after-title">
            <h2 id="after-title">"After the run"</h2>
            {cut_short}
            <ul class="checks">{held}</ul>
            {elsewhere}
            {settled}
            <div class="fields">{forms.into_iter().flatten().collect_view()}</div>
        </section>
    })
}

/// Whose the settings of a bucket are, where they are not this migration's any more.
fn elsewhere(row: &BucketRow) -> Option<impl IntoView + use<>> {
    let newer = row.settings_of.clone()?;
    let page = format!("/migrations/{newer}");
    let bucket = row.bucket.clone();
    Some(view! {
        <p class="break">
            "The settings of " {bucket} " are those of " <a href=page>"migration " {newer}</a>
            ", which was begun on it after this one: change them there."
        </p>
    })
}

/// What holds for a bucket now.
fn held(row: &BucketRow) -> impl IntoView + use<> {
    let item = |(setting, evidence): &(Setting, String)| {
        let (class, word, title) = match setting {
            Setting::Enforcement => ("severity-good", "Held", "Uploads are held to the key"),
            Setting::EnforcementReleased => (
                "severity-info",
                "Free",
                "Uploads are not held to the key any more",
            ),
            Setting::DefaultRestored => ("severity-info", "Back", "The default encryption is put back"),
            Setting::KeyDeletion => ("severity-watch", "Leaving", "The key is on its way to be deleted"),
            Setting::KeyKept => ("severity-info", "Kept", "The key stays"),
        };
        view! {
            <li class=class>
                <span class="severity">{word}</span>
                <div class="check-body">
                    <div class="check-title break">{row.bucket.clone()} ": " {title}</div>
                    <div>{evidence.clone()}</div>
                </div>
            </li>
        }
    };
    row.settings.iter().map(item).collect_view()
}

fn form(
    id: &str,
    action: &'static str,
    title: &'static str,
    word: &'static str,
    class: &'static str,
    said: impl IntoView + 'static,
) -> AnyView {
    view! {
        <form method="post" action=Act::PATH class="field">
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="action" value=action/>
            <input type="hidden" name="argument" value=""/>
            <h3>{title}</h3>
            {said}
            <label class="choice">
                <input type="checkbox" required/>
                <span>{word}</span>
            </label>
            <div><button class=class type="submit">{title}</button></div>
        </form>
    }
    .into_any()
}

fn enforce(id: &str, state: State, buckets: &[BucketRow]) -> AnyView {
    let exceptions = (state == State::SucceededWithExceptions)
        .then(|| view! { <p>"Some objects are not under the key. This concerns uploads only; they stay as they are."</p> });
    let statements = buckets.iter().filter_map(|row| {
        let key = KeyArn::parse(&row.key).ok()?;
        Some((row.bucket.clone(), enforced(None, &row.bucket, &key).ok()?))
    });
    let statements = statements.map(|(bucket, policy)| {
        view! {
            <details>
                <summary class="break">"Merged into the policy of " {bucket}</summary>
                <pre class="code" tabindex="0">{policy}</pre>
            </details>
        }
    });
    let statements = statements.collect_view();
    let said = view! {
        <p>"Default encryption decides for uploads that name none; one that asks for SSE-S3 still gets it. Observe first: import an inventory that was taken after the run, and see whether objects still arrive under SSE-S3. Then refuse such uploads."</p>
        <p>"The statements speak only of encryption headers that are sent. Uploads without a header go on, under the default. What is in the policy stays; it is journaled first, the change is read back, and uploads are tried and removed: one without a header, one under SSE-S3, and one under SSE-KMS that names no key, which S3 would put under aws/s3. Uploads under keys of the client’s own (SSE-C) are refused where the default encryption blocks them."</p>
        {exceptions}
        {statements}
    };
    form(
        id,
        "enforce",
        "Hold uploads to the key",
        "Clients that name another encryption will be refused.",
        "button button-primary",
        said,
    )
}

/// The clean-up of a rehearsal, which asks for more than a tick.
fn delete_key(id: &str, name: &str) -> AnyView {
    let shape = format!("{name} 7");
    view! {
        <form method="post" action=Act::PATH class="field">
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="action" value="delete-key"/>
            <h3>"Clean up a rehearsal: delete its key"</h3>
            <p>"Whatever is under a deleted key is lost for ever. So this is refused while a bucket’s default names the key, while any object version in the Region is under it, or while that cannot be seen. Remove the rehearsal’s objects first; Rekey removes none. KMS waits 7 to 30 days, and until then it can be taken back."</p>
            <label for="delete-key">"Type the migration’s name and the days"</label>
            <input id="delete-key" name="argument" required autocomplete="off" placeholder=shape/>
            <div><button class="button button-danger" type="submit">"Schedule the deletion"</button></div>
        </form>
    }
    .into_any()
}

fn keep_key(id: &str) -> AnyView {
    let said = view! { <p>"Takes the deletion back and enables the key."</p> };
    form(
        id,
        "keep-key",
        "Keep the key after all",
        "The key will be usable again.",
        "button",
        said,
    )
}

fn release(id: &str) -> AnyView {
    let said = view! { <p>"Takes the statements that hold uploads to the key out of each bucket policy. What others added since stays."</p> };
    form(
        id,
        "release",
        "Take the policy back",
        "Uploads under another encryption will be let through again.",
        "button",
        said,
    )
}

fn restore(id: &str, buckets: &[BucketRow]) -> AnyView {
    let previous = buckets.iter().map(|row| {
        let previous = row.previous_default.clone();
        let previous =
            previous.unwrap_or_else(|| "stays as it is, this migration did not change it".to_string());
        view! { <li class="break">{row.bucket.clone()} ": " {previous}</li> }
    });
    let previous = previous.collect_view();
    let said = view! {
        <p>"Puts the default encryption back that the journal holds. Objects stay under the key: do not delete it."</p>
        <details>
            <summary>"What it becomes, bucket by bucket"</summary>
            <ul>{previous}</ul>
        </details>
    };
    form(
        id,
        "restore-default",
        "Put the default encryption back",
        "New objects will not come under the key any more.",
        "button button-danger",
        said,
    )
}
