//! Serves the files of a folder: types, validators, conditional answers and ranges, so that downloads resume and players seek. Start it with
//! `cargo run -p zeug --example files [ADDRESS [FOLDER]]`; whatever is no file below the folder is refused with 404.

use zeug::{HttpError, Request, Response, SendFile, run_simple};

fn main() -> zeug::Result<()> {
    let mut args = std::env::args().skip(1);
    let address = args.next().unwrap_or_else(|| "127.0.0.1:5000".to_owned());
    let folder = args.next().unwrap_or_else(|| ".".to_owned());
    run_simple(
        &address,
        move |request: Request| -> Result<Response, HttpError> {
            let path = request.path();
            SendFile::from_directory(&folder, path.trim_start_matches('/'))?.respond(&request)
        },
    )
}
