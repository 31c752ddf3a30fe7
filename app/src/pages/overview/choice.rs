//! Choosing buckets for a migration: a form whose checked boxes are the query of the new-migration page. With script its
//! button counts them, and one box checks all that are shown.

use leptos::html;
use leptos::prelude::*;
use model::format::counted;
use wasm_bindgen::JsCast;
use web_sys::{HtmlFormElement, HtmlInputElement};

/// How many boxes are checked; `None` before the page is hydrated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice {
    form: NodeRef<html::Form>,
    count: RwSignal<Option<u64>>,
}

impl Choice {
    /// Counts at once, because a browser brings checked boxes back with a page.
    pub(super) fn new() -> Self {
        let choice = Self {
            form: NodeRef::new(),
            count: RwSignal::new(None),
        };
        Effect::new(move |_| {
            if choice.form.get().is_some() {
                choice.recount();
            }
        });
        choice
    }

    pub(super) fn form(self) -> NodeRef<html::Form> {
        self.form
    }

    /// What the button says.
    pub(super) fn label(self) -> String {
        match self.count.get() {
            Some(count @ 1..) => format!("Plan a migration of {}", counted(count, "bucket")),
            _ => "Plan a migration of the chosen buckets".to_string(),
        }
    }

    pub(super) fn recount(self) {
        let count = self.boxes().into_iter().filter(HtmlInputElement::checked).count();
        self.count.set(Some(count as u64));
    }

    /// Checks or clears all that are shown.
    pub(super) fn set_all(self, checked: bool) {
        for element in self.boxes() {
            element.set_checked(checked);
        }
        self.recount();
    }

    fn boxes(self) -> Vec<HtmlInputElement> {
        let Some(form) = self.form.get_untracked() else {
            return Vec::new();
        };
        let form: HtmlFormElement = form;
        let Ok(found) = form.query_selector_all("input[name=bucket]") else {
            return Vec::new();
        };
        (0..found.length())
            .filter_map(|index| found.get(index)?.dyn_into().ok())
            .collect()
    }
}
