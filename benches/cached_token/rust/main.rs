//! The cost of the held token beside a bare lock and clock compare.

use std::{
    error::Error,
    future::Future,
    sync::Mutex,
    time::{Duration, Instant},
};

use ssojet_m2m::{AccessToken, Config, TokenProvider};

const ROUNDS: usize = 300;
const CALLS: u32 = 5_000;

/// The least cache: lock, clock, compare, and a copy of the token. It hands out what ours does, a header value
/// that is ready to be sent, whose copy is one atomic count.
struct BareHolder(Mutex<(AccessToken, Instant)>);

impl BareHolder {
    async fn token(&self) -> Option<AccessToken> {
        let held = self.0.lock().ok()?;
        (Instant::now() < held.1).then(|| held.0.clone())
    }
}

async fn ns_per_call<T, F: Future<Output = T>>(token: impl Fn() -> F) -> f64 {
    let began = Instant::now();
    for _ in 0..CALLS {
        std::hint::black_box(token().await);
    }
    began.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let tokens = TokenProvider::new(Config::from_env()?.token)?;
        let expires_at = Instant::now() + Duration::from_secs(3600);
        let bare = BareHolder(Mutex::new((tokens.token().await?, expires_at)));
        let (mut ours, mut beside) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..ROUNDS {
            ours = ours.min(ns_per_call(|| tokens.token()).await);
            beside = beside.min(ns_per_call(|| bare.token()).await);
        }
        println!(r#"{{"ours_ns":{ours},"bare_ns":{beside}}}"#);
        Ok(())
    })
}
