//! Who reads the buckets today, and whether they could under the plan's key: those that would lose access first.

use crate::parts::{Callout, TableScroll, Tone};
use leptos::prelude::*;
use model::preflight::{Access, Loss, Reader};

/// The table; nothing where nobody was looked at.
#[component]
pub(super) fn Readers(
    readers: Vec<Reader>,
    /// What could not be looked at.
    gaps: Vec<String>,
) -> impl IntoView {
    let mut readers = readers;
    readers.sort_by_key(|reader| (reader.loss(), reader.bucket.clone()));
    let gaps: Vec<_> = gaps
        .into_iter()
        .map(|text| view! { <Callout tone=Tone::Watch title="Not looked at"><p>{text}</p></Callout> })
        .collect();
    let any = !readers.is_empty() || !gaps.is_empty();
    let rows = readers.into_iter().map(row).collect_view();
    any.then(|| {
        view! {
            <section class="panel" id="readers" aria-labelledby="readers-title">
                <h2 id="readers-title">"Who reads today, and could afterwards"</h2>
                <p class="quiet">"Own policies by IAM’s simulation, bucket policy, key policy and grants by Rekey. Policies of organisations, sessions and endpoints are not looked at."</p>
                {gaps}
                <TableScroll label="Readers">
                    <table class="data">
                        <caption class="visually-hidden">"Readers of the plan’s buckets"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"User, role or account"</th>
                                <th scope="col">"Verdict"</th>
                                <th scope="col">"Bucket"</th>
                                <th scope="col">"Reads today"</th>
                                <th scope="col">"Decrypts under the key"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </TableScroll>
            </section>
        }
    })
}

fn row(reader: Reader) -> impl IntoView {
    let class = match reader.loss() {
        Loss::Loses | Loss::LosesIfItReads => "severity-stop",
        Loss::CannotTell => "severity-watch",
        Loss::ReadsNot => "severity-info",
        Loss::Keeps => "severity-good",
    };
    let verdict = reader.loss().title();
    view! {
        <tr>
            <th scope="row" class="mono break">{breakable(&reader.principal)}</th>
            <td class=class><span class="severity">{verdict}</span></td>
            <td class="nowrap">{reader.bucket}</td>
            <td class="words">{words(reader.today)}</td>
            <td class="words">{words(reader.after)}</td>
        </tr>
    }
}

/// An ARN that breaks before an account's number rather than in it.
fn breakable(arn: &str) -> impl IntoView + use<> {
    let part = |part: &str| view! { {part.to_string()} <wbr/> };
    arn.split_inclusive(':').map(part).collect_view()
}

fn words(access: Access) -> String {
    match access {
        Access::Yes(why) => format!("Yes. {why}"),
        Access::No(why) => format!("No. {why}"),
        Access::Unknown(why) => format!("Cannot be told. {why}"),
    }
}
