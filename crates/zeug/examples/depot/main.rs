//! A depot of parcels, in axum: `cargo run -p zeug --features console,tower --example depot [ADDRESS]`, then follow a link. Each fails in its own way, with `regex`, `chrono`, `serde_json` or
//! `tokio` among the frames. It delivers nothing.

mod parcels;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use axum::routing::get;
use chrono::NaiveDate;
use parcels::{Depot, Parcel};
use zeug::debug::Debugger;
use zeug::gateway::{HandlerExt, IntoHandler};
use zeug::run_simple;
use zeug::tower::ServiceHandler;

const FRONT: &str = "<!doctype html>
<meta charset=utf-8>
<meta name=viewport content='width=device-width'>
<title>The depot</title>
<h1>The depot</h1>
<ul>
<li><a href='/track/AT-7'>a parcel</a>: a group that the pattern does not have
<li><a href='/due?by=soon'>what is due</a>: <code>unwrap</code> on a date
<li><a href='/import'>an import</a>: an error through three <code>?</code>
<li><a href='/loads?vans=0'>the loads</a>: a division inside an iterator chain
<li><a href='/tour'>a tour</a>: a sum that does not fit, in <code>async</code> functions
<li><a href='/shelves'>the shelves</a>: a lock that another thread's panic poisoned
</ul>
";

async fn front() -> Html<&'static str> {
    Html(FRONT)
}

async fn track(State(depot): State<Arc<Depot>>, Path(number): Path<String>) -> String {
    let parcel = depot.find(&number);
    format!("{parcel:?}")
}

async fn due(
    State(depot): State<Arc<Depot>>,
    Query(asked): Query<Vec<(String, String)>>,
) -> String {
    let by = asked.iter().find(|(name, _)| name == "by");
    let by = by.map_or("2026-12-24", |(_, value)| value);
    let dates: Vec<NaiveDate> = depot.due(by).iter().map(|parcel| parcel.due).collect();
    format!("{dates:?}")
}

async fn import() -> String {
    let text =
        r#"{"van": 3, "parcels": [{"number": "AT-1", "grams": "heavy", "due": "2026-12-01"}]}"#;
    let parcels = parcels::import(text).expect("a manifest");
    format!("{} parcels", parcels.len())
}

async fn loads(State(depot): State<Arc<Depot>>, Query(asked): Query<Vec<(String, u32)>>) -> String {
    let vans = asked.first().map_or(2, |(_, vans)| *vans);
    format!("{:?}", depot.loads(vans))
}

async fn tour(State(depot): State<Arc<Depot>>) -> String {
    let stops: Vec<&Parcel> = depot.parcels.iter().collect();
    let left = parcels::tour(&stops, 2_000).await;
    left.to_string()
}

async fn shelves(State(depot): State<Arc<Depot>>) -> String {
    depot.shelve().to_string()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()?;
    let app = Router::new()
        .route("/", get(front))
        .route("/track/{number}", get(track))
        .route("/due", get(due))
        .route("/import", get(import))
        .route("/loads", get(loads))
        .route("/tour", get(tour))
        .route("/shelves", get(shelves))
        .with_state(Arc::new(Depot::open()?));
    let app = ServiceHandler::new(app, runtime.handle().clone());
    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:5000");
    run_simple(address, app.into_handler().with(Debugger::new()))?;
    Ok(())
}
