//! The content of the settings page, rendered by the server.

use crate::backend::{AccountRow, AppError, CapabilityRow, PermissionRow, PriceRow, SettingsPage as Model};
use crate::fragment::Fragment;
use crate::parts::{Callout, TableScroll, Tone};
use crate::shown::{CopyShown, SettingsShown};
use leptos::prelude::*;
use model::format::counted;

/// The page as it travels.
pub(crate) fn shown(mut model: Model) -> SettingsShown {
    let text = std::mem::take(&mut model.policy);
    let (capabilities, permissions) = (
        std::mem::take(&mut model.capabilities),
        std::mem::take(&mut model.permissions),
    );
    let (quotas, prices) = (
        std::mem::take(&mut model.quotas),
        std::mem::take(&mut model.prices),
    );
    SettingsShown {
        policy: CopyShown {
            shown: Fragment::of(|| view! { <Permissions capabilities permissions policy=text.clone()/> }),
            text,
        },
        facts: Fragment::of(|| view! { <Sources quotas prices/> }),
        account: Fragment::of(|| view! { <Account model/> }),
    }
}

#[component]
fn Account(model: Model) -> impl IntoView {
    let fact = |(name, value): (String, String)| view! { <dt>{name}</dt><dd>{value}</dd> };
    let others = model.accounts;
    let trouble = model.caller_error.map(|error| {
        view! { <Callout tone=Tone::Watch title=error.message><p>{error.hint}</p></Callout> }
    });
    view! {
        <section class="panel" aria-labelledby="account-head">
            <h2 id="account-head">"Account"</h2>
            {trouble}
            <dl class="facts">
                {model.account.into_iter().map(fact).collect_view()}
                <dt>"Data directory"</dt>
                <dd><code>{model.data_directory}</code></dd>
            </dl>
        </section>
        <Others accounts=others/>
    }
}

/// The accounts that are opened by roles; nothing without any.
#[component]
fn Others(accounts: Vec<AccountRow>) -> impl IntoView {
    let told = |told: Result<String, AppError>| match told {
        Ok(text) => view! { <span class="break">{text}</span> }.into_any(),
        Err(error) => view! { <div class="break">{error.message}</div><div>{error.hint}</div> }.into_any(),
    };
    let row = move |row: AccountRow| {
        // Why a role is not assumed is said once.
        let buckets = match (&row.caller, row.buckets) {
            (_, Ok(buckets)) => told(Ok(counted(buckets, "bucket"))),
            (Err(_), Err(_)) => view! { <span class="quiet">"Not known"</span> }.into_any(),
            (Ok(_), Err(error)) => told(Err(error)),
        };
        view! {
            <tr>
                <th scope="row" class="nowrap">{row.number}</th>
                <td class="nowrap"><code>{row.role}</code></td>
                <td class="words">{told(row.caller)}</td>
                <td>{buckets}</td>
            </tr>
        }
    };
    (!accounts.is_empty()).then(|| {
        view! {
            <section class="panel" id="accounts" aria-labelledby="accounts-head">
                <div class="panel-head">
                    <h2 id="accounts-head">"Accounts opened by roles"</h2>
                    <p>
                        "They are read only: discovery, imports, Macie, metrics and quotas of a bucket go to the account that it is in. Each role needs the reading part of the policy below, with its own account's number in the ARNs of keys, and a trust policy that names the caller above. Migrations run in this server's own account."
                    </p>
                </div>
                <TableScroll label="Accounts opened by roles">
                    <table class="data">
                        <caption class="visually-hidden">"Accounts opened by roles, and who this server is there"</caption>
                        <thead><tr><th scope="col">"Account"</th><th scope="col">"Role"</th><th scope="col">"Caller"</th><th scope="col">"Buckets"</th></tr></thead>
                        <tbody>{accounts.into_iter().map(row).collect_view()}</tbody>
                    </table>
                </TableScroll>
            </section>
        }
    })
}

/// What to allow these credentials, by what they are to be used for.
#[component]
fn Permissions(
    capabilities: Vec<CapabilityRow>,
    permissions: Vec<PermissionRow>,
    policy: String,
) -> impl IntoView {
    let choice = |row: CapabilityRow| {
        let changes = row
            .changes
            .then(|| view! { <span class="quiet">" (changes your data)"</span> });
        let (class, word) = match row.allowed {
            Some(true) => ("severity-good", "Allowed"),
            Some(false) => ("severity-watch", "Lacking"),
            None => ("severity-info", "Not told"),
        };
        view! {
            <li class=class>
                <span class="severity">{word}</span>
                <div class="check-body">
                    <label class="choice">
                        <input type="checkbox" name="can" value=row.word checked=row.chosen/>
                        <span>{row.title}{changes}</span>
                    </label>
                    <div class="quiet break">{row.status}</div>
                </div>
            </li>
        }
    };
    let needed = |row: PermissionRow| {
        view! {
            <tr>
                <th scope="row"><code>{row.action}</code></th>
                <td>{row.here}</td>
                <td class="words">{row.reason}</td>
                <td class="break">{row.operations}</td>
            </tr>
        }
    };
    let count = counted(permissions.len() as u64, "action");
    view! {
        <div class="panel-head">
            <h2 id="permissions">"Permissions"</h2>
            <p>"Whether the caller’s own policies allow each part, and the least IAM policy for what you want to do. Put names of buckets and keys for * to narrow it further."</p>
        </div>
        <form method="get" action="/settings#permissions" class="stack">
            <ul class="checks">{capabilities.into_iter().map(choice).collect_view()}</ul>
            <div class="actions"><button class="button" type="submit">"Show the policy for these"</button></div>
        </form>
        <details>
            <summary>{format!("Why: {count}")}</summary>
            <TableScroll label="Actions">
                <table class="data">
                    <caption class="visually-hidden">"Actions of the policy, and what each is for"</caption>
                    <thead><tr><th scope="col">"Action"</th><th scope="col">"Allowed here"</th><th scope="col">"What for"</th><th scope="col">"Needed by"</th></tr></thead>
                    <tbody>{permissions.into_iter().map(needed).collect_view()}</tbody>
                </table>
            </TableScroll>
        </details>
        <pre class="code" tabindex="0">{policy}</pre>
    }
}

/// Quotas and prices, each with its source.
#[component]
fn Sources(quotas: Vec<(String, String, String, String, String)>, prices: Vec<PriceRow>) -> impl IntoView {
    let quotas = quotas
        .into_iter()
        .map(|(region, limit, origin, source, date)| [region, limit, origin, source, date]);
    view! {
        <Facts
            title="Quotas in use" id="quotas"
            note="KMS symmetric cryptographic operations, for each account and Region, every second."
            columns=["Region", "Limit", "Origin", "Source", "Date"]
            second="num"
            link=("/quotas", "Quotas")
            rows=quotas.collect()
        />
        <Facts
            title="Prices in use" id="prices"
            note="List prices in US dollars, without discounts or taxes."
            columns=["Region", "What", "Price", "Source", "Date"]
            second="words"
            link=("/prices", "Bundled and live prices side by side")
            rows=prices.into_iter().map(cells).collect()
        />
    }
}

fn cells(row: PriceRow) -> [String; 5] {
    [row.region, row.meter, row.price, row.source, row.date]
}

/// A table of facts; the third column holds the figure's words, the last one its date.
#[component]
fn Facts(
    title: &'static str,
    id: &'static str,
    note: &'static str,
    columns: [&'static str; 5],
    /// Class of the second column.
    second: &'static str,
    /// Page that has more of it, with its words.
    link: (&'static str, &'static str),
    rows: Vec<[String; 5]>,
) -> impl IntoView {
    let heading = format!("{id}-head");
    let labelled = heading.clone();
    let link = view! { <a href=link.0>{link.1}</a> };
    let row = move |[region, what, value, source, date]: [String; 5]| {
        view! {
            <tr>
                <th scope="row" class="nowrap">{region}</th>
                <td class=second>{what}</td>
                <td class="words">{value}</td>
                <td class="words">{source}</td>
                <td class="nowrap">{date}</td>
            </tr>
        }
    };
    let classes = ["", second, "", "", ""].into_iter();
    let head = classes
        .zip(columns)
        .map(|(class, column)| view! { <th scope="col" class=class>{column}</th> });
    let head = head.collect_view();
    let table = if rows.is_empty() {
        view! { <p>"No Region is known yet: import an inventory with a Region to see this."</p> }.into_any()
    } else {
        view! {
            <TableScroll label=title>
                <table class="data">
                    <caption class="visually-hidden">{title}</caption>
                    <thead><tr>{head}</tr></thead>
                    <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                </table>
            </TableScroll>
        }
        .into_any()
    };
    view! {
        <section class="panel" id=id aria-labelledby=labelled>
            <div class="panel-head"><h2 id=heading>{title}</h2><p>{note} " " {link}</p></div>
            {table}
        </section>
    }
}
