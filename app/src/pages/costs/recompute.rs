//! What makes the costs page answer by itself in the browser: the estate, fetched once, and the URL, kept in step
//! without a request.

use crate::api::ask;
use crate::backend::What;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::basis::Basis;
use model::scenario::Scenario;
use std::sync::Arc;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// Pause in the controls after which the URL follows: browsers allow only so many changes of it.
const SETTLED: Duration = Duration::from_millis(250);

/// The estate; nothing on the server, and until the browser has it.
pub(super) fn basis() -> RwSignal<Option<Arc<Basis>>> {
    let basis = RwSignal::new(None);
    Effect::new(move |_| {
        spawn_local(async move {
            // Without an answer the server's figures stand and the form still works.
            let answer = ask(What::Basis, String::new()).await;
            if let Ok(fetched) = answer.and_then(|answer| answer.read()) {
                basis.try_set(Some(Arc::new(fetched)));
            }
        });
    });
    basis
}

/// The scenario as the figures follow it: once for each frame, since a slider speaks more often than a screen can show.
pub(super) fn by_frame(scenario: Memo<Scenario>) -> Memo<Scenario> {
    let shown = RwSignal::new(scenario.get_untracked());
    let drawing = StoredValue::new(false);
    Effect::new(move |first: Option<()>| {
        scenario.track();
        if first.is_none() || drawing.get_value() {
            return;
        }
        drawing.set_value(true);
        request_animation_frame(move || {
            // The page may be gone by now.
            let _gone = drawing.try_set_value(false);
            if let Some(newest) = scenario.try_get_untracked() {
                shown.try_set(newest);
            }
        });
    });
    Memo::new(move |_| shown.get())
}

/// The scenario once the controls have rested.
pub(super) fn at_rest(scenario: Memo<Scenario>) -> Memo<Scenario> {
    let rested = RwSignal::new(scenario.get_untracked());
    let pending = StoredValue::new(None::<TimeoutHandle>);
    let clear = move || {
        if let Some(handle) = pending.try_get_value().flatten() {
            handle.clear();
        }
    };
    Effect::new(move |first: Option<()>| {
        let newest = scenario.get();
        if first.is_some() {
            clear();
            let take = move || drop(rested.try_set(newest));
            pending.set_value(set_timeout_with_handle(take, SETTLED).ok());
        }
    });
    on_cleanup(clear);
    Memo::new(move |_| rested.get())
}

/// Writes the scenario into the address of the page once the controls rest.
pub(super) fn keep_in_url(scenario: Memo<Scenario>) {
    let pending = StoredValue::new(None::<TimeoutHandle>);
    let clear = move || {
        if let Some(handle) = pending.try_get_value().flatten() {
            handle.clear();
        }
    };
    Effect::new(move |first: Option<()>| {
        let query = scenario.with(Scenario::to_query);
        if first.is_some() {
            clear();
            pending.set_value(
                set_timeout_with_handle(move || replace(&address("/costs", &query)), SETTLED).ok(),
            );
        }
    });
    on_cleanup(clear);
}

/// A path with its query, if there is any.
pub(super) fn address(path: &str, query: &str) -> String {
    if query.is_empty() {
        path.to_string()
    } else {
        format!("{path}?{query}")
    }
}

fn replace(url: &str) {
    if let Ok(history) = window().history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        // A browser that refuses keeps the old address; the figures are right all the same.
        let _refused = history.replace_state_with_url(&state, "", Some(url));
    }
}
