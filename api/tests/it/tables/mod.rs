//! Data packages, and the tables that they become in the database.

mod ddl;
mod existing_tables;
mod missing_tables;
mod names_in_sql;
mod refused_packages;
pub mod second_package;
mod string_keys;
mod typed_keys;
mod upgrade;
