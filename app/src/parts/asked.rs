//! What a page asks of the server and shows once it is there. Used by every page and by the frame.
//!
//! Answers travel as text and are read by the page that shows them, so that everything behind a question (resource,
//! suspense, request) exists once in the browser's module, not once for each page.

use super::Loading;
use crate::api::ask;
use crate::backend::{Answer, AppError, What};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A question to the server with its newest answer.
#[derive(Clone, Copy, Debug)]
pub struct Asked(Resource<Result<Answer, AppError>>);

/// Makes the view of an answer.
type Show = Arc<dyn Fn(Result<Answer, AppError>) -> AnyView + Send + Sync>;

impl Asked {
    /// Asks at once, and again whenever the query that `query` gives is another one.
    pub fn new(what: What, query: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self::again(what, move || (query(), 0))
    }

    /// The same, and also whenever the number beside the query is another one.
    pub fn again(what: What, query: impl Fn() -> (String, usize) + Send + Sync + 'static) -> Self {
        Self::boxed(what, Box::new(query))
    }

    fn boxed(what: What, query: Box<dyn Fn() -> (String, usize) + Send + Sync>) -> Self {
        Self(Resource::new(query, move |(query, _)| ask(what, query)))
    }

    /// Asks the same once more.
    pub fn refetch(self) {
        self.0.refetch();
    }

    /// Shows the answer when it is there, and every newer one.
    pub fn show<T: DeserializeOwned>(
        self,
        show: impl Fn(Result<T, AppError>) -> AnyView + Send + Sync + 'static,
    ) -> AnyView {
        self.shown(
            Arc::new(move |answer| show(answer.and_then(|answer| answer.read()))),
            true,
        )
    }

    /// The same for a part of the page that is not missed until it is there.
    pub fn show_quietly<T: DeserializeOwned>(
        self,
        show: impl Fn(Result<T, AppError>) -> AnyView + Send + Sync + 'static,
    ) -> AnyView {
        self.shown(
            Arc::new(move |answer| show(answer.and_then(|answer| answer.read()))),
            false,
        )
    }

    fn shown(self, show: Show, says_loading: bool) -> AnyView {
        view! {
            <Transition fallback=move || says_loading.then(|| view! { <Loading/> })>
                {move || {
                    let show = Arc::clone(&show);
                    Suspend::new(async move { show(self.0.await) })
                }}
            </Transition>
        }
        .into_any()
    }
}
