//! Load: many connections post full batches while as many read. No answer is a failure but 503 with `Retry-After`,
//! and memory stays flat. `tests/bench/load.sh` is the long run, of a release build.

use std::time::Duration;

use support::load::{Load, Stop};
use support::{Fixture, print_line};

use crate::API;

conformance! {
    under_load_no_answer_is_a_failure_but_503_with_retry_after,
}

/// Connections that post, and as many that read.
const CONNECTIONS: u32 = 200;

async fn under_load_no_answer_is_a_failure_but_503_with_retry_after(fixture: Fixture) {
    let seconds: u64 = std::env::var("SECONDS_OF_LOAD").map_or(5, |seconds| seconds.parse().unwrap());
    let api = API.start(fixture.shipped_package(&["departments.csv", "jobs.csv"]));
    api.until_ready().await;
    let load = Load::new(CONNECTIONS, CONNECTIONS);
    let span = |seconds| Stop::After(Duration::from_secs(seconds));
    // Whether memory is flat is seen once everything is warm.
    load.run(&api, span(seconds.div_ceil(4))).await;
    let before = api.peak_memory() >> 20;
    let (posts, reads) = load.run(&api, span(seconds)).await;
    let after = api.peak_memory() >> 20;
    let figures = format!(
        "load on {:?}, {CONNECTIONS} + {CONNECTIONS} connections, {seconds} s: {}; {}; peak memory {before} MiB after a \
         quarter of it, {after} MiB then",
        fixture.engine,
        posts.figures("posts of 1000 rows"),
        reads.figures("reads"),
    );
    print_line(&figures);
    assert!(posts.answers() > 10 && reads.answers() > 10, "{figures}");
    assert!(after < before + before / 2 + 32, "{figures}");
}
