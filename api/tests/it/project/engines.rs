//! Each run says which engines it covers.

use sqlx::{Connection, MySqlConnection};
use support::{print_line, server_url};

/// `tests/conformance.sh` reads these lines.
#[test]
fn the_engines_that_this_run_covers_are_listed() {
    let version = async {
        let mut connection = MySqlConnection::connect(server_url()?).await.unwrap();
        Some(sqlx::query_scalar::<_, String>("SELECT VERSION()").fetch_one(&mut connection).await.unwrap())
    };
    let version = tokio::runtime::Runtime::new().unwrap().block_on(version);
    let version = version.as_deref().unwrap_or("left out");
    print_line(&format!("engine sqlite: embedded\nengine mysql: {version}"));
}
