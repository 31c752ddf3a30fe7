//! Saved scenarios, and two of them side by side. The comparison is rendered by the server; what is compared is in the URL.

#[cfg(feature = "ssr")]
mod comparison;

use crate::api::RemoveScenario;
use crate::backend::{Compared, What};
use crate::fragment::Placed;
use crate::parts::query::encode;
use crate::parts::{Asked, Change, ChangeForm, DataTable, EmptyState, ErrorBox, Field, QueryForm, Refusal};
use crate::shown::ScenariosShown;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

/// The page at `/scenarios`.
#[component]
pub(crate) fn ScenariosPage() -> impl IntoView {
    let search = use_location().search;
    let remove = Change::to(RemoveScenario::PATH);
    let page = Asked::again(What::Scenarios, move || (search.get(), remove.version()));
    view! {
        <Title text="Scenarios – Rekey"/>
        <header class="page-head">
            <div>
                <h1>"Scenarios"</h1>
                <p>"What-ifs that were saved on the costs page, by name. Two of them can be compared line by line."</p>
            </div>
            <div class="actions"><a class="button" href="/costs">"Costs"</a></div>
        </header>
        <Refusal change=remove/>
        {page.show(move |page: Result<ScenariosShown, _>| match page {
            Ok(page) => view! { <Content page remove/> }.into_any(),
            Err(error) => view! { <ErrorBox error/> }.into_any(),
        })}
    }
    .into_any()
}

#[component]
fn Content(page: ScenariosShown, remove: Change) -> impl IntoView {
    if page.saved.is_empty() {
        return view! {
            <EmptyState title="No scenario is saved yet">
                <p>"Vary the controls of the costs page and save what you see under a name."</p>
                <a class="button button-primary" href="/costs">"To the costs"</a>
            </EmptyState>
        }
        .into_any();
    }
    let names: Vec<String> = page.saved.iter().map(|(name, ..)| name.clone()).collect();
    let select = move |name: &'static str, label: &'static str, chosen: &str| {
        let option = |value: String| {
            let (selected, words) = (
                value == chosen,
                if value.is_empty() {
                    Compared::AS_KNOWN.to_string()
                } else {
                    value.clone()
                },
            );
            view! { <option value=value selected=selected>{words}</option> }
        };
        let options = std::iter::once(String::new())
            .chain(names.clone())
            .map(option)
            .collect_view();
        view! { <Field id=name label><select id=name name=name>{options}</select></Field> }
    };
    view! {
        <Saved saved=page.saved remove/>
        <QueryForm action="/scenarios" class="toolbar" label="What is compared" eager=true>
            {select("left", "Compare", &page.sides.0)}
            {select("right", "with", &page.sides.1)}
            <div class="actions"><button class="button" type="submit">"Compare"</button></div>
        </QueryForm>
        <Placed fragment=page.comparison/>
    }
    .into_any()
}

#[component]
fn Saved(saved: Vec<(String, String, String, String)>, remove: Change) -> impl IntoView {
    let row = move |(name, query, month, once): (String, String, String, String)| {
        let href = format!("/costs?{query}");
        let against = format!("/scenarios?right={}", encode(&name));
        view! {
            <tr>
                <th scope="row"><a href=href>{name.clone()}</a></th>
                <td class="num">{month}</td>
                <td class="num">{once}</td>
                <td><a href=against>"Compare with what is known"</a></td>
                <td>
                    <ChangeForm change=remove>
                        <input type="hidden" name="name" value=name/>
                        <button class="button button-small" type="submit" disabled=remove.pending()>"Remove"</button>
                    </ChangeForm>
                </td>
            </tr>
        }
    };
    view! {
        <section class="panel" aria-labelledby="saved">
            <h2 id="saved">"Saved"</h2>
            <DataTable
                label="Saved scenarios with their cost in US dollars"
                columns=vec![("Scenario", false), ("A month", true), ("Conversion, once", true), ("Comparison", false), ("Remove", false)]
            >
                {saved.into_iter().map(row).collect_view()}
            </DataTable>
        </section>
    }
}

/// The page as it travels.
#[cfg(feature = "ssr")]
pub(crate) fn shown(page: crate::backend::ScenariosPage) -> ScenariosShown {
    use crate::fragment::Fragment;
    let row = |saved: &crate::backend::SavedScenario| {
        (
            saved.name.clone(),
            saved.query.clone(),
            crate::parts::money_text(saved.month, saved.month_is_bound),
            crate::parts::money_text(saved.once, saved.once_is_bound),
        )
    };
    ScenariosShown {
        saved: page.saved.iter().map(row).collect(),
        sides: (page.left.name.clone(), page.right.name.clone()),
        empty: page.empty,
        comparison: Fragment::of(|| view! { <comparison::Comparison left=page.left right=page.right/> }),
    }
}
