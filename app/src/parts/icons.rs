//! The icons of the frame, drawn for it: 24 units square, lines only, coloured by the text beside them.
//!
//! They are set as text (`inner_html`), which hydration does not walk.

use leptos::prelude::*;

/// Four panes of unequal height.
pub const OVERVIEW: &str = r#"<path d="M4 4h7v9H4zM13 4h7v5h-7zM13 12h7v8h-7zM4 16h7v4H4z"/>"#;
/// A coin with its sign.
pub const COSTS: &str = r#"<circle cx="12" cy="12" r="9"/><path d="M15 9c-.6-1-1.6-1.5-3-1.5-1.7 0-3 .8-3 2.2 0 3 6 1.5 6 4.6 0 1.4-1.3 2.2-3 2.2-1.4 0-2.5-.5-3.1-1.5M12 5.5v13"/>"#;
/// A gauge.
pub const QUOTAS: &str = r#"<path d="M4 18a9 9 0 1 1 16 0M12 14l4-5"/><circle cx="12" cy="14.5" r="1.2"/>"#;
/// One box to another.
pub const MIGRATIONS: &str = r#"<path d="M3 5h6v14H3zM15 5h6v14h-6zM9 12h6M12.5 9.5 15 12l-2.5 2.5"/>"#;
/// Two sliders.
pub const SETTINGS: &str = r#"<path d="M3 8h9M18 8h3M3 16h3M12 16h9"/><circle cx="15" cy="8" r="2.8"/><circle cx="9" cy="16" r="2.8"/>"#;
/// A half-filled disc.
pub const THEME: &str =
    r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5v17a8.5 8.5 0 0 0 0-17z" fill="currentColor"/>"#;
/// A question mark in a disc.
pub const HELP: &str = r#"<circle cx="12" cy="12" r="9"/><path d="M9.3 9.3c.2-1.5 1.3-2.3 2.7-2.3 1.6 0 2.8 1 2.8 2.5 0 2-2.8 2.2-2.8 4.2M12 16.8v.2"/>"#;
/// A key, the mark of the product.
pub const BRAND: &str = r#"<circle cx="8" cy="12" r="4.5"/><path d="M12.5 12H21M18 12v3.5M15 12v2.5"/>"#;

/// An icon; it says nothing that the words beside it do not say.
#[component]
pub fn Icon(
    /// One of the drawings of this module.
    drawing: &'static str,
) -> impl IntoView {
    let svg = format!(
        r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{drawing}</svg>"#
    );
    view! { <span inner_html=svg></span> }
}
