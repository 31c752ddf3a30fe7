//! Plans a migration on one page: scope, key, method and limits, checks, review. The draft is the query of the URL; the
//! server says what it amounts to each time. Nothing is stored before the last button, and nothing is changed in AWS
//! before the stored plan is confirmed on its own page.

#[cfg(feature = "ssr")]
mod checks;
mod key;
#[cfg(feature = "ssr")]
mod kinds;
mod limits;
#[cfg(feature = "ssr")]
mod readers;
#[cfg(feature = "ssr")]
pub(super) mod review;
mod scope;
#[cfg(feature = "ssr")]
pub(crate) mod sheet;
mod store;

use crate::api::CreatePlan;
use crate::backend::{AppError, BUCKET_FIELD, KEY_FIELD, What};
#[cfg(feature = "ssr")]
use crate::fragment::Fragment;
use crate::fragment::Placed;
use crate::parts::{Asked, Change, EmptyState, ErrorBox, QueryForm, Spoken};
use crate::shown::DraftShown;
use key::Keys;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use limits::Limits;
use model::scenario::FieldError;
use scope::Scope;
use store::Store;

/// Id of the draft's form, to which controls elsewhere on the page belong.
const FORM: &str = "draft";

/// The page at `/migrations/new`.
#[component]
pub(crate) fn NewMigrationPage() -> impl IntoView {
    let search = use_location().search;
    let page = Asked::new(What::Draft, move || search.get());
    let create = Change::to(CreatePlan::PATH);
    view! {
        <Title text="New migration – Rekey"/>
        <div class="page-head">
            <div>
                <h1>"New migration"</h1>
                <p>"Choose what moves under which key. The plan, its cost and its checks follow; the address of this page keeps the draft."</p>
            </div>
        </div>
        {page.show(move |page: Result<DraftShown, _>| match page {
            Ok(page) if page.buckets.is_empty() => view! { <Nothing/> }.into_any(),
            Ok(page) => view! { <Content page create query=search.get_untracked()/> }.into_any(),
            Err(error) => view! { <Failed error/> }.into_any(),
        })}
    }
    .into_any()
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState title="Nothing is imported yet">
            <p>"A plan needs the list of the objects: an S3 Inventory. Macie counts objects but does not list them."</p>
            <a class="button button-primary" href="/import">"Import an inventory"</a>
        </EmptyState>
    }
}

#[component]
fn Failed(error: AppError) -> impl IntoView {
    view! { <ErrorBox error/> }
}

/// The five steps.
#[component]
fn Content(page: DraftShown, create: Change, query: String) -> impl IntoView {
    let steps = Steps::of(&page);
    let DraftShown {
        draft,
        buckets,
        keys,
        errors,
        stopped,
        to_note,
        not_allowed,
        said,
        kinds,
        checks,
        plan,
    } = page;
    let review = plan.map(|(what, sheet)| {
        view! {
            <section class="panel" id="review" aria-labelledby="review-title">
                <h2 id="review-title">"5. Review"</h2>
                <Placed fragment=sheet/>
                <Store what not_allowed stopped to_note create query/>
            </section>
        }
    });
    view! {
        <StepList steps/>
        <Spoken text=said/>
        <QueryForm action="/migrations/new" class="stack-wide" label="Draft" id=FORM eager=true>
            <Scope buckets=buckets.clone() errors=errors.clone()/>
            <Keys buckets keys chosen=draft.keys.clone() errors=errors.clone()/>
            <Limits draft errors/>
            <div class="actions">
                <button class="button button-primary" type="submit">"Update the plan"</button>
                <span class="quiet">"Nothing is stored or changed by this."</span>
            </div>
        </QueryForm>
        <Placed fragment=kinds/>
        <Placed fragment=checks/>
        {review}
    }
}

/// The page as it travels.
#[cfg(feature = "ssr")]
pub(crate) fn shown(page: crate::backend::DraftPage) -> DraftShown {
    use crate::backend::Severity;
    let stopped = page.checks.iter().any(|check| check.severity == Severity::Stop);
    let watch = page
        .checks
        .iter()
        .filter(|check| check.severity == Severity::Watch);
    let to_note = u64::try_from(watch.count()).unwrap_or(u64::MAX);
    let (whole, to_mend, checks) = (page.plan.is_some(), !page.errors.is_empty(), page.checks);
    let (readers, gaps) = (page.readers, page.reader_gaps);
    let said = said(&page.errors, page.plan.as_ref(), page.cost.as_ref(), &checks);
    let (cost, commands, ends_at) = (page.cost, page.commands, page.ends_at);
    let terraform = page.terraform;
    let plan = page.plan.map(|plan| {
        let what = review::what_text(&plan);
        let sheet = Fragment::of(|| view! { <review::Review plan cost commands terraform ends_at/> });
        (what, sheet)
    });
    let (lines, errors) = (page.lines, page.errors.clone());
    DraftShown {
        said,
        kinds: Fragment::of(|| view! { <kinds::Kinds lines errors/> }),
        draft: page.draft,
        buckets: page.buckets,
        keys: page.keys,
        errors: page.errors,
        stopped,
        to_note,
        not_allowed: page.not_allowed,
        checks: Fragment::of(
            || view! { <checks::Checks checks whole to_mend/> <readers::Readers readers gaps/> },
        ),
        plan,
    }
}

/// What a draft amounts to, for a screen reader when the form was answered.
#[cfg(feature = "ssr")]
fn said(
    errors: &[FieldError],
    plan: Option<&model::plan::Plan>,
    cost: Option<&crate::backend::PlanCost>,
    checks: &[crate::backend::Check],
) -> String {
    use crate::backend::Severity;
    use model::format::counted;
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    match plan {
        Some(plan) => {
            let stop = checks.iter().filter(|check| check.severity == Severity::Stop);
            let stop = match stop.count() {
                0 => "No check stands against it.".to_string(),
                some => format!("{} against it.", counted(count(some), "check")),
            };
            let cost = cost.map_or_else(String::new, |cost| {
                let once = crate::parts::money_text(cost.total, !cost.missing.is_empty());
                format!(", {once} once")
            });
            format!("The plan: {}{cost}. {stop}", review::what_text(plan))
        }
        None if errors.is_empty() => String::new(),
        None => format!(
            "There is no plan yet: {} to mend.",
            counted(count(errors.len()), "field")
        ),
    }
}

/// How far the draft is.
#[derive(Clone, Copy, Debug)]
struct Steps {
    scope: bool,
    key: bool,
    limits: bool,
    /// Whether limits are to be mended.
    mend: bool,
    checks: bool,
    stopped: bool,
    /// Whether there is a plan to review.
    review: bool,
}

impl Steps {
    fn of(page: &DraftShown) -> Self {
        let wrong = |is: fn(&str) -> bool| page.errors.iter().any(|error| is(&error.field));
        let scope = !page.draft.buckets.is_empty() && !wrong(|field| field == BUCKET_FIELD);
        // All other fields of a draft are those of the third step.
        let limits = wrong(|field| field != BUCKET_FIELD && field != KEY_FIELD);
        Self {
            scope,
            key: scope && !page.draft.keys.is_empty() && !wrong(|field| field == KEY_FIELD),
            limits: scope && !limits,
            mend: limits,
            checks: page.plan.is_some() && !page.stopped,
            stopped: page.stopped,
            review: page.plan.is_some(),
        }
    }
}

#[component]
fn StepList(steps: Steps) -> impl IntoView {
    let all = [
        ("#scope", "Scope", steps.scope, false),
        ("#key", "Key", steps.key, false),
        ("#limits", "Method and limits", steps.limits, steps.mend),
        ("#checks", "Checks", steps.checks, steps.stopped),
        ("#review", "Review", false, false),
    ];
    let first_open = all.iter().position(|(_, _, done, _)| !done);
    let step = |(index, (href, title, done, stop)): (usize, (&'static str, &'static str, bool, bool))| {
        let class = match (stop, done) {
            (true, _) => "step-stop",
            (false, true) => "step-done",
            (false, false) => "",
        };
        // What is not on the page yet is no link.
        let href = (steps.review || href != "#review").then_some(href);
        view! {
            <li class=class aria-current=(first_open == Some(index)).then_some("step")>
                <a href=href rel="external">{title}</a>
            </li>
        }
    };
    view! {
        <nav aria-label="Steps">
            <ol class="steps">{all.into_iter().enumerate().map(step).collect_view()}</ol>
        </nav>
    }
}

/// What is wrong with a field, as a sentence; some messages speak of the value without naming it.
fn wrong(errors: &[FieldError], field: &str) -> Option<String> {
    let message = crate::parts::message_of(errors, field)?;
    Some(if message.starts_with("is ") {
        format!("This {message}.")
    } else {
        message
    })
}
