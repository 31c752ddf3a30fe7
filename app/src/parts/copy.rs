//! A button that copies a text. For whatever people take elsewhere: links, justifications, commands.

use crate::fragment::Placed;
use crate::shown::CopyShown;
use leptos::prelude::*;

/// The button; it needs a script, and says what came of it.
#[component]
pub fn CopyButton(
    /// What is copied when it is pressed.
    #[prop(into)]
    text: Signal<String>,
    /// Its words.
    label: &'static str,
) -> impl IntoView {
    let (said, say) = signal("");
    let copy = move |_| {
        let window = window();
        // Browsers give the clipboard to secure origins only.
        if window.is_secure_context() {
            let _written = window.navigator().clipboard().write_text(&text.get_untracked());
            say.set("Copied.");
        } else {
            say.set("This browser does not let pages copy here: select the text.");
        }
    };
    view! {
        <button class="button needs-script" type="button" on:click=copy>
            {label}
        </button>
        <span class="quiet" role="status">{said}</span>
    }
}

/// Texts to copy, each in a panel of its own; nothing when there are none.
#[component]
pub fn Copies(
    /// The texts.
    copies: Vec<CopyShown>,
) -> impl IntoView {
    let copy = |copy: CopyShown| {
        view! {
            <section class="panel">
                <Placed fragment=copy.shown/>
                <div class="actions"><CopyButton text=copy.text label="Copy"/></div>
            </section>
        }
    };
    copies.into_iter().map(copy).collect_view()
}
