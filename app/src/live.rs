//! Follows a running migration over server-sent events. For the migration page. There is nothing to follow while the
//! server renders: effects run in the browser alone.

use leptos::prelude::*;
use model::migration::Live;
use model::overview::encode;
use model::time::UnixMillis;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventSource, MessageEvent};

/// Wait before a stream that the browser has given up is opened anew.
const REOPEN: Duration = Duration::from_secs(3);

/// A message with the time at which it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// What the server said.
    pub live: Live,
    /// By the browser's clock.
    pub at: UnixMillis,
}

/// What comes over the stream.
#[derive(Clone, Copy, Debug)]
pub struct Feed {
    /// The newest message; `None` before the first.
    pub newest: Signal<Option<Received>>,
    /// Whether a stream that was open is broken now.
    pub lost: Signal<bool>,
}

/// An open stream; closed when it is dropped.
#[derive(Debug)]
struct Stream {
    source: EventSource,
    _on_live: Closure<dyn FnMut(MessageEvent)>,
    _on_open: Closure<dyn FnMut(Event)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.set_onopen(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}

/// Follows the migration while `wanted` holds; a broken stream is taken up again by itself.
#[must_use]
pub fn follow(id: Signal<String>, wanted: Signal<bool>) -> Feed {
    let newest = RwSignal::new(None);
    let lost = RwSignal::new(false);
    let feed = Feed {
        newest: newest.into(),
        lost: lost.into(),
    };
    if cfg!(feature = "ssr") {
        // A stream belongs to the thread that opened it, and a server's page is closed by whichever thread is free.
        return feed;
    }
    let attempt = RwSignal::new(0_u32);
    let stream = StoredValue::new_local(None::<Stream>);
    Effect::new(move |followed: Option<String>| {
        attempt.track();
        let id = id.get();
        stream.set_value(None);
        if followed.is_some_and(|followed| followed != id) {
            newest.set(None);
        }
        let url = format!("/events/migrations/{}", encode(&id));
        if wanted.get() {
            stream.set_value(open(&url, newest, lost, attempt));
        } else {
            lost.set(false);
        }
        id
    });
    on_cleanup(move || {
        stream.try_update_value(|stream| *stream = None);
    });
    feed
}

fn open(
    url: &str,
    newest: RwSignal<Option<Received>>,
    lost: RwSignal<bool>,
    attempt: RwSignal<u32>,
) -> Option<Stream> {
    let source = EventSource::new(url).ok()?;
    let on_live = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let text = event.data().as_string().unwrap_or_default();
        if let Ok(live) = serde_json::from_str(&text) {
            lost.set(false);
            newest.set(Some(Received { live, at: now() }));
        }
    });
    let on_open = Closure::<dyn FnMut(Event)>::new(move |_| lost.set(false));
    let of_error = source.clone();
    let on_error = Closure::<dyn FnMut(Event)>::new(move |_| {
        lost.set(true);
        // A refusal ends the stream for good; a broken line the browser mends itself.
        if of_error.ready_state() == EventSource::CLOSED {
            set_timeout(
                move || {
                    attempt.try_update(|count| *count += 1);
                },
                REOPEN,
            );
        }
    });
    source
        .add_event_listener_with_callback("live", on_live.as_ref().unchecked_ref())
        .ok()?;
    source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    Some(Stream {
        source,
        _on_live: on_live,
        _on_open: on_open,
        _on_error: on_error,
    })
}

/// The browser's clock; never called while the server renders.
fn now() -> UnixMillis {
    let performance = window().performance();
    UnixMillis(performance.map_or(0, |performance| {
        (performance.time_origin() + performance.now()) as i64
    }))
}
