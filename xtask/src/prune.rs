//! Emptying functions of the WebAssembly module that are never called, but that no tool can see are not.
//!
//! Called by the bundle once the module is bound, while it still has its names. Leptos keeps, for every kind of view, a table of functions that
//! holds every way of attaching it to a page. Rekey attaches whole pages at once (`hydrate_body`), never piece by piece
//! while code is still loading (`hydrate_lazy`), and its routes are listed on the server alone; the table still keeps
//! the functions for those alive. Emptied, they and all that only they call go when `wasm-opt` shrinks the module. Were
//! one called after all, it would trap, which every browser test would show.

use walrus::{FunctionBuilder, FunctionKind, Module};

/// The name of such functions; the bodies of their futures are closures below it.
const NEVER_CALLED: &str = "::hydrate_async";
const CLOSURE: &str = "{{closure}}";

/// Functions that differ in nothing are one function under any of their names, and what is short may be anybody's.
const SHORT: u64 = 40;

/// Whether a demangled name (`path::to::function::h0123456789abcdef`) is that of such a function or of its future. What
/// is nested in one otherwise, or drops its future, may serve others too.
fn is_never_called(name: &str) -> bool {
    let Some((owner, below)) = name.rsplit_once(NEVER_CALLED) else {
        return false;
    };
    let known = |part: &str| part.is_empty() || part == CLOSURE || part.starts_with('h');
    !owner.contains("drop_in_place") && below.split("::").all(known)
}

/// Empties them and says how many there were.
pub(crate) fn prune(module: &mut Module) -> usize {
    let mut emptied = 0;
    for function in module.funcs.iter_mut() {
        if !function.name.as_deref().is_some_and(is_never_called) {
            continue;
        }
        let FunctionKind::Local(local) = &mut function.kind else {
            continue;
        };
        if local.size() < SHORT {
            continue;
        }
        let signature = module.types.get(local.ty());
        let (params, results) = (signature.params().to_vec(), signature.results().to_vec());
        let mut empty = FunctionBuilder::new(&mut module.types, &params, &results);
        empty.func_body().unreachable();
        *local = empty.local_func(local.args.clone());
        emptied += 1;
    }
    emptied
}

#[cfg(test)]
mod tests {
    use super::is_never_called;

    #[test]
    fn only_the_functions_and_their_futures() {
        for (name, never) in [
            (
                "<T as view::IntoAny>::into_any::hydrate_async::h0123456789abcdef",
                true,
            ),
            (
                "<(A, B) as view::RenderHtml>::hydrate_async::{{closure}}::h0123456789abcdef",
                true,
            ),
            (
                "<T as view::RenderHtml>::hydrate_async::{{closure}}::inner_1::h0123456789abcdef",
                false,
            ),
            (
                "core::ptr::drop_in_place<<T as view::IntoAny>::into_any::hydrate_async::{{closure}}>::h01",
                false,
            ),
            (
                "<T as view::IntoAny>::into_any::hydrate_from_server::h0123456789abcdef",
                false,
            ),
        ] {
            assert_eq!(is_never_called(name), never, "{name}");
        }
    }
}
