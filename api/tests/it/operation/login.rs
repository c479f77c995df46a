//! Logging in to MySQL: by `caching_sha2_password`, over TLS. MariaDB has neither unless it is set up for it.

use sqlx::{AssertSqlSafe, Connection, MySqlConnection};
use support::{Fixture, new_schema, run_at};

/// Runs a claim with an account of its own, which is new: it has to send its password in full.
fn with_account<F: Future<Output = ()>>(name: &str, asks_for: &str, claim: impl FnOnce(Fixture) -> F) {
    let url = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let url = new_schema().await.expect("TEST_MYSQL_URL");
        let (server, schema) = url.rsplit_once('/').unwrap();
        let mut connection = MySqlConnection::connect(server).await.unwrap();
        for statement in [
            format!("DROP USER IF EXISTS {name}"),
            format!("CREATE USER {name} IDENTIFIED WITH caching_sha2_password BY 'p' {asks_for}"),
            format!("GRANT ALL ON {schema}.* TO {name}"),
        ] {
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        }
        format!("mysql://{name}:p@{}/{schema}", server.rsplit_once('@').unwrap().1)
    });
    run_at(&url, claim);
}

#[test]
#[ignore = "needs MySQL: ./test.sh mysql"]
fn an_account_that_must_use_tls_is_served() {
    with_account("tls_only", "REQUIRE SSL", async |mut fixture| {
        let plain = fixture.database_url.clone();
        fixture.shipped_package(&["departments.csv"]);
        for mode in ["", "?ssl-mode=PREFERRED", "?ssl-mode=REQUIRED"] {
            fixture.database_url = plain.clone() + mode;
            let server = fixture.start().await;
            server.get("/view/departments/1").await.expect(200);
            server.stop().await.unwrap();
        }
        // The server knows the account by now, so the password is not sent in full: the login fails for lack of TLS.
        fixture.database_url = plain + "?ssl-mode=DISABLED";
        let refusal = fixture.refusal().await;
        assert!(refusal.contains("(error 1045)"), "{refusal}");
    });
}

#[test]
#[ignore = "needs MySQL: ./test.sh mysql"]
fn a_login_that_needs_tls_and_has_none_is_refused_with_that_reason() {
    with_account("sha2_login", "", async |mut fixture| {
        fixture.shipped_package(&[]);
        let plain = fixture.database_url.clone();
        for (mode, reason) in [
            ("DISABLED", "the account's login needs it"),
            ("VERIFY_CA", "invalid peer certificate: UnknownIssuer"),
        ] {
            fixture.database_url = format!("{plain}?ssl-mode={mode}");
            assert_eq!(
                fixture.refusal().await,
                format!(
                    "no connection to the database by TLS: {reason}; see ssl-mode and ssl-ca in DATABASE_URL"
                )
            );
        }
    });
}
