//! The pages of the service, as text and in a browser.

mod in_a_browser;
mod text;
