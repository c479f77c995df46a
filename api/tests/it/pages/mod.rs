//! The pages of the service.
//!
//! - `text`: what they say
//! - `in_a_browser`: how they look and behave in a real browser

mod in_a_browser;
mod text;
