//! The store on real files: what is there after it was closed, and what it refuses.

mod estate;
mod journals;
mod kept;
mod opening;
