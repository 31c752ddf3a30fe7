//! Between the form and the checks: each kind of object, how it is converted, and what else may be chosen for it at
//! which cost. Its controls belong to the draft's form by their `form` attribute, so they need no script and wait for
//! the button.

use super::sheet::encryption_words;
use super::{FORM, wrong};
use crate::parts::{Count, FieldError, Size, TableScroll, Usd, Why};
use leptos::prelude::*;
use model::alternatives::{LineOffer, MethodOffer};
use model::line_choices::{LineChoice, LineKey};
use model::method::Method;
use model::scenario;

const UPDATE_COST: &str = "Update, once";
const COPY_COST: &str = "Copy, once";

/// The panel; nothing before buckets are chosen.
#[component]
pub(super) fn Kinds(lines: Vec<LineOffer>, errors: Vec<scenario::FieldError>) -> impl IntoView {
    let error = wrong(&errors, "as");
    if lines.is_empty() && error.is_none() {
        return None;
    }
    let rows = lines.into_iter().map(row).collect_view();
    Some(view! {
        <section class="panel" id="kinds" aria-labelledby="kinds-title">
            <h2 id="kinds-title">"Method of each kind of object"</h2>
            <p class="quiet">
                "The update moves no data. A copy rewrites the object: new date, a new version in buckets that keep versions, retrieval and early deletion are billed. Costs are once, for all chosen buckets."
            </p>
            <FieldError id="as" message=error/>
            <TableScroll label="Method of each kind of object">
                <table class="data cards">
                    <caption class="visually-hidden">"Objects by class, encryption and version, with what may be chosen for them"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Class"</th>
                            <th scope="col">"Encryption now"</th>
                            <th scope="col">"Versions"</th>
                            <th scope="col" class="num">"Objects"</th>
                            <th scope="col" class="num">"Bytes"</th>
                            <th scope="col" class="num">{UPDATE_COST}</th>
                            <th scope="col" class="num">{COPY_COST}</th>
                            <th scope="col">"Convert by"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableScroll>
            <div class="actions">
                <button class="button" type="submit" form=FORM>"Update the plan"</button>
                <span class="quiet">"Nothing is stored or changed by this."</span>
            </div>
        </section>
    })
}

fn row(offer: LineOffer) -> impl IntoView {
    let (class, encryption, versions) = match LineKey::parse(&offer.line) {
        Some(key) => (
            key.storage_class.to_string(),
            encryption_words(key.encryption_status),
            key.versions(),
        ),
        None => (offer.line.clone(), String::new(), ""),
    };
    let choice = choice(&offer);
    view! {
        <tr>
            <th scope="row" class="nowrap">{class}</th>
            <td class="nowrap" data-label="Encryption now">{encryption}</td>
            <td data-label="Versions">{versions}</td>
            <td class="num" data-label="Objects"><Count value=offer.objects.0/></td>
            <td class="num" data-label="Bytes"><Size value=offer.bytes/></td>
            {offer.methods.into_iter().map(cost).collect_view()}
            <td data-label="Convert by">{choice}</td>
        </tr>
    }
}

fn cost(offer: MethodOffer) -> impl IntoView {
    let inner = match offer.refused {
        Some(reason) => {
            view! { <Why figure="not possible" how=reason.reason() what=offer.method.title()/> }.into_any()
        }
        None => view! {
            <Usd amount=offer.once_usd how=offer.derivation what=offer.method.title() at_least=offer.lower_bound/>
        }
        .into_any(),
    };
    let label = match offer.method {
        Method::UpdateObjectEncryption => UPDATE_COST,
        _ => COPY_COST,
    };
    view! { <td class="num" data-label=label>{inner}</td> }
}

/// The control: the general choice, then what is admissible.
fn choice(offer: &LineOffer) -> impl IntoView + use<> {
    let general = match offer.general {
        None => "left out",
        Some(Method::UpdateObjectEncryption) => "update",
        Some(Method::CopyObject) => "copy",
    };
    let may = |choice: LineChoice| {
        let wanted = match choice {
            LineChoice::Update => Method::UpdateObjectEncryption,
            LineChoice::Copy => Method::CopyObject,
            LineChoice::Leave => return true,
        };
        let mut methods = offer.methods.iter();
        methods.any(|method| method.method == wanted && method.refused.is_none())
    };
    let option = |choice: LineChoice| {
        let value = format!("{}:{}", offer.line, choice.word());
        view! { <option value=value selected=offer.chosen == Some(choice)>{choice.title()}</option> }
    };
    let options = LineChoice::ALL.into_iter().filter(|choice| may(*choice));
    let label = format!("Convert {} by", offer.line);
    view! {
        <select name="as" form=FORM aria-label=label>
            <option value="">{format!("As the plan: {general}")}</option>
            {options.map(option).collect_view()}
        </select>
    }
}
