//! What an operator sees: logs, secrets in settings, logins.

mod login;
mod logs;
mod secrets;
