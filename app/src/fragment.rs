//! Parts of pages that nothing but a new answer changes: the server renders them, and they travel as HTML. So neither
//! what they show nor the code that shows it is in the browser's module.
//!
//! Pages put a fragment in its place; what makes one is compiled for the server alone. A fragment holds links,
//! disclosures and plain forms, which need no script, and no form that is sent in the background.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Rendered HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fragment(String);

impl Fragment {
    /// Renders a view.
    #[cfg(feature = "ssr")]
    pub fn of<V: IntoView>(view: impl FnOnce() -> V) -> Self {
        let owner = Owner::new();
        // The marks are for hydration, which passes by here.
        Self(owner.with(|| view().to_html()).replace("<!>", ""))
    }
}

/// A fragment in its place: its parts stand below one another as the parts of a page do.
#[component]
pub fn Placed(
    /// What the server rendered.
    fragment: Fragment,
) -> impl IntoView {
    view! { <div class="fragment" inner_html=fragment.0></div> }
}
